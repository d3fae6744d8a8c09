"""What a register accepts, and what it says when it does not."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from zhengtong.kernel.identifiers import synthetic_uscc

from ..definition.reading import read_folder
from ..values import masked, plain, read_values

TODAY = date(2026, 11, 21)
SHIPPED = list(Path(settings.ZT_REGISTERS).iterdir())
GOOD = {
    "uscc": synthetic_uscc(7), "name": "演示公司", "entity_type": "有限责任公司", "address": "演示路1号",
    "legal_representative_name": "陈示例", "established_date": "2026-09-15", "division_code": "511602",
}  # fmt: skip


def definition(key: str):
    return read_folder(Path(settings.ZT_REGISTERS) / key).definition


def read(key: str, values, **marks):
    return read_values(definition(key), values, today=TODAY, codes=lambda _t, code: code != "0000", **marks)


def faults(key: str, values, *, is_new=True):
    return {fault.path: str(fault.message) for fault in read(key, values, is_new=is_new)[1]}


def test_good_values_are_read_into_the_tables_types() -> None:
    values, wrong = read("legal-entities", GOOD | {"uscc": GOOD["uscc"].lower()}, is_new=True)
    assert wrong == []
    assert (values["uscc"], values["established_date"]) == (GOOD["uscc"], date(2026, 9, 15))


def test_every_fault_is_told_at_once() -> None:
    wrong = faults(
        "legal-entities",
        {
            "uscc": "914403001922038217", "established_date": "2026-13-01", "registered_capital_fen": -1,
            "status": "asleep", "division_code": "广安", "name": "长" * 201, "colour": "red", "industry_code": "0000",
        },
    )  # fmt: skip
    assert set(wrong) == {
        "uscc", "established_date", "registered_capital_fen", "status", "division_code", "name", "colour",
        "entity_type", "address", "legal_representative_name", "industry_code",
    }  # fmt: skip
    assert "校验位" in wrong["uscc"]
    assert "不能为空" in wrong["address"]
    assert "没有这个字段" in wrong["colour"]
    assert "代码表" in wrong["industry_code"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("established_date", "2026-11-22", "不能晚于今天"),
        ("established_date", "1849-12-31", "不能早于"),
        ("established_date", "yesterday", "应为存在的日期"),
        ("registered_capital_fen", 12.5, "整数"),
        ("registered_capital_fen", True, "整数"),
        ("registered_capital_fen", 2**63, "整数"),
        ("name", "  ", "不能为空"),
        ("name", None, "不能为空"),
        ("name", "a\x00b", "不能使用的字符"),
    ],
)
def test_bad_values_say_how_to_put_them_right(field, value, said) -> None:
    assert said in faults("legal-entities", GOOD | {field: value})[field]


@pytest.mark.parametrize("area", ["0", "-3", "NaN", "Infinity", "0.001", "1e11", "three", True])
def test_an_area_is_a_positive_number(area) -> None:
    assert "area_m2" in faults("premises", {"area_m2": area}, is_new=False)


def test_an_area_is_kept_to_the_square_decimetre() -> None:
    assert read("premises", {"area_m2": 320.456}, is_new=False)[0]["area_m2"] == Decimal("320.46")


def test_an_amendment_may_leave_fields_out_but_not_empty_or_change_fixed_ones() -> None:
    assert faults("legal-entities", {"name": "新名称"}, is_new=False) == {}
    wrong = faults("legal-entities", {"uscc": GOOD["uscc"], "address": ""}, is_new=False)
    assert "更正" in wrong["uscc"]
    assert "不能为空" in wrong["address"]
    assert read("legal-entities", {"uscc": GOOD["uscc"]}, is_new=False, is_correction=True)[1] == []


SQUARE = {"type": "Polygon", "coordinates": [[[106, 30], [107, 30], [107, 31], [106, 30]]]}


@pytest.mark.parametrize("shape", [SQUARE, json.dumps(SQUARE), {"type": "Point", "coordinates": [106.5, 30.5]}])
def test_a_shape_is_geojson(shape) -> None:
    assert read("parcels", {"geometry": shape}, is_new=False)[1] == []


@pytest.mark.parametrize(
    "shape",
    [
        "{", "null", {"type": "Point"}, {"type": "Circle", "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["a", 2]}, {"type": "Point", "coordinates": [200, 2]},
        {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}, {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3], [4, 4]]]}, [], 7,
        {"type": "Point", "coordinates": [float("nan"), 2]},
    ],
)  # fmt: skip
def test_what_is_no_shape_is_refused(shape) -> None:
    assert "GeoJSON" in faults("parcels", {"geometry": shape}, is_new=False)["geometry"]


def test_masks_follow_the_definition() -> None:
    fields = definition("population").by_name
    assert masked(fields["id_number"], "511602199001010012") == "511***********0012"
    assert masked(fields["name"], "陈晓明") == "陈**"
    assert masked(fields["phone"], "19912345678") == "199****5678"
    assert masked(fields["address_text"], "广安区演示路") == "***"
    assert masked(fields["sex"], "1") == "1"


def test_plain_values_are_json() -> None:
    assert plain(Decimal("320.00")) == 320
    assert plain(Decimal("320.50")) == 320.5
    assert plain(date(2026, 1, 2)) == "2026-01-02"


def test_each_field_names_one_authority_and_one_data_element() -> None:
    """一数一源, over all that is shipped: an element has one source, and its authority is declared by name."""
    fields = [(d, one) for d in map(definition, sorted(p.name for p in SHIPPED)) for one in d.fields]
    elements = [one.element for _d, one in fields]
    assert len(fields) > 70
    assert len(set(elements)) == len(elements), "one datum, one source"
    for held, one in fields:
        assert one.authority in {authority.key for authority in held.authorities}, one
        assert set(one.label) >= {"zh", "en"}
