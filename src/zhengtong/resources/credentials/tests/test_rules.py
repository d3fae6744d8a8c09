"""Validity, codes, numbers, and what is signed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.resources.credentials import rules
from zhengtong.resources.credentials.rules import State

FIELDS = [{"key": "name"}, {"key": "area"}, {"key": "items"}, {"key": "since"}, {"key": "open"}]


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 11, 21), 60, date(2031, 11, 20)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (date(2026, 11, 21), None, None),
    ],
)
def test_the_last_day_of_validity(first, months, last):
    assert rules.last_day(first, months) == last


@pytest.mark.parametrize(
    ("status", "day", "state"),
    [
        ("valid", date(2026, 11, 20), State.NOT_YET),
        ("valid", date(2026, 11, 21), State.VALID),
        ("valid", date(2031, 11, 20), State.VALID),
        ("valid", date(2031, 11, 21), State.EXPIRED),
        ("revoked", date(2031, 11, 21), State.REVOKED),
        ("superseded", date(2026, 11, 21), State.SUPERSEDED),
    ],
)
def test_what_it_is_worth_on_a_day(status, day, state):
    assert rules.state_on(status, date(2026, 11, 21), date(2031, 11, 20), day) is state


def test_an_unlimited_credential_does_not_expire():
    assert rules.state_on("valid", date(2026, 1, 1), None, date(9999, 12, 31)) is State.VALID


@given(st.binary(min_size=10, max_size=10))
def test_a_code_can_be_typed_as_printed(random):
    code = rules.make_code(random)
    assert len(code) == 16
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    printed = rules.print_code(code)
    assert rules.read_code(printed) == rules.read_code(f" {printed.lower()} ") == code
    assert rules.read_code(printed.replace("O", "0").replace("I", "1").replace("B", "8")) == code


def test_the_serial_has_twenty_places():
    assert rules.serial_of("511602", 2026, 42) == "20265116020000000042"
    assert rules.default_number("11100000MB0143028R001", "511602", 2026, 42) == "0015116022026000042"


def test_values_are_made_plain_and_empty_ones_left_out():
    read, faults = rules.read_data(
        FIELDS,
        {
            "name": " 好味来 ",
            "area": Decimal("320.00"),
            "items": ["热食", "冷食"],
            "since": date(2026, 1, 2),
            "open": True,
        },
    )
    assert faults == []
    assert read == {"name": "好味来", "area": 320, "items": "热食、冷食", "since": "2026-01-02", "open": True}
    assert rules.read_data(FIELDS, {"name": "  ", "area": None, "items": []}) == ({}, [])


def test_unknown_and_unprintable_values_are_named():
    read, faults = rules.read_data(FIELDS, {"name": {"zh": "x"}, "colour": "red", "area": 1})
    assert read == {"area": 1}
    assert {(fault.key, fault.is_unknown) for fault in faults} == {("colour", True), ("name", False)}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60])
def test_numbers_that_json_cannot_keep_are_unprintable(value):
    assert [fault.key for fault in rules.read_data(FIELDS, {"area": value})[1]] == ["area"]


def test_what_is_signed_is_one_text_whatever_the_order():
    assert rules.canonical({"b": 1, "a": "证"}) == rules.canonical({"a": "证", "b": 1}) == '{"a":"证","b":1}'


def test_a_column_that_differs_from_what_was_signed_is_named():
    payload = {"number": "1", "holder": {"urn": "u", "name": "n"}, "issuer": {"uuid": "i"}}
    assert rules.disagreements(payload, {"number": "1", "holder": "u", "issuer": "i"}) == []
    assert rules.disagreements(payload, {"number": "2", "holder": "v"}) == ["number", "holder"]
