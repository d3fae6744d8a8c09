import csv
from collections import Counter

import pytest

from zhengtong.kernel.identifiers import check_uscc

from .. import rules
from ..queries import DATA


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("广安区", "guanganqu"),
        ("重庆市", "chongqingshi"),
        ("成都市", "chengdushi"),
        ("长治市", "changzhishi"),
        ("长子县", "zhangzixian"),
        ("乐山市", "leshanshi"),
        ("乐清市", "yueqingshi"),
        ("朝阳区", "chaoyangqu"),
        ("单县", "shanxian"),
        ("六安市", "luanshi"),
    ],
)
def test_places_are_read_as_people_read_them(name: str, reading: str) -> None:
    assert rules.pinyin_of(name) == reading


def test_a_path_comes_from_the_code_alone_as_the_source_has_it() -> None:
    with open(DATA / "divisions_pca_2023.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            level = int(row["level"])
            parent = rules.parent_path(rules.path_of(row["code12"], level))
            assert parent == (rules.path_of(row["parent12"], level - 1) if row["parent12"] else None)


def items(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"department": department, "dept_uscc": code} for department, code in pairs]


def test_the_most_frequent_valid_code_wins_and_blanks_do_not_count() -> None:
    findings = rules.choose_codes(
        items(
            ("甲", ""),
            ("甲", ""),
            ("甲", ""),
            ("甲", "A"),
            ("甲", "B"),
            ("甲", "B"),
            ("甲", "X"),
            ("甲", "X"),
            ("甲", "X"),
        ),
        {"A": True, "B": True, "X": False, "": False},
    )
    assert findings["甲"].chosen == "B"
    assert findings["甲"].codes == Counter({"B": 2, "A": 1})
    assert findings["甲"].items == 9


def test_a_code_goes_to_one_department_at_most() -> None:
    findings = rules.choose_codes(items(("甲", "A"), ("乙", "A"), ("乙", "A"), ("丙", "")), {"A": True})
    assert {name: f.chosen for name, f in findings.items()} == {"甲": "", "乙": "A", "丙": ""}


def test_the_reviewed_list_is_complete_and_its_codes_hold() -> None:
    with open(DATA / "organisations.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 34
    for column in ("key", "name", "name_en", "official_name", "competences", "competences_en", "basis"):
        assert all(row[column] for row in rows), column
    codes = [row["uscc"] for row in rows if row["uscc"]]
    assert len(codes) == len(set(codes)) == 33
    assert all(check_uscc(code) is None for code in codes)
    names = {row["key"]: row["name"] for row in rows}
    assert {key: names[key] for key in ("market-regulation", "fire-rescue", "housing", "urban-management")} == {
        "market-regulation": "区市监局",
        "fire-rescue": "区消防大队",
        "housing": "区住建局",
        "urban-management": "区综合执法局",
    }
