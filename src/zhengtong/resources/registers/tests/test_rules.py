"""What a register accepts, and what it says when it does not."""

from datetime import date
from decimal import Decimal

import pytest

from zhengtong.kernel.identifiers import synthetic_uscc
from zhengtong.resources.registers import rules
from zhengtong.resources.registers.fields import BY_ELEMENT, LEGAL_ENTITY, PREMISES, REGISTERS

TODAY = date(2026, 11, 21)
GOOD = {
    "uscc": synthetic_uscc(7), "name": "演示公司", "entity_type": "有限责任公司", "address": "演示路1号",
    "legal_representative_name": "陈示例", "established_date": "2026-09-15", "division_code": "511602",
}  # fmt: skip


def faults(register, values, *, is_new=True):
    return {
        fault.path: str(fault.message) for fault in rules.read_values(register, values, today=TODAY, is_new=is_new)[1]
    }


def test_good_values_are_read_into_the_tables_types():
    read, wrong = rules.read_values(LEGAL_ENTITY, GOOD | {"uscc": GOOD["uscc"].lower()}, today=TODAY, is_new=True)
    assert wrong == []
    assert (read["uscc"], read["established_date"]) == (GOOD["uscc"], date(2026, 9, 15))


def test_every_fault_is_told_at_once():
    wrong = faults(
        LEGAL_ENTITY,
        {
            "uscc": "914403001922038217", "established_date": "2026-13-01", "registered_capital_fen": -1,
            "status": "asleep", "division_code": "广安", "name": "长" * 201, "colour": "red",
        },
    )  # fmt: skip
    assert set(wrong) == {
        "uscc", "established_date", "registered_capital_fen", "status", "division_code", "name", "colour",
        "entity_type", "address", "legal_representative_name",
    }  # fmt: skip
    assert "校验位" in wrong["uscc"]
    assert "不能为空" in wrong["address"]
    assert "没有这个字段" in wrong["colour"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("established_date", "2026-11-22", "不能晚于今天"),
        ("established_date", "yesterday", "应为存在的日期"),
        ("registered_capital_fen", 12.5, "整数"),
        ("registered_capital_fen", True, "整数"),
        ("registered_capital_fen", 2**63, "整数"),
        ("name", "  ", "不能为空"),
        ("name", None, "不能为空"),
    ],
)
def test_bad_values_say_how_to_put_them_right(field, value, said):
    assert said in faults(LEGAL_ENTITY, GOOD | {field: value})[field]


@pytest.mark.parametrize("area", ["0", "-3", "NaN", "Infinity", "0.001", "1e11", "three", True])
def test_an_area_is_a_positive_number(area):
    assert "大于零" in faults(PREMISES, {"area_m2": area}, is_new=False)["area_m2"]


def test_an_area_is_kept_to_the_square_decimetre():
    read, _ = rules.read_values(PREMISES, {"area_m2": 320.456}, today=TODAY, is_new=False)
    assert read["area_m2"] == Decimal("320.46")


def test_an_amendment_may_leave_fields_out_but_not_empty_or_change_fixed_ones():
    assert faults(LEGAL_ENTITY, {"name": "新名称"}, is_new=False) == {}
    wrong = faults(LEGAL_ENTITY, {"uscc": GOOD["uscc"], "address": ""}, is_new=False)
    assert "不能更改" in wrong["uscc"]
    assert "不能为空" in wrong["address"]


def test_optional_fields_can_be_emptied():
    read, wrong = rules.read_values(
        LEGAL_ENTITY, {"registered_capital_fen": None, "business_scope": ""}, today=TODAY, is_new=False
    )
    assert (read, wrong) == ({"registered_capital_fen": None, "business_scope": ""}, [])


@pytest.mark.parametrize(
    ("old", "new", "lawful"),
    [
        ("operating", "operating", True),
        ("operating", "revoked", True),
        ("revoked", "deregistered", True),
        ("deregistered", "operating", False),
        ("revoked", "operating", False),
    ],
)
def test_a_deregistered_entity_stays_so(old, new, lawful):
    assert rules.is_lawful_status_change(old, new) is lawful


def test_each_field_names_one_authority_and_one_data_element():
    fields = [field for register in REGISTERS.values() for field in register.fields]
    assert len(BY_ELEMENT) == len(fields)
    assert all(field.authority.key and field.label["zh"] and field.label["en"] for field in fields)
    assert rules.authorities_of(PREMISES, ["area_m2", "occupant_name"]) == {"natural-resources", "housing"}


class Place:
    def __init__(self, address):
        self.address = address


def test_the_premises_at_the_registered_address_come_first():
    first, second = Place("甲"), Place("乙")
    assert rules.choose_premises([first, second], registered_address="乙") is second
    assert rules.choose_premises([first, second], registered_address="丙") is first
    assert rules.choose_premises([], registered_address="丙") is None
