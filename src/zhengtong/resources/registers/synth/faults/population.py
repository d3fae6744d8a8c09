"""Faults of the population register: numbers, dates, conflicts, the dead, the same number twice, the same person
twice.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from zhengtong.resources.registers.synth.divisions import abolished, counties
from zhengtong.resources.registers.synth.faults import Kind, chosen, spoil
from zhengtong.resources.registers.synth.faults.duplicates import DUPLICATES
from zhengtong.resources.registers.synth.faults.people import Person, indexes
from zhengtong.resources.registers.synth.numbers import with_check
from zhengtong.resources.registers.synth.population import Chunk
from zhengtong.resources.registers.synth.sheet import Sheet
from zhengtong.resources.registers.synth.world import World

REGISTER = "population"
ABSURD_DAYS = ("0230", "0431", "1301", "0600", "1132")
CONSEQUENCE = "relative-number-unknown"
KIN_FIELDS = ("father_id_number", "mother_id_number", "spouse_id_number")


def _number(person: Person, kind: str, written: str) -> None:
    person.sheet.write(person.place, id_number=written)
    person.sheet.note(person.place, kind, "id_number", person.number)


def _field(person: Person, kind: str, name: str, written: str) -> None:
    person.sheet.write(person.place, **{name: written})
    person.sheet.note(person.place, kind, name, person.row[name])


def check_digit(person: Person) -> None:
    wrong = [c for c in "0123456789X" if c != person.number[17]]
    _number(person, "check-digit", person.number[:17] + wrong[person.draw("digit", 10)])


def transposed(person: Person) -> None:
    """Two neighbouring digits change places; GB 11643 notices every such change."""
    number, first = person.number, person.draw("place", 16)
    places = [(first + step) % 16 for step in range(16)]
    place = next(k for k in places if number[k] != number[k + 1])
    _number(person, "transposed-digits", number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def lower_case_x(person: Person) -> None:
    _number(person, "lower-case-x", person.number.lower())


def fifteen_digits(person: Person) -> None:
    _number(person, "fifteen-digits", person.number[:6] + person.number[8:17])


def impossible_date(person: Person) -> None:
    day = ABSURD_DAYS[person.draw("day", len(ABSURD_DAYS))]
    year = person.number[6:10]
    _number(person, "impossible-date", with_check(f"{person.number[:6]}{year}{day}{person.number[14:17]}"))
    _field(person, "impossible-date", "birth_date", f"{year}-{day[:2]}-{day[2:]}")


def birth_date_conflict(person: Person) -> None:
    """Another day of the same month; the number is right."""
    date = person.row["birth_date"]
    day = (int(date[8:]) + person.draw("day", 27)) % 28 + 1
    _field(person, "birth-date-conflict", "birth_date", f"{date[:8]}{day:02d}")


def sex_conflict(person: Person) -> None:
    _field(person, "sex-conflict", "sex", "2" if person.row["sex"] == "1" else "1")


def area_lapsed(person: Person) -> None:
    """The number's area was not in force in the year of birth."""
    area = person.lapsed[person.draw("lapsed", len(person.lapsed))]
    _number(person, "area-not-in-force", with_check(area + person.number[6:17]))


def division_abolished(person: Person) -> None:
    """Residence in a county that no longer exists."""
    gone = abolished(person.row["division"][:2])
    _field(person, "division-abolished", "division", gone[person.draw("division", len(gone))])


def town_conflict(person: Person) -> None:
    """A town of another county than the division."""
    others = [c for c in counties((person.row["division"][:2],)) if c.code != person.row["division"]]
    towns = others[person.draw("county", len(others))].towns
    _field(person, "town-conflict", "town", towns[person.draw("town", len(towns))][0])


def phone_malformed(person: Person) -> None:
    _field(person, "phone-malformed", "phone", person.row["phone"][: 7 + person.draw("phone", 4)])


def missing_name(person: Person) -> None:
    _field(person, "missing-name", "name", "")


def dead_but_active(person: Person) -> None:
    _field(person, "dead-but-active", "status", "active")


def death_not_reported(person: Person) -> None:
    """Dead in truth; the register knows nothing of it, and the person is older than anybody ever was."""
    digits, iso = person.earlier(1905)
    _number(person, "beyond-age", with_check(f"{person.number[:6]}{digits}{person.number[14:17]}"))
    _field(person, "beyond-age", "birth_date", iso)


