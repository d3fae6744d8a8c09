"""Real divisions: counties renamed, merged and abolished between 1980 and 2023, as lists and decisions show them."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from zhengtong.kernel.errors import NotFound
from zhengtong.resources.standards import queries, services
from zhengtong.resources.standards.rules import divisions, succession
from zhengtong.resources.standards.services import shipped

pytestmark = pytest.mark.django_db
TABLE, TODAY = "gbt2260", date(2026, 11, 30)


@pytest.fixture(autouse=True)
def loaded(db):
    services.load_code_tables()


def resolve(code: str, year: int | None = 1985):
    return queries.resolve(TABLE, code, from_=date(year, 12, 31) if year else None, to=TODAY)


@pytest.mark.parametrize(
    ("code", "year", "outcome", "ends"),
    [
        ("510100", 1985, "same", "成都市"),
        ("512925", 1985, "replaced", "广安区"),  # 广安县, twice given a new code and then made a district
        ("513600", 1995, "replaced", "广安市"),  # the prefecture
        ("512923", 1985, "replaced", "岳池县"),
        ("420600", 1985, "renamed", "襄阳市"),  # 襄樊市, renamed in 2010
        ("110224", 1985, "replaced", "大兴区"),
        ("110103", 1985, "replaced", "东城区"),  # 崇文区, merged in 2010
        ("110223", 1985, "replaced", "通州区"),  # 通县
        ("512200", 1985, "replaced", "万州区"),  # 万县地区 → 万县市 → 万县区 → 万州区, of another province
        ("512502", 1985, "not_yet", ""),
        ("130521", 2015, "several", "襄都区 信都区"),  # 邢台县, split in 2020
        ("330110", 2015, "several", "余杭区 临平区"),  # goes on, and a part was cut off
        ("371200", 2015, "replaced", "济南市"),  # 莱芜市, a whole prefecture
        ("130405", 1985, "abolished", ""),  # a 郊区 that vanished in 1986
        ("000000", 1985, "unknown", ""),
    ],
)
def test_a_division_is_followed_to_today(code, year, outcome, ends):
    answer = resolve(code, year)
    assert (str(answer.outcome), " ".join(row.name for row in answer.ends)) == (outcome, ends)


def test_guangan_with_the_chain_of_its_lists():
    answer = resolve("512925")
    said = [(str(step.on_day), step.from_code, step.to_code, step.to_name) for step in answer.steps]
    assert said == [("1993-12-31", "512925", "513622", "广安县"), ("1998-12-31", "513622", "511602", "广安区")]
    assert not answer.is_certain
    assert all(step.is_inferred and step.source == succession.RULE for step in answer.steps)


def test_a_code_of_one_edition_is_asked_by_its_version():
    assert queries.resolve(TABLE, "512925", from_="1985-12", to=TODAY).successor.code == "511602"
    with pytest.raises(NotFound, match="1985-13"):
        queries.resolve(TABLE, "512925", from_="1985-13")


def test_a_code_that_is_not_yet_says_when_it_is():
    answer = resolve("511602")
    assert (str(answer.outcome), answer.periods) == ("not_yet", ((date(1998, 12, 31), None, "广安区"),))


def test_a_code_given_to_another_place_leads_its_old_place_away():
    """130124 was 正定县 until 1992 and is 栾城 since: neither is taken for the other."""
    assert queries.find_code(TABLE, "130124", on=date(1990, 1, 1)).label == {"zh": "正定县"}
    assert resolve("130124", 1990).successor.name == "正定县"
    assert resolve("130124", 2000).successor.name == "栾城区"


def test_most_of_1985_is_found_and_the_rest_says_that_it_is_not():
    rows = queries.codes_valid_on(TABLE, date(1985, 12, 31))
    outcomes = Counter(str(resolve(code).outcome) for code in rows)
    assert sum(outcomes.values()) == len(rows) > 3100
    assert outcomes["abolished"] < 0.06 * len(rows)
    assert outcomes["unknown"] == outcomes["not_yet"] == 0


def test_no_branch_of_any_trail_leads_to_a_code_that_is_not_valid():
    book, present = queries.book_of(TABLE), queries.codes_valid_on(TABLE, TODAY)
    for code in book.spans:
        assert {row.code for row in resolve(code, None).ends} <= set(present), code


def test_the_file_of_changes_says_the_names_of_the_lists():
    editions, _changes = next(table for table in services.shipped_tables() if table.key == TABLE).content
    versions = [edition.version for edition in editions]
    names = {edition.version: {row.code: row.name for row in edition.rows} for edition in editions}
    lines = [line.split(",") for line in shipped._text("division_changes.csv").splitlines()[1:]]
    for old, new, kind, old_name, new_name, version in lines:
        before = versions[versions.index(version) - 1]
        assert names[before].get(old) == old_name, (old, version)
        assert names[version].get(new) == new_name, (new, version)
        assert kind in ("merged", "renamed", "split")


def test_the_editions_are_the_lists_and_do_not_overlap():
    editions = queries.list_editions(TABLE)
    assert (len(editions), editions[0].version, editions[-1].version) == (67, "2023-06", "1980-12")
    for newer, older in pairwise(editions):
        assert older.valid_to.toordinal() + 1 == newer.valid_from.toordinal()
    assert queries.find_edition(TABLE, on=date(1998, 12, 30)).version == "1997-12"
    assert queries.find_edition(TABLE, on=date(1979, 1, 1)) is None


def test_the_present_list_holds_divisions_and_not_the_zones_of_the_statistics():
    present = queries.codes_valid_on(TABLE, TODAY)
    assert len([row for row in present.values() if row.level == 1]) == 34
    assert "711000" not in present
    assert "710000" in present, "Taiwan stands although the statistics do not survey it"
    assert not {"110100", "320571", "469000"} & set(present)
    assert [row.code for row in present.values() if row.name == "东莞市"] == ["441900"]


def test_the_tree_of_a_day_is_whole():
    for year in (1985, 1997, 2023):
        rows = queries.codes_valid_on(TABLE, date(year, 12, 31))
        assert {row.parent_code for row in rows.values()} - {""} <= set(rows)
    path = queries.path_of(TABLE, "511602", on=TODAY)
    assert [code.label["zh"] for code in path] == ["四川省", "广安市", "广安区"]
    assert [code.label["zh"] for code in queries.path_of(TABLE, "513622", on=date(1995, 1, 1))][1:] == [
        "广安地区",
        "广安县",
    ]


def test_the_difference_of_2019_and_2023():
    found = queries.diff_editions(TABLE, "2019-04", "2023-06")
    kinds = Counter(one.kind for one in found.removed)
    assert (len(found.removed), kinds["abolished"], kinds["split"]) == (73, 0, 1)
    assert {(old.name, new.name) for old, new in found.renamed} == {("桥东区", "襄都区"), ("桥西区", "信都区")}
    merged = {one.row.name for one in found.removed if [row.name for row in one.successors] == ["丰林县"]}
    assert merged == {"新青区", "五营区", "红星区"}


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("恩施土家族苗族自治州", "恩施"),
        ("大兴区", "大兴"),
        ("广安地区", "广安"),
        ("达县", "达"),
        ("锡林郭勒盟", "锡林郭勒"),
    ],
)
def test_the_stem_of_a_name(name, bare):
    assert succession.stem(name, ["土家族", "苗族"]) == bare


def test_like_names_in_two_cities_conclude_nothing():
    """Two 郊区 end in one province and one is new: which of them it was, nobody can tell."""
    old = divisions.Edition(
        "a", date(2000, 12, 31), divisions._rows({"510000": "甲省", "510111": "郊区", "510211": "郊区"})
    )
    new = divisions.Edition("b", date(2001, 12, 31), divisions._rows({"510000": "甲省", "510311": "郊区"}))
    assert succession.infer([old, new], [], []) == []
