"""Faults of addresses, places, parcels and food operators."""

from __future__ import annotations

import json

from zhengtong.resources.registers.synth.faults import Kind
from zhengtong.resources.registers.synth.faults.records import Record, coordinates_swapped, division_abolished
from zhengtong.resources.registers.synth.numbers import uscc, with_check

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


# -- addresses --------------------------------------------------------------------------------------------------------
def address_again(record: Record) -> None:
    """The same place under another code, its digits in full width."""
    code = f"{record.row['address_code'][:9]}9{record.index:09d}"
    record.again(
        "duplicate-address", "address_code", address_code=code, full_text=record.row["full_text"].translate(WIDE)
    )


def text_conflict(record: Record) -> None:
    """The text names another house number than the field."""
    number = record.row["number"]
    wrong = f"{int(number.split('号')[0]) + 2}号{number.split('号', 1)[1]}"
    record.change("text-conflict", "number", wrong)


def town_conflict(record: Record) -> None:
    towns = [town for county in record.world.counties for town, _ in county.towns if town != record.row["town"]]
    record.change("town-conflict", "town", towns[record.draw("town", len(towns))])


ADDRESSES = (
    Kind("duplicate-address", 5, address_again),
    Kind("text-conflict", 3, text_conflict),
    Kind("town-conflict", 2, town_conflict, lambda r: sum(len(c.towns) for c in r.world.counties) > 1),
    Kind("coordinates-swapped", 2, coordinates_swapped),
    Kind("division-abolished", 2, division_abolished),
)


# -- places -----------------------------------------------------------------------------------------------------------
def place_again(record: Record) -> None:
    """Under another identifier and a longer name, some steps away."""
    changed = {
        "place_id": f"P9{record.index:010d}",
        "name": f"{record.row['name']}（新）",
        "longitude": record.row["longitude"] + 0.0002,
    }
    record.again("duplicate-place", "name", **changed)


PLACES = (
    Kind("duplicate-place", 3, place_again),
    Kind("coordinates-swapped", 2, coordinates_swapped),
    Kind("division-abolished", 2, division_abolished),
)


# -- parcels ----------------------------------------------------------------------------------------------------------
def overlapping(record: Record) -> None:
    """Drawn inside another parcel of the county, half as long and wide."""
    other = record.other(lambda row: bool(row["division"] == record.row["division"]))
    if other is None:
        owner_unknown(record)
        return
    ring = json.loads(record.sheet.read(other)["geometry"])["coordinates"][0]
    west, south = ring[0]
    east, north = ring[2]
    inner = ((west * 3 + east) / 4, (south * 3 + north) / 4, (west + east * 3) / 4, (south + north * 3) / 4)
    area = round(record.sheet.read(other)["area_m2"] / 4, 2)
    record.change("parcel-overlap", "geometry", _rectangle(*inner), other)
    record.change("parcel-overlap", "area_m2", area, other)


def _rectangle(west: float, south: float, east: float, north: float) -> str:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    points = ",".join(f"[{x:.7f},{y:.7f}]" for x, y in corners)
    return f'{{"type":"Polygon","coordinates":[[{points}]]}}'


def owner_unknown(record: Record) -> None:
    """An owner whom neither the population nor the legal entities know: a valid number of nobody (serial above 990)."""
    number = with_check(f"{record.world.counties[0].code}19700101{991 + record.draw('serial', 9)}")
    record.change("owner-unknown", "owner_id", number)


def area_conflict(record: Record) -> None:
    record.change("area-conflict", "area_m2", round(record.row["area_m2"] * 10, 2))


def code_conflict(record: Record) -> None:
    """The code of another county than the division's."""
    record.change("code-division-conflict", "parcel_code", "110101" + record.row["parcel_code"][6:])


def ring_open(record: Record) -> None:
    """The ring's last point is missing."""
    shape = record.row["geometry"]
    record.change("ring-not-closed", "geometry", shape[: shape.rindex(",[")] + "]]}")


PARCELS = (
    Kind("parcel-overlap", 6, overlapping),
    Kind("owner-unknown", 4, owner_unknown),
    Kind("area-conflict", 3, area_conflict),
    Kind("code-division-conflict", 3, code_conflict, lambda r: r.row["division"] != "110101"),
    Kind("ring-not-closed", 2, ring_open),
)


# -- food operators ---------------------------------------------------------------------------------------------------
def licence_digit(record: Record) -> None:
    number = record.row["licence_number"]
    digit = (int(number[-1]) + 1 + record.draw("digit", 9)) % 10
    record.change("licence-check-digit", "licence_number", f"{number[:-1]}{digit}")


def term_reversed(record: Record) -> None:
    """Valid until a day before it began."""
    year = int(record.row["valid_from"][:4]) - 1
    record.change("term-reversed", "valid_to", f"{year}-06-30")


def operator_unknown(record: Record) -> None:
    """A valid credit code that no legal entity has: letters in the organisation code."""
    code = uscc("91", record.world.counties[0].code, f"XN{record.index % 1_000_000:06d}")
    record.change("operator-unknown", "uscc", code)


FOOD = (
    Kind("licence-check-digit", 3, licence_digit),
    Kind("term-reversed", 2, term_reversed),
    Kind("operator-unknown", 3, operator_unknown),
)
