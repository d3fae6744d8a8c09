from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel.errors import Invalid
from zhengtong.support.numbering import queries, rules
from zhengtong.support.numbering.rules import CaseNumber

numbers = st.builds(
    CaseNumber,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(0, rules.SERIALS - 1),
).map(str)


def test_the_published_example_of_iso_7064():
    assert rules.check_digit("0794") == "5"  # ISO/IEC 7064, MOD 11-10
    assert rules.is_valid("07945")


def test_a_case_number_reads_as_division_day_serial():
    number = str(CaseNumber("511602", date(2026, 11, 21), 42))
    assert number[:20] == "51160220261121000042"
    assert queries.read_case_number(number) == CaseNumber("511602", date(2026, 11, 21), 42)
    assert queries.check_case_number(f" {number[:6]} {number[6:14]} {number[14:]} ")


@given(numbers, st.integers(0, 20), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(number, place, shift):
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not rules.is_valid(wrong)


def test_at_least_97_of_100_transpositions_of_neighbours_are_found():
    chance, tried, missed = random.Random(7064), 0, 0
    for _ in range(2000):
        number = str(
            CaseNumber("511602", date(2026, 1, 1) + timedelta(chance.randrange(3650)), chance.randrange(10**6))
        )
        place = chance.randrange(20)
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        tried += swapped != number
        missed += swapped != number and rules.is_valid(swapped)
    assert missed < tried * 0.03


@pytest.mark.parametrize("text", ["", "abc", "5116022026112100004", "51160220261399000042" + "0", "５" * 21, "1" * 22])
def test_what_is_no_case_number(text):
    assert not queries.check_case_number(text)
    with pytest.raises(Invalid) as caught:
        queries.read_case_number(text)
    assert "21位" in str(caught.value.remedy)


def test_an_impossible_day_is_refused_though_its_check_digit_is_right():
    body = "51160220261399000042"
    assert rules.is_valid(body + rules.check_digit(body))
    assert not rules.check_case_number(body + rules.check_digit(body))
