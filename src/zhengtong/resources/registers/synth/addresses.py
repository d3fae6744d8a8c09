"""Standard addresses by number: address n of a county is one place, whatever other addresses are made.

The number in mixed radix is town, road, number, building, unit, floor and door (towns with streets) or village, group
and house (the country), so no two numbers read alike. Roads and villages are invented words; towns are those of 2023.
Coordinates scatter round the county's centre (CGCS2000, degrees): they mark a place on a map, not a door.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.divisions import HERE
from zhengtong.resources.registers.synth.draws import Whole
from zhengtong.resources.registers.synth.numbers import padded
from zhengtong.resources.registers.synth.spec import CLAN, NOTE
from zhengtong.resources.registers.synth.world import World

PER_CLAN = 18  # one for each slot that may head a household, one for the clan's company, one to spare
COMPANY, SPARE = 16, 17
STREET_SUFFIX = "街道"
_NUMBERS, _BUILDINGS, _UNITS, _FLOORS, _DOORS = 60, 20, 3, 11, 4
_GROUPS, _HOUSES = 20, 300
_TOWN_STEP = 104_729
_SCRAMBLE = 7_368_787  # prime and no factor of any radix: multiplication by it permutes


@cache
def words() -> dict[str, pl.Series]:
    found = json.loads((HERE / "words.json").read_text(encoding="utf-8"))
    return {key: pl.Series(value) for key, value in found.items()}


@dataclass(frozen=True, slots=True)
class Towns:
    """Every town of the chosen counties; county i has `counts[i]` from `starts[i]` on. Offsets in millionths of a
    degree.
    """

    code: pl.Series
    where: pl.Series
    streets: Whole
    starts: Whole
    counts: Whole
    offset: Whole


@cache
def _towns(world: World) -> Towns:
    counts = np.array([len(county.towns) for county in world.counties])
    towns = [(code, county.where + name) for county in world.counties for code, name in county.towns]
    codes = np.array([int(code) for code, _ in towns])
    offset = np.stack([world.draws.whole(axis, codes, 240_000) - 120_000 for axis in ("town east", "town north")], 1)
    streets = np.array([where.endswith(STREET_SUFFIX) for _, where in towns])
    return Towns(
        pl.Series([code for code, _ in towns]), pl.Series([where for _, where in towns]), streets,
        np.cumsum(counts) - counts, counts, offset,
    )  # fmt: skip


def residence(world: World, number: Whole, home: Whole) -> Whole:
    """The county of an address: mostly the clan's, sometimes another of the province."""
    elsewhere = world.draws.chance("elsewhere", number, 120_000)
    other = world.draws.whole("where else", number, len(world.counties))
    return np.where(elsewhere & (number % PER_CLAN < CLAN), other, home)


def town_of(world: World, number: Whole, county: Whole) -> Whole:
    """Position of the address's town among all towns."""
    towns = _towns(world)
    return towns.starts[county] + number % towns.counts[county]


def town_codes(world: World, town: Whole) -> pl.Series:
    return _towns(world).code.gather(town)


def codes(world: World, number: Whole, county: Whole) -> pl.Series:
    """The key: the town's nine digits and the number's ten (ours; no standard fixes it)."""
    return town_codes(world, town_of(world, number, county)) + padded(number, 10)


def frame(world: World, number: Whole, county: Whole) -> pl.DataFrame:
    """The rows of the register of addresses for these numbers in these counties."""
    towns, town = _towns(world), town_of(world, number, county)
    rest = number // towns.counts[county]
    urban = towns.streets[town]
    parts = pl.DataFrame(_street(rest, town)).with_columns(urban=pl.Series(urban))
    country = pl.DataFrame(_village(rest, town))
    chosen = [pl.when(pl.col("urban")).then(pl.col(c)).otherwise(country[c]).alias(c) for c in country.columns]
    parts = parts.with_columns(chosen)
    full = towns.where.gather(town) + _text(parts)
    return pl.DataFrame(
        {
            "address_code": towns.code.gather(town) + padded(number, 10),
            "division": pl.Series([c.code for c in world.counties]).gather(county),
            "town": towns.code.gather(town),
            **{name: parts[name] for name in ("community", "road", "number", "building", "unit", "room")},
            "full_text": full,
            **_point(world, number, county, town),
            "source_note": pl.repeat(NOTE, len(number), eager=True),
        }
    )


def _radix(rest: Whole, town: Whole, *sizes: int) -> list[Whole]:
    """Digits of `rest`, scrambled in each town otherwise, in these radices; the last is what is left over."""
    capacity = int(np.prod(sizes))
    over, rest = np.divmod(rest, capacity)
    rest = (rest * _SCRAMBLE + town * _TOWN_STEP) % capacity
    found = []
    for size in sizes:
        rest, digit = np.divmod(rest, size)
        found.append(digit)
    return [*found, over]


def _street(rest: Whole, town: Whole) -> dict[str, pl.Series]:
    roads = words()["roads"]
    road, number, building, unit, floor, door, over = _radix(
        rest, town, len(roads), _NUMBERS, _BUILDINGS, _UNITS, _FLOORS, _DOORS
    )
    name = roads.gather(road)
    return {
        "community": name.str.slice(0, 2) + "社区",
        "road": name,
        "number": _text_of(number * 2 + 1) + "号" + _extra(over),
        "building": _text_of(building + 1) + "栋",
        "unit": _text_of(unit + 1) + "单元",
        "room": _text_of((floor + 1) * 100 + door + 1) + "室",
    }


def _village(rest: Whole, town: Whole) -> dict[str, pl.Series]:
    villages = words()["villages"]
    village, group, house, over = _radix(rest, town, len(villages), _GROUPS, _HOUSES)
    nothing = pl.repeat("", len(rest), eager=True)
    return {
        "community": villages.gather(village) + "村",
        "road": _text_of(group + 1) + "组",
        "number": _text_of(house + 1) + "号" + _extra(over),
        "building": nothing,
        "unit": nothing,
        "room": nothing,
    }


def _text(parts: pl.DataFrame) -> pl.Series:
    return parts.select(pl.concat_str("community", "road", "number", "building", "unit", "room")).to_series()


def _extra(over: Whole) -> pl.Series:
    """附1号 …, where a town has more addresses than plain numbers."""
    return (
        pl.DataFrame({"over": over})
        .select(pl.when(pl.col("over") > 0).then("附" + pl.col("over").cast(pl.String) + "号").otherwise(pl.lit("")))
        .to_series()
    )


def _text_of(numbers: Whole) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)


def _point(world: World, number: Whole, county: Whole, town: Whole) -> dict[str, pl.Series]:
    centres = np.array([[c.longitude, c.latitude] for c in world.counties])[county] + _towns(world).offset[town]
    east = centres[:, 0] + world.draws.whole("east", number, 24_000) - 12_000
    north = centres[:, 1] + world.draws.whole("north", number, 24_000) - 12_000
    return {"longitude": pl.Series(east / 1_000_000), "latitude": pl.Series(north / 1_000_000)}
