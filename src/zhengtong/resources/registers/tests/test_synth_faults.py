"""The faults of the synthetic population: each is in the truth, which explains all that a plain checker finds."""

from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.resources.registers.synth.faults.population import CONSEQUENCE, KINDS
from zhengtong.resources.registers.synth.sources import KEYS, stream
from zhengtong.resources.registers.synth.spec import Spec
from zhengtong.resources.registers.synth.world import World
from zhengtong.resources.registers.tests.synth_checker import anomalies, normal

pytestmark = pytest.mark.once

HEAVY = Spec(people=40_000, seed=5, faults=0.05)
HIDDEN = {kind.key for kind in KINDS if kind.key.startswith("duplicate-")} - {"duplicate-number-digit"}
HARMLESS = {"lower-case-x", "fifteen-digits"}  # right once they are normalised, so kin still find them


def made(spec: Spec, register: str = "population", pages_at_once: int = 4) -> tuple[pl.DataFrame, pl.DataFrame]:
    pages = list(stream(World(spec), (register,), pages_at_once))
    return pl.concat([page.rows for page in pages]), pl.concat([page.truth for page in pages])


@pytest.fixture(scope="module")
def heavy() -> tuple[pl.DataFrame, pl.DataFrame]:
    return made(HEAVY)


@pytest.fixture(scope="module")
def found(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> dict[int, set[str]]:
    return anomalies(heavy[0])


def test_every_kind_occurs(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    assert set(heavy[1]["kind"]) == {kind.key for kind in KINDS} | {CONSEQUENCE}


def test_no_fault_came_by_accident(heavy: tuple[pl.DataFrame, pl.DataFrame], found: dict[int, set[str]]) -> None:
    """A row with an anomaly has a fault, is the partner of one, or is kin of somebody who has one."""
    rows, truth = heavy
    explained = {*truth["row"], *truth["partner_row"].drop_nulls()}
    spoilt = {normal(rows["id_number"][row - 1]) for row in explained}
    kin = ("father_id_number", "mother_id_number", "spouse_id_number")
    unexplained = [
        (row, wrong)
        for row, wrong in found.items()
        if row not in explained and not any(normal(rows[name][row - 1]) in spoilt for name in kin)
    ]
    assert unexplained == []
    assert len(found) > 1500


def test_every_fault_that_shows_in_the_row_is_found(
    heavy: tuple[pl.DataFrame, pl.DataFrame], found: dict[int, set[str]]
) -> None:
    shown = heavy[1].filter(~pl.col("kind").is_in([*HIDDEN]))
    missed = Counter(kind for row, kind in zip(shown["row"], shown["kind"], strict=True) if row not in found)
    assert missed == Counter()


def test_the_truth_says_what_is_written_and_where(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    rows, truth = heavy
    for fact in truth.to_dicts():
        row = rows.row(fact["row"] - 1, named=True)
        assert (row["id_number"], row[fact["field"]]) == (fact["record"], fact["written"])
        if fact["partner_row"]:
            assert rows["id_number"][fact["partner_row"] - 1] == fact["partner"]
            assert fact["partner_row"] != fact["row"]


def mended(rows: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """The register with every right value put back and every added row taken out."""
    added = set(truth.filter(pl.col("kind").str.starts_with("duplicate-"))["row"])
    people = rows.to_dicts()
    for fact in truth.to_dicts():
        people[fact["row"] - 1][fact["field"]] = fact["right"]
    kept = [row for number, row in enumerate(people, start=1) if number not in added]
    return pl.DataFrame(kept, schema=rows.schema)


def test_the_right_values_make_the_register_as_it_was(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    faultless = made(Spec(people=HEAVY.people, seed=HEAVY.seed, faults=0))
    assert len(faultless[1]) == 0
    assert mended(*heavy).equals(faultless[0])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), number=st.integers(1, 900), share=st.sampled_from([0.01, 0.2, 0.5]))
def test_mending_works_for_every_seed(seed: int, number: int, share: float) -> None:
    spoilt = made(Spec(people=number, seed=seed, faults=share))
    assert mended(*spoilt).equals(made(Spec(people=number, seed=seed, faults=0))[0])


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_the_share_is_the_one_asked_for(share: float) -> None:
    rows, truth = made(Spec(people=40_000, seed=9, faults=share))
    injected = truth.filter(pl.col("kind") != CONSEQUENCE)
    pairs = injected.filter(pl.col("kind").str.starts_with("duplicate-"))
    records = injected["row"].n_unique()
    assert records == pytest.approx(40_000 * share, rel=0.15)
    assert len(rows) == 40_000 + len(pairs)
    assert 0.2 < len(pairs) / records < 0.5


@pytest.mark.parametrize("divisions", [("1", "2", "3", "4", "5", "6"), ("110101",), ("659010",)])
def test_mending_works_for_the_whole_country_and_for_one_county(divisions: tuple[str, ...]) -> None:
    spec = Spec(people=1500, seed=8, faults=0.4, divisions=divisions)
    for register in KEYS:
        assert len(made(spec, register)[1]) > 0
    assert mended(*made(spec)).equals(made(replace(spec, faults=0))[0])


def test_a_duplicate_is_the_same_person_and_differs_where_it_says(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    rows, truth = heavy
    pairs = truth.filter(pl.col("kind").str.starts_with("duplicate-"))
    for fact in pairs.to_dicts():
        second, first = (rows.row(fact[name] - 1, named=True) for name in ("row", "partner_row"))
        assert second["birth_date"] == first["birth_date"]
        assert second["sex"] == first["sex"]
        assert second[fact["field"]] != first[fact["field"]] == fact["right"]
        assert second["id_number"] != first["id_number"]
        assert first["status"] == "active"


def test_names_are_confused_as_people_confuse_them(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    truth = heavy[1]
    for kind, same in (("duplicate-swapped", sorted), ("duplicate-homophone", len), ("duplicate-lookalike", len)):
        pairs = truth.filter(pl.col("kind") == kind)
        assert len(pairs) > 20
        assert all(same(a) == same(b) and a[0] == b[0] for a, b in zip(pairs["written"], pairs["right"], strict=True))
    names = heavy[0].row(truth.filter(pl.col("kind") == "duplicate-renamed")["row"][0] - 1, named=True)
    assert names["former_name"] == truth.filter(pl.col("kind") == "duplicate-renamed")["right"][0]


def test_kin_of_a_wrong_number_are_in_the_truth(heavy: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    rows, truth = heavy
    numbers = set(rows["id_number"]) | set(truth.filter(pl.col("kind").is_in([*HARMLESS]))["right"])
    for field in ("father_id_number", "mother_id_number", "spouse_id_number"):
        dangling = rows.with_row_index("row", 1).filter(pl.col(field).is_not_null() & ~pl.col(field).is_in([*numbers]))
        told = truth.filter((pl.col("kind") == CONSEQUENCE) & (pl.col("field") == field))
        assert sorted(told["row"]) == sorted(dangling["row"])
        assert len(dangling) > 50


def test_keys_name_a_column_of_every_register() -> None:
    for register, key in KEYS.items():
        rows, _ = made(Spec(people=300, faults=0), register)
        assert rows[key].null_count() == 0
        assert rows[key].n_unique() == len(rows)
