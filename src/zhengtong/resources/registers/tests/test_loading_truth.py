"""Of the faults put into a synthetic province, a load notices every value that cannot be right, and nothing that is."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest

from zhengtong.resources.standards import services as standards

from .. import queries, rows, services
from ..contradictions import AREA, BIRTH, SEX
from ..synth.sources import stream
from ..synth.spec import Spec
from ..synth.world import World
from .factories import AT, authority

pytestmark = pytest.mark.django_db
REFUSED = {
    "check-digit": {"check-digit"}, "transposed-digits": {"check-digit", "date", "future", "area-unknown"},
    "fifteen-digits": {"id-15"}, "impossible-date": {"date"}, "division-abolished": {"division-abolished"},
    "phone-malformed": {"phone"}, "missing-name": {"missing"}, "duplicate-number-digit": {"check-digit"},
    "uscc-digit": {"check-digit"},
}  # fmt: skip
MARKED = {"birth-date-conflict": BIRTH, "sex-conflict": SEX, "area-not-in-force": AREA}
SEED = 11


def load(register: str, spec: Spec, folder: Path):
    """Pages of the register, loaded; gives truth and outcome codes by row, both counted from 1."""
    pages = list(stream(World(spec), (register,)))
    people, truth = pl.concat([page.rows for page in pages]), pl.concat([page.truth for page in pages])
    people.write_csv(folder / "rows.csv")
    authorities = [one.key for one in queries.get_register(register).authorities]
    done = services.load(
        actor=authority(*authorities), register=register, source=services.open_source(str(folder / "rows.csv")),
        options=services.Options({"division": "division_code"} if register == "legal-entities" else {},
                                 outcome=folder / "outcome.csv"), clock=lambda: AT,
    )  # fmt: skip
    told: dict[int, set[str]] = defaultdict(set)
    with done.outcome.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            told[int(line["row"]) - 1] |= {f"{line['outcome']} {line['code']}"} if line["code"] else set()
    return truth.to_dicts(), told


@pytest.fixture
def province(tmp_path: Path):
    standards.load_code_tables()
    return lambda register, spec: load(register, spec, tmp_path)


def test_people(province) -> None:
    truth, told = province("population", Spec(people=8_000, seed=SEED, faults=0.2))
    missed: Counter[str] = Counter()
    for fact in truth:
        kind, said = fact["kind"], told[fact["row"]]
        if kind in REFUSED:
            missed[kind] += not {f"bad {code}" for code in REFUSED[kind]} & said
        elif kind in MARKED:
            missed[kind] += f"new {MARKED[kind]}" not in said
        elif kind == "same-number":
            missed[kind] += not any("bad duplicate" in told[row] for row in (fact["row"], fact["partner_row"]))
        elif kind == "lower-case-x":
            missed[kind] += "new lower-case-x" not in said
    injected = Counter(fact["kind"] for fact in truth)
    assert set(missed) >= {*REFUSED, *MARKED, "same-number", "lower-case-x"} - {"uscc-digit"}
    assert {kind: (injected[kind], count) for kind, count in missed.items() if count} == {}
    troubled = {row for fact in truth for row in (fact["row"], fact["partner_row"])}
    assert {row: said for row, said in told.items() if said and row not in troubled} == {}


def test_what_is_marked_is_in_the_register(province) -> None:
    truth, _told = province("population", Spec(people=2_000, seed=SEED, faults=0.2))
    definition = queries.get_register("population")
    marked = rows.select(definition, "cardinality(flags) > 0", [])
    by_number = {rows.opened(row.values["id_number"]): row.flags for row in marked}
    wanted = {fact["record"]: (MARKED[fact["kind"]],) for fact in truth if fact["kind"] in MARKED}
    others = {fact["record"] for fact in truth if fact["kind"] == "same-number"}  # under the number of somebody else
    assert {number: flags for number, flags in by_number.items() if number not in others} == wanted


@pytest.mark.parametrize("register", ["legal-entities", "addresses", "food-operators", "places"])
def test_things(province, register: str) -> None:
    truth, told = province(register, Spec(people=20_000, seed=SEED, faults=0.3))
    wanted = [fact for fact in truth if fact["kind"] in ("uscc-digit", "division-abolished")]
    assert wanted or register in ("places", "food-operators")
    assert [fact for fact in wanted if not {f"bad {code}" for code in REFUSED[fact["kind"]]} & told[fact["row"]]] == []
