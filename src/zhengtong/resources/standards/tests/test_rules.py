"""Reading tables, their time line, the difference between two states."""

import json
from datetime import date

import pytest

from zhengtong.resources.standards.rules import diffing, resolving, tables, timeline
from zhengtong.resources.standards.rules.tables import Change, Edition, Row


def table(*rows: Row) -> tables.Table:
    edition = Edition("1", None, rows)
    return tables.Table("t", "", {"zh": "表", "en": "Table"}, "ours", "", lambda: ((edition,), ()))


def test_a_csv_is_read_with_its_tree():
    rows = tables.read_rows("code,name,name_en,parent_code,level\nA,农业,Agriculture,,1\n01,种植,,A,2\n")
    assert [(row.code, row.parent_code) for row in rows] == [("A", ""), ("01", "A")]
    assert tables.leaves(rows) == {"01"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([Row("0711", "陆地石油开采"), Row("0711", "海洋石油开采")], "duplicate_code 0711"),
        ([Row("01", "种植", parent_code="A")], "unknown_parent 01"),
        ([Row("1", "甲", parent_code="2"), Row("2", "乙", parent_code="1")], "circular_parents 1"),
        ([Row("1", "甲", parent_code="1")], "circular_parents 1"),
    ],
)
def test_a_shipped_table_that_contradicts_itself_is_refused(rows, said):
    with pytest.raises(tables.FaultyTable, match=said):
        _ = table(*rows).content


def test_every_fault_is_listed_and_a_circle_only_once():
    rows = [Row("1", "甲", parent_code="3"), Row("2", "乙", parent_code="1"), Row("3", "丙", parent_code="2"),
            Row("4", "丁", parent_code="1"), Row("4", "丁"), Row("5", "戊", parent_code="9")]  # fmt: skip
    found = [(fault.code, fault.subject) for fault in tables.row_faults(rows)]
    assert found == [("duplicate_code", "4"), ("unknown_parent", "5"), ("circular_parents", "1")]


def test_editions_may_not_share_a_name_or_a_day():
    day = date(2020, 1, 1)
    editions = [
        Edition("1", None, ()),
        Edition("1", day, ()),
        Edition("2", None, ()),
        Edition("3", date(2021, 1, 1), ()),
    ]
    found = [(fault.code, fault.subject, fault.detail) for fault in tables.edition_faults(editions)]
    assert found == [("duplicate_version", "1", ""), ("overlapping_editions", "2", "1")]


def test_the_digest_changes_with_the_provenance_alone():
    entry = {"key": "k", "standard": "", "title": {}, "provenance": "source: x", "items": [["1", "男性", "Male"]]}
    (seen,) = tables.read_small_tables(json.dumps([entry]))
    (doubted,) = tables.read_small_tables(json.dumps([{**entry, "provenance": "from memory, unverified"}]))
    assert seen.digest != doubted.digest
    assert (seen.is_verified, doubted.is_verified) == (True, False)
    assert not doubted.rows[0].is_verified


@pytest.mark.parametrize(
    ("standard", "version"),
    [("GB/T 4754-2017", "2017"), ("GB/T 39046-2020 A.1", "2020"), ("GB/T 4658", "1"), ("", "1")],
)
def test_the_version_is_the_year_of_the_standard(standard, version):
    assert tables.version_of(standard) == version


# -- time -------------------------------------------------------------------------------------------------------------
D = [date(2000, 1, 1), date(2010, 1, 1), date(2020, 1, 1)]
EDITIONS = [
    Edition("a", D[0], (Row("1", "甲"), Row("2", "乙"), Row("3", "丙"))),
    Edition("b", D[1], (Row("1", "甲"), Row("2", "新乙"), Row("4", "丁"))),
    Edition("c", D[2], (Row("1", "甲", "First"), Row("3", "又丙"), Row("4", "丁", valid_to=date(2024, 12, 31)))),
]
CHANGES = [Change("3", "4", D[1], "merged"), Change("2", "1", D[2], "split"), Change("2", "3", D[2], "split")]
BOOK = resolving.Book(timeline.timeline(EDITIONS), CHANGES)


