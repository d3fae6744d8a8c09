"""Food operators: every active company or shop of catering or of food retail has a licence, valid for five years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.entities import Entities
from zhengtong.resources.registers.synth.numbers import licence_numbers
from zhengtong.resources.registers.synth.parcels import spoilt_entities
from zhengtong.resources.registers.synth.spec import NOTE
from zhengtong.resources.registers.synth.world import World, calendar

REGISTER = "food-operators"
RETAIL, CATERING = "1", "2"  # first digit of the licence: 食品销售经营者, 餐饮服务经营者 (from memory, unverified)
TRADES = {"6210": CATERING, "6220": CATERING, "6231": CATERING, "5212": RETAIL, "5221": RETAIL, "5222": RETAIL}
ITEMS = {CATERING: "热食类食品制售;冷食类食品制售", RETAIL: "预包装食品销售;散装食品销售"}
RATINGS = ("A", "B", "C")
TERM = 1826  # days: five years


@dataclass(slots=True)
class Operators:
    rows: pl.DataFrame
    clan: Whole


def build(world: World, entities: Entities) -> Operators:
    sound = entities.rows["industry"].is_in(list(TRADES)) & (entities.rows["status"] == "active")
    there = np.flatnonzero(sound.to_numpy() & ~spoilt_entities(world, entities.clan))
    rows, clan = entities.rows[there], entities.clan[there]
    kind = rows["industry"].replace_strict(TRADES, return_dtype=pl.String)
    county, rank = world.home(clan)
    division = np.array([int(c.code) for c in world.counties])[county]
    start = _start(world, clan, entities.established[there])
    iso = calendar()[1]
    return Operators(
        pl.DataFrame(
            {
                "licence_number": licence_numbers(kind, division, rank % 1_000_000),
                "uscc": rows["uscc"],
                "premises_address_code": rows["address_code"],
                "business_kind": kind,
                "items": kind.replace_strict(ITEMS, return_dtype=pl.String),
                "valid_from": iso.gather(start),
                "valid_to": iso.gather(start + TERM - 1),
                "rating": pl.Series(RATINGS).gather(world.draws.whole("rating", clan, 3)),
                "source_note": pl.repeat(NOTE, len(clan), eager=True),
            }
        ),
        clan,
    )


def _start(world: World, clan: Whole, established: Whole) -> Whole:
    """The last renewal: whole terms after the company began, not later than today."""
    first = established + 5 + world.draws.whole("licence", clan, 20)
    return first + (world.today - first) // TERM * TERM
