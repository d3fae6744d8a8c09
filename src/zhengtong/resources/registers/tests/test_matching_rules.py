"""In which ways values agree, what that weighs, and what is wrong with rules of matching."""

from __future__ import annotations

import pytest

from ..definition.model import Comparison, Matching
from ..definition.reading import MANIFEST, read_text
from ..matching.scoring import compare
from ..matching.ways import WAYS
from ..services import shipped

AGREE = [
    ("homophone", "张伟", "章伟", True), ("homophone", "张伟", "张维", True), ("homophone", "张伟", "张芳", False),
    ("swapped", "李明华", "李华明", True), ("swapped", "李明华", "明李华", False),
    ("swapped", "1980-03-07", "1980-07-03", True), ("swapped", "1980-03-07", "1981-07-03", False),
    ("transposed", "13800138000", "13801038000", True), ("transposed", "13800138000", "13800138001", False),
    ("transposed", "13800138000", "13800138000", False),
    ("corrected", "11010519491231002X", "11010519491231002x", True),
    ("corrected", "110105491231002", "11010519491231002X", True),
    ("corrected", "110105194912310021", "11010519491231002X", True),
    ("corrected", "110105194912310031", "11010519491231002X", False),
    ("one_edit", "王小明", "王小朋", True), ("one_edit", "王小明", "王明", True), ("one_edit", "王", "李", False),
    ("one_edit", "王小明", "李小朋", False),
    ("similar", "广安好味来餐饮有限公司", "广安好味来餐饮有限责任公司", True),
    ("similar", "广安好味来餐饮有限公司", "岳池百货商店", False),
]  # fmt: skip


@pytest.mark.parametrize(("way", "one", "other", "agrees"), AGREE)
def test_ways(way: str, one: str, other: str, agrees: bool) -> None:
    assert WAYS[way](one, other) is agrees
    assert WAYS[way](other, one) is agrees


def rules(*comparisons: Comparison) -> Matching:
    return Matching((("birth_date",),), comparisons, review=5, sure=9, merged_status="merged")


def test_the_heaviest_way_counts_and_what_is_empty_does_not() -> None:
    matching = rules(
        Comparison("name", {"exact": 6, "one_edit": 3, "homophone": 5, "differs": -4}),
        Comparison("phone", {"exact": 7, "differs": -1}),
    )
    like = compare(matching, {"name": "王伟", "phone": None}, {"name": "王维", "phone": "1"})
    assert (like.score, like.ways) == (5, {"name": "homophone"})
    unlike = compare(matching, {"name": "王伟", "phone": "2"}, {"name": "李芳", "phone": "1"})
    assert (unlike.score, unlike.ways) == (-5, {"name": "differs", "phone": "differs"})


def test_a_former_name_is_held_against_the_name_in_both_directions() -> None:
    matching = rules(Comparison("former_name", {"exact": 8}, "name"))
    now, before = {"name": "王新", "former_name": "王旧"}, {"name": "王旧", "former_name": None}
    assert compare(matching, now, before) == compare(matching, before, now)
    assert compare(matching, now, before).ways == {"former_name": "exact"}


def test_an_encrypted_value_is_opened_only_for_slips() -> None:
    opened: list[object] = []

    def opening(value: object) -> object:
        opened.append(value)
        return value

    plain = rules(Comparison("phone", {"exact": 7, "differs": -1}))
    assert compare(plain, {"phone": "12"}, {"phone": "21"}, opened=opening).ways == {"phone": "differs"}
    assert opened == []
    slips = rules(Comparison("phone", {"exact": 7, "transposed": 4}))
    assert compare(slips, {"phone": "12"}, {"phone": "21"}, opened=opening).ways == {"phone": "transposed"}
    assert opened == ["12", "21"]


# -- what is wrong with rules -----------------------------------------------------------------------------------------
def population() -> str:
    folder = next(folder for folder in shipped() if folder.name == "population")
    return (folder / MANIFEST).read_text(encoding="utf-8")


WRONG = [
    ("{field: sex, exact: 0.5, differs: -4}", "{field: sex, exact: 0.5, similar: 1}", "matching-way-type"),
    ("{field: sex, exact: 0.5, differs: -4}", "{field: sex, differs: -4}", "matching-no-way"),
    ("{field: sex, exact: 0.5, differs: -4}", "{field: sexx, exact: 0.5}", "field-unknown"),
    ("{field: sex, exact: 0.5, differs: -4}", "{field: sex, exact: heavy}", "register-type"),
    ("{field: former_name, with: name, exact: 10}", "{field: former_name, with: sex, exact: 10}", "matching-with-type"),
    ("blocks: [[birth_date, name_pinyin],", "blocks: [[birth_date, name_piyin],", "field-unknown"),
    ("  review: 14", "  review: 24", "matching-thresholds"),
    ("  review: 14\n  sure: 22", "  review: 140\n  sure: 220", "matching-out-of-reach"),
    ("merged_status: merged", "merged_status: active", "matching-merged-status"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), WRONG, ids=[f"{n}-{one[2]}" for n, one in enumerate(WRONG)])
def test_every_fault_has_its_line(right: str, wrong: str, code: str) -> None:
    text = population()
    assert read_text(text).faults == []
    assert right in text
    (fault,) = read_text(text.replace(right, wrong, 1)).faults
    assert fault.code == code
    line = text[: text.index(right)].count("\n") + 1
    assert line <= (fault.line or 0) <= line + right.count("\n")