def parent_too_young(person: Person) -> None:
    kin = person.younger_kin() or 0
    person.sheet.write(person.place, mother_id_number=person.sheet.read(kin)["id_number"])
    person.sheet.note(person.place, "parent-too-young", "mother_id_number", person.row["mother_id_number"], kin)


def same_number(person: Person) -> None:
    """Two people who live bear one number: this one has the other's."""
    born = person.row["birth_date"]
    other = person.stranger("same number", lambda row: row["status"] == "active" and row["birth_date"] != born)
    if other is None:
        check_digit(person)
        return
    person.sheet.write(person.place, id_number=person.sheet.read(other)["id_number"])
    person.sheet.note(person.place, "same-number", "id_number", person.number, other)


def _is_old_founder(person: Person) -> bool:
    """Somebody without parents here, whose number may move to another day: only the two first of a clan, so that
    none meet.
    """
    return person.is_active and person.slot < 2 and person.year < 1984


def _born_before_1999(person: Person) -> bool:
    return person.year < 1999


KINDS: tuple[Kind[Person], ...] = (
    Kind("check-digit", 10, check_digit),
    Kind("transposed-digits", 7, transposed),
    Kind("lower-case-x", 40, lower_case_x, lambda p: p.number.endswith("X")),
    Kind("fifteen-digits", 5, fifteen_digits, _born_before_1999),
    Kind("impossible-date", 4, impossible_date),
    Kind("birth-date-conflict", 6, birth_date_conflict),
    Kind("sex-conflict", 5, sex_conflict),
    Kind("area-not-in-force", 4, area_lapsed, lambda p: bool(p.lapsed)),
    Kind("division-abolished", 4, division_abolished),
    Kind("town-conflict", 3, town_conflict, lambda p: len(counties((p.row["division"][:2],))) > 1),
    Kind("phone-malformed", 3, phone_malformed, lambda p: bool(p.row["phone"])),
    Kind("missing-name", 2, missing_name),
    Kind("dead-but-active", 120, dead_but_active, lambda p: p.row["status"] == "deceased"),
    Kind("beyond-age", 8, death_not_reported, _is_old_founder),
    Kind("parent-too-young", 6, parent_too_young, lambda p: p.has_parents and p.younger_kin() is not None),
    Kind("same-number", 5, same_number, lambda p: p.is_active),
    *DUPLICATES,
)  # fmt: skip


def spoilt(world: World, chunk: Chunk, start: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a chunk with faults, and the truth about them. `start`: rows written before."""
    sheet = Sheet(REGISTER, "id_number", chunk.rows, start)
    index = indexes(chunk)
    places = chosen(world.draws, REGISTER, index, world.spec.faults_per_million)
    everyone = frozenset(places.tolist())
    for place in places.tolist():
        person = Person(world, chunk, sheet, everyone, place, int(index[place]))
        spoil(KINDS, person, partial(person.draw, "kind"))
    frame, truth = sheet.finish()
    truth = pl.concat([truth, _consequences(frame, truth, start)])
    return frame, truth.sort("row", "kind", "field")


def _consequences(frame: pl.DataFrame, truth: pl.DataFrame, start: int) -> pl.DataFrame:
    """Kin of somebody whose own number is written wrongly point at a number that nobody has."""
    repaired = truth.filter(
        (pl.col("field") == "id_number") & ~pl.col("kind").is_in(["lower-case-x", "fifteen-digits"])
        & ~pl.col("right").is_in(frame["id_number"].implode())
    )  # fmt: skip
    gone = dict(zip(repaired["right"], repaired["record"], strict=True))
    numbered = frame.with_row_index("row", offset=start + 1)
    found = [_pointing(numbered, name, gone) for name in KIN_FIELDS]
    return pl.concat(found).select(truth.columns).cast(dict(truth.schema))  # type: ignore[arg-type]


def _pointing(numbered: pl.DataFrame, name: str, gone: dict[str, str]) -> pl.DataFrame:
    rows = numbered.filter(pl.col(name).is_in(list(gone)))
    return rows.select(
        pl.lit("population").alias("register"), "row", pl.col("id_number").alias("record"),
        pl.lit(CONSEQUENCE).alias("kind"), pl.lit(name).alias("field"), pl.col(name).alias("written"),
        pl.col(name).alias("right"), pl.col(name).replace_strict(gone, return_dtype=pl.String).alias("partner"),
        pl.lit(None, dtype=pl.Int64).alias("partner_row"),
    )  # fmt: skip
