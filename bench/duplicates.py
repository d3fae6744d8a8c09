"""How well the product finds the duplicates of a synthetic province, whose truth is known."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REGISTER = "population"


def ratios(*, people: int = 10_000, seed: int = 7, faults: float = 0.05) -> dict[str, float]:
    """`duplicates_recall` and `duplicates_precision` of a scratch node, into whose population register `people` of
    that seed are loaded first. Of the pairs whose two records came into it: a row that was refused is no record."""
    return {f"duplicates_{name}": value for name, value in score(people, seed, faults).items()}


def score(people: int, seed: int, faults: float) -> dict[str, float]:
    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers import services
    from zhengtong.resources.registers.synth.scoring import score_pairs

    with tempfile.TemporaryDirectory() as folder:
        truth = _load(Path(folder, "people.csv"), people, seed, faults)
    services.find_duplicates(actor=system_actor("bench"), register=REGISTER, clock=now)
    numbers = numbers_of_records()
    there = set(numbers.values())
    wanted = [pair for pair in truth if set(pair) <= there]
    found = [(numbers[one], numbers[other]) for one, other in pairs_in_queue() if {one, other} <= numbers.keys()]
    done = score_pairs(wanted, found)
    return {"recall": round(done.recall, 4), "precision": round(done.precision, 4)}


def _load(path: Path, people: int, seed: int, faults: float) -> list[tuple[str, str]]:
    """Write, load; gives the pairs that were put in, by identity number."""
    import polars as pl

    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers import services
    from zhengtong.resources.registers.synth.sources import stream
    from zhengtong.resources.registers.synth.spec import Spec
    from zhengtong.resources.registers.synth.world import World

    pages = list(stream(World(Spec(people=people, seed=seed, faults=faults)), (REGISTER,)))
    pl.concat([page.rows for page in pages]).write_csv(path)
    services.load(
        actor=services.acting_for(REGISTER, []), register=REGISTER, source=services.open_source(str(path)),
        options=services.Options(outcome=path.with_suffix(".outcome.csv"), is_synthetic=True), clock=now,
    )  # fmt: skip
    return pairs_of(fact for page in pages for fact in page.truth.to_dicts())


def pairs_of(truth: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The identity numbers of the same person, twice."""
    return [(one["record"], one["partner"]) for one in truth if one["kind"].startswith("duplicate-")]


def pairs_in_queue() -> list[tuple[Any, Any]]:
    from zhengtong.resources.registers.models import Match

    return list(Match.objects.filter(register=REGISTER, status="open").values_list("first_uuid", "second_uuid"))


def numbers_of_records() -> dict[Any, str]:
    """uuid → identity number of the synthetic people who have one as GB 11643 writes it."""
    from zhengtong.resources.registers import queries, rows

    definition = queries.get_register(REGISTER)
    found = rows.select(definition, "is_synthetic", [], names=["id_number"])
    return {row.uuid: rows.opened(row.values["id_number"]) for row in found}
