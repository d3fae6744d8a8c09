"""Pages of every register: the records as they are to be written, and the truth about their faults, in constant
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from polars import selectors as cs

from zhengtong.resources.registers.synth import addresses, entities, food, landmarks, parcels, population
from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.entities import Entities
from zhengtong.resources.registers.synth.faults import Kind, companies, others, records
from zhengtong.resources.registers.synth.faults import population as people_faults
from zhengtong.resources.registers.synth.faults.records import Record
from zhengtong.resources.registers.synth.population import Chunk
from zhengtong.resources.registers.synth.sheet import Sheet
from zhengtong.resources.registers.synth.spec import PAGE
from zhengtong.resources.registers.synth.world import World

REGISTERS = ("population", "addresses", "legal-entities", "parcels", "places", "food-operators")
KEYS = {
    "population": "id_number", "addresses": "address_code", "legal-entities": "uscc", "parcels": "parcel_code",
    "places": "place_id", "food-operators": "licence_number",
}  # fmt: skip
FAULTS: dict[str, tuple[Kind[Record], ...]] = {
    "addresses": others.ADDRESSES, "legal-entities": companies.COMPANIES, "parcels": others.PARCELS,
    "places": others.PLACES, "food-operators": others.FOOD,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    register: str
    rows: pl.DataFrame
    truth: pl.DataFrame


@dataclass
class _Run:
    """One chunk and what is made of it once."""

    world: World
    chunk: Chunk
    _entities: Entities | None = None

    @property
    def entities(self) -> Entities:
        if self._entities is None:
            self._entities = entities.build(self.world, self.chunk)
        return self._entities


def _page(register: str, rows: pl.DataFrame, truth: pl.DataFrame) -> Page:
    """Empty texts become absent values: nothing between two commas, null in JSON and Parquet."""
    texts = cs.string()
    return Page(
        register,
        rows.with_columns(pl.when(texts != "").then(texts)),
        truth.with_columns(pl.when(texts != "").then(texts)),
    )


def stream(world: World, registers: Sequence[str] = REGISTERS, pages_at_once: int = 4) -> Iterator[Page]:
    """Every page of these registers. How many clans are made at once changes the speed, not the bytes."""
    written = dict.fromkeys(registers, 0)
    step = PAGE * pages_at_once
    for first in range(0, world.spec.clans, step):
        run = _Run(world, population.chunk(world, first, min(step, world.spec.clans - first)))
        for register in registers:
            if register in _MAKERS:
                for page in _MAKERS[register](run, written[register]):
                    written[register] += len(page.rows)
                    yield page
    if "places" in registers:
        yield _places(world)


def _population(run: _Run, start: int) -> Iterator[Page]:
    yield _page("population", *people_faults.spoilt(run.world, run.chunk, start))


Maker = Callable[[_Run, int], Iterator[Page]]


@dataclass(frozen=True, slots=True)
class _Made:
    """Faultless rows of a register, the clan of each, the number by which its faults are drawn."""

    rows: pl.DataFrame
    clan: Whole
    index: Whole


def _paged(register: str, run: _Run, start: int, made: _Made) -> Iterator[Page]:
    """Fault pages of PAGE clans each, whatever the chunk: duplicates and partners stay on their page."""
    pages = made.clan // PAGE
    for number in np.unique(pages):
        part = np.flatnonzero(pages == number)
        sheet = Sheet(register, KEYS[register], made.rows[part], start)
        page = _page(register, *records.spoilt(sheet, run.world, made.index[part], FAULTS[register], run.chunk))
        start += len(page.rows)
        yield page


def _addresses(run: _Run, start: int) -> Iterator[Page]:
    """Where people live, where companies sit, and a vacant one for each clan; in the order of the numbers."""
    world, people = run.world, run.chunk.people
    number, county = population.household_addresses(world, people)
    more = np.concatenate([people.clan * addresses.PER_CLAN + k for k in (addresses.COMPANY, addresses.SPARE)])
    number, county = np.concatenate([number, more]), np.concatenate([county, people.county, people.county])
    order = np.argsort(number, kind="stable")
    number, county = number[order], county[order]
    rows = addresses.frame(world, number, county)
    return _paged("addresses", run, start, _Made(rows, number // addresses.PER_CLAN, number))


def _entities(run: _Run, start: int) -> Iterator[Page]:
    made = run.entities
    return _paged("legal-entities", run, start, _Made(made.rows, made.clan, made.clan))


def _parcels(run: _Run, start: int) -> Iterator[Page]:
    made = parcels.build(run.world, run.chunk, run.entities)
    return _paged("parcels", run, start, _Made(made.rows, made.clan, made.clan))


def _food(run: _Run, start: int) -> Iterator[Page]:
    made = food.build(run.world, run.entities)
    return _paged("food-operators", run, start, _Made(made.rows, made.clan, made.clan))


def _places(world: World) -> Page:
    rows, number = landmarks.build(world)
    return _page("places", *records.spoilt(Sheet("places", "place_id", rows), world, number, FAULTS["places"]))


_MAKERS: dict[str, Maker] = {
    "population": _population, "addresses": _addresses, "legal-entities": _entities, "parcels": _parcels,
    "food-operators": _food,
}  # fmt: skip
