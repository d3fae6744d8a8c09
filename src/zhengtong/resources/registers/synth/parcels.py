"""Real property units: one for each clan that has an owner, a rectangle in a grid round the county's centre where
none touches another.

The code has 28 characters: county 6, cadastral zone 3, sub-zone 3, feature 2, parcel 5, then F and building 4, unit
4, or W and zeros for bare land (GB/T 37346-2019, from memory, unverified). Land use: GB/T 21010-2017, unverified.
Lines are straight in longitude and latitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians

import numpy as np
import polars as pl

from zhengtong.resources.registers.synth.clans import NOBODY
from zhengtong.resources.registers.synth.draws import Truths, Whole
from zhengtong.resources.registers.synth.entities import Entities, grown_up
from zhengtong.resources.registers.synth.numbers import padded
from zhengtong.resources.registers.synth.population import Chunk
from zhengtong.resources.registers.synth.spec import NOTE
from zhengtong.resources.registers.synth.world import World, calendar

REGISTER = "parcels"
ZONES, SUBZONES = 30, 20
COLOURS = 8  # each way: a cell of the grid is shared by 64 counties
PLOT = 4_000  # ten-millionths of a degree, about 40 m; a parcel takes a part of its plot
CELL = PLOT * COLOURS
NEAR = 800_000  # millionths of a degree: counties closer than this get plots of their own
USES = {"house": ("0701", "0702"), "land": ("0501", "0601")}  # dwelling in town, farmstead; shops, industry
FEATURES = {"0701": "GB", "0702": "JC", "0501": "GB", "0601": "GB"}


@dataclass(slots=True)
class Parcels:
    rows: pl.DataFrame
    clan: Whole
    county: Whole


@cache
def _colours(world: World) -> Whole:
    """A place in the cell for each county that no near county has (after 64 near ones they repeat)."""
    found: list[int] = []
    for n, county in enumerate(world.counties):
        near = {
            found[k] for k, other in enumerate(world.counties[:n])
            if abs(other.longitude - county.longitude) < NEAR and abs(other.latitude - county.latitude) < NEAR
        }  # fmt: skip
        found.append(min(set(range(COLOURS**2)) - near, default=n % COLOURS**2))
    return np.array(found)


def build(world: World, chunk: Chunk, entities: Entities) -> Parcels:
    owner = grown_up(world, chunk, "owner")
    there = np.flatnonzero(owner != NOBODY)
    clan = chunk.people.clan[there]
    owners, owned_by_company = _owners(world, chunk, entities, there, owner[there])
    county, rank = world.home(clan)
    use = _uses(world, clan, owned_by_company)
    corner, size = _place(world, clan, county, rank)
    rows = pl.DataFrame(
        {
            "parcel_code": _codes(world, county, rank, use),
            "division": pl.Series([c.code for c in world.counties]).gather(county),
            "kind": pl.Series(["house", "land"]).gather(owned_by_company.astype(np.int64)),
            "area_m2": _areas(world, county, size),
            "owner_id": owners,
            "use": use,
            "geometry": _polygons(corner, size),
            "registered_on": calendar()[1].gather(world.today - 1 - world.draws.whole("parcel day", clan, 5000)),
            "source_note": pl.repeat(NOTE, len(clan), eager=True),
        }
    )
    return Parcels(rows, clan, county)


def _owners(world: World, chunk: Chunk, entities: Entities, there: Whole, slot: Whole) -> tuple[pl.Series, Truths]:
    """An identity number, or for three in ten the credit code of the clan's company, where it is active and
    unspoilt.
    """
    people = chunk.rows["id_number"].gather(chunk.place[there, slot])
    clan = chunk.people.clan[there]
    sound = (entities.rows["status"] == "active").to_numpy() & ~spoilt_entities(world, entities.clan)
    company = np.full(len(chunk.people.clan), NOBODY)
    company[entities.clan[sound] - chunk.people.clan[0]] = np.flatnonzero(sound)
    mine = company[there]
    by_company = (mine != NOBODY) & world.draws.chance("company owns", clan, 300_000)
    codes = entities.rows["uscc"].gather(np.maximum(mine, 0))
    return pl.select(pl.when(pl.Series(by_company)).then(codes).otherwise(people)).to_series(), by_company


def spoilt_entities(world: World, clan: Whole) -> Truths:
    return world.draws.chance("fault legal-entities", clan, world.spec.faults_per_million)


def _uses(world: World, clan: Whole, by_company: Truths) -> pl.Series:
    codes = pl.Series([*USES["house"], *USES["land"]])
    return codes.gather(world.draws.whole("use", clan, 2) + 2 * by_company)


def _codes(world: World, county: Whole, rank: Whole, use: pl.Series) -> pl.Series:
    zone, subzone, parcel = rank % ZONES + 1, rank // ZONES % SUBZONES + 1, rank // (ZONES * SUBZONES) + 1
    division = pl.Series([c.code for c in world.counties]).gather(county)
    land = division + padded(zone, 3) + padded(subzone, 3) + use.replace_strict(FEATURES) + padded(parcel, 5)
    unit = use.is_in([*USES["house"]])
    return land + pl.select(pl.when(unit).then(pl.lit("F00010001")).otherwise(pl.lit("W00000000"))).to_series()


def _spread(rank: Whole) -> tuple[Whole, Whole]:
    """Cells near the centre first: two bits say the quadrant, the others alternate between east and north."""
    quadrant, rest = rank & 3, rank >> 2
    east, north = np.zeros_like(rank), np.zeros_like(rank)
    for bit in range(14):
        east |= (rest >> (2 * bit) & 1) << bit
        north |= (rest >> (2 * bit + 1) & 1) << bit
    return np.where(quadrant & 1, -1 - east, east), np.where(quadrant & 2, -1 - north, north)


def _place(world: World, clan: Whole, county: Whole, rank: Whole) -> tuple[Whole, Whole]:
    """South-west corner and size of each, [n, 2] in ten-millionths of a degree."""
    colour = _colours(world)[county]
    centre = np.array([[c.longitude, c.latitude] for c in world.counties])[county] * 10
    cell = np.stack(_spread(rank), 1) + centre // CELL
    corner = cell * CELL + np.stack([colour % COLOURS, colour // COLOURS], 1) * PLOT
    size = np.stack([PLOT * (40 + world.draws.whole(name, clan, 50)) // 100 for name in ("width", "height")], 1)
    return corner + 150, size


def _areas(world: World, county: Whole, size: Whole) -> pl.Series:
    """Square metres, two decimals, on a sphere of 6,371,008.8 m."""
    degree = 111_195.08 / 10_000_000
    scale = np.array([round(cos(radians(c.latitude / 1_000_000)) * 1_000_000) for c in world.counties]) / 1_000_000
    square = size[:, 0] * degree * scale[county] * (size[:, 1] * degree)
    return pl.Series((square * 100).astype(np.int64) / 100)


def _polygons(corner: Whole, size: Whole) -> pl.Series:
    """GeoJSON, anticlockwise from the south-west corner, seven decimals."""
    west, south = _degrees(corner[:, 0]), _degrees(corner[:, 1])
    east, north = _degrees(corner[:, 0] + size[:, 0]), _degrees(corner[:, 1] + size[:, 1])
    ring = pl.DataFrame({"w": west, "s": south, "e": east, "n": north})
    points = "[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]"
    names = [part.split("}")[0] for part in points.split("{")[1:]]
    pattern = '{"type":"Polygon","coordinates":[[' + _holes(points) + "]]}"
    pieces = pattern.split("\0")
    parts = [pl.lit(pieces[0])]
    for name, piece in zip(names, pieces[1:], strict=True):
        parts += [pl.col(name), pl.lit(piece)]
    return ring.select(pl.concat_str(parts)).to_series()


def _holes(points: str) -> str:
    for name in "wsen":
        points = points.replace("{" + name + "}", "\0")
    return points


def _degrees(values: Whole) -> pl.Series:
    return pl.Series(values // 10_000_000).cast(pl.String) + "." + padded(values % 10_000_000, 7)