def test_spans_hold_from_the_first_to_the_last_day():
    spans = {
        (span.row.code, span.row.name): (span.valid_from, span.valid_to)
        for of_code in BOOK.spans.values()
        for span in of_code
    }
    assert spans == {
        ("1", "甲"): (D[0], None),
        ("2", "乙"): (D[0], date(2009, 12, 31)),
        ("2", "新乙"): (D[1], date(2019, 12, 31)),
        ("3", "丙"): (D[0], date(2009, 12, 31)),
        ("3", "又丙"): (D[2], None),
        ("4", "丁"): (D[1], date(2024, 12, 31)),
    }
    assert BOOK.spans["1"][0].row.name_en == "First", "the newest edition's"


@pytest.mark.parametrize(
    ("day", "codes"), [(date(1999, 12, 31), ""), (D[0], "123"), (date(2009, 12, 31), "123"), (D[1], "124"),
                       (D[2], "134"), (date(2025, 1, 1), "13")]
)  # fmt: skip
def test_codes_are_those_of_the_day(day, codes):
    assert "".join(BOOK.rows_on(day)) == codes


def resolve(code: str, start: date | None, end: date) -> resolving.Resolution:
    return resolving.resolve(BOOK, code, from_day=start, to_day=end)


@pytest.mark.parametrize(
    ("code", "start", "end", "outcome", "ends"),
    [
        ("1", D[0], D[2], "same", "1"),
        ("2", D[0], D[1], "renamed", "2"),
        ("2", D[0], D[2], "several", "13"),
        ("3", D[0], D[2], "replaced", "4"),
        ("3", D[0], date(2025, 6, 1), "abolished", ""),
        ("3", None, D[1], "replaced", "4"),
        ("3", None, D[2], "same", "3"),
        ("3", D[1], D[2], "not_yet", ""),
        ("9", D[0], D[2], "unknown", ""),
        ("1", D[2], D[0], "same", "1"),
        ("4", D[2], D[0], "not_yet", ""),
    ],
)
def test_a_code_is_followed(code, start, end, outcome, ends):
    answer = resolve(code, start, end)
    assert (str(answer.outcome), "".join(row.code for row in answer.ends)) == (outcome, ends)


def test_the_chain_says_every_step():
    steps = resolve("2", D[0], D[2]).steps
    said = [(step.on_day, step.kind, step.from_name, step.to_code, step.to_name) for step in steps]
    assert said == [
        (D[1], "renamed", "乙", "2", "新乙"),
        (D[2], "split", "新乙", "1", "甲"),
        (D[2], "split", "新乙", "3", "又丙"),
    ]


def test_a_circle_of_changes_ends():
    book = resolving.Book(
        timeline.timeline(EDITIONS), [Change("1", "1", D[1], "split"), Change("1", "1", D[2], "split")]
    )
    assert resolving.resolve(book, "1", from_day=D[0], to_day=D[2]).ends == (BOOK.spans["1"][0].row,)


def test_what_an_inferred_step_leads_to_is_not_certain():
    book = resolving.Book(timeline.timeline(EDITIONS), [Change("3", "4", D[1], "renamed", is_inferred=True)])
    answer = resolving.resolve(book, "3", from_day=D[0], to_day=D[1])
    assert (answer.successor.code, answer.is_certain) == ("4", False)


def test_the_difference_says_what_became_of_what_is_gone():
    found = diffing.diff(EDITIONS[0].rows, EDITIONS[1].rows, lambda code: resolve(code, D[0], D[1]))
    assert [row.code for row in found.added] == ["4"]
    assert [(one.row.code, one.kind, one.successors[0].code) for one in found.removed] == [("3", "merged", "4")]
    assert [(old.name, new.name) for old, new in found.renamed] == [("乙", "新乙")]
    assert (found.moved, found.unchanged, found.is_empty) == ((), 1, False)
