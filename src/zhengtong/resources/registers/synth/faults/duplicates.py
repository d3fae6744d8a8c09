"""The same person a second time: added rows that differ in name, number, contact or completeness. The partner is
the first row.
"""

from __future__ import annotations

from zhengtong.resources.registers.synth.clans import FEMALE, MALE
from zhengtong.resources.registers.synth.faults import Kind
from zhengtong.resources.registers.synth.faults.people import Person
from zhengtong.resources.registers.synth.names import confusable, tables
from zhengtong.resources.registers.synth.sheet import Row

MISSING = ("phone", "education", "former_name", "father_id_number", "mother_id_number", "spouse_id_number")


def _again(person: Person, kind: str, betrayed_by: str, **changed: str) -> int:
    """Add the person once more, somewhere on the page; `betrayed_by` is the field that differs."""
    row: Row = {**person.row, **changed}
    low, high = person.page
    place = person.sheet.add(low + person.draw("where", high - low), row)
    person.sheet.note(place, kind, betrayed_by, person.row[betrayed_by], person.place)
    return place


def _renamed(person: Person, kind: str, name: str, pinyin: str, **changed: str) -> None:
    _again(person, kind, "name", name=name, name_pinyin=pinyin, id_number=person.second_number(), **changed)


def _confused(person: Person, kind: str) -> tuple[str, int] | None:
    """The name with one character taken for another, and which; never the first, where there is another."""
    name, table = person.row["name"], confusable()[kind]
    places = [k for k in range(1, len(name)) if name[k] in table]
    if not places:
        return None
    place = places[person.draw(f"{kind} place", len(places))]
    others = table[name[place]]
    return name[:place] + others[person.draw(kind, len(others))] + name[place + 1 :], place


def homophone(person: Person) -> None:
    name, _ = _confused(person, "homophone") or ("", 0)
    _renamed(person, "duplicate-homophone", name, person.row["name_pinyin"])


def lookalike(person: Person) -> None:
    """The pinyin follows the wrong character, as a clerk's machine would write it."""
    name, place = _confused(person, "lookalike") or ("", 0)
    syllables = person.row["name_pinyin"].split(" ")
    syllables[place] = _syllable(name[place], syllables[place])
    _renamed(person, "duplicate-lookalike", name, " ".join(syllables))


def _syllable(character: str, otherwise: str) -> str:
    table = tables()
    found = table.texts.index_of(character)
    return otherwise if found is None else str(table.pinyin[found])


def swapped(person: Person) -> None:
    """The two characters of the given name change places."""
    name, syllables = person.row["name"], person.row["name_pinyin"].split(" ")
    turned = [*syllables[:-2], syllables[-1], syllables[-2]]
    _renamed(person, "duplicate-swapped", name[:-2] + name[-1] + name[-2], " ".join(turned))


def _can_be_swapped(person: Person) -> bool:
    name = person.row["name"]
    return _twice(person) and len(name) == 3 and len(set(name[1:])) == 2 and " " in person.row["name_pinyin"]


def contact(person: Person) -> None:
    """Another number, phone and address: moved and registered anew."""
    changed = {**person.second_address(), "phone": person.second_phone()}
    _again(person, "duplicate-contact", "address_code", id_number=person.second_number(), **changed)


def new_name(person: Person) -> None:
    """Under a new given name; the old name stands as the former one."""
    table = tables()
    given = table.given[MALE if person.row["sex"] == "1" else FEMALE][1]
    part = int(given.parts[person.draw("given", len(given.parts))])
    name = person.row["name"][0] + str(table.texts[part])
    pinyin = person.row["name_pinyin"].split(" ")[0] + " " + str(table.pinyin[part])
    if name == person.row["name"]:
        contact(person)
        return
    _renamed(person, "duplicate-renamed", name, pinyin, former_name=person.row["name"])


def incomplete(person: Person) -> None:
    _again(person, "duplicate-incomplete", "phone", id_number=person.second_number(), **dict.fromkeys(MISSING, ""))


def digit(person: Person) -> None:
    """The number with one digit of the serial mistyped: a wrong check digit besides."""
    number, place = person.number, 14 + person.draw("serial place", 2)
    other = str((int(number[place]) + 1 + person.draw("serial digit", 9)) % 10)
    place_of_row = _again(
        person, "duplicate-number-digit", "id_number", id_number=number[:place] + other + number[place + 1 :]
    )
    person.sheet.note(place_of_row, "check-digit", "id_number", number, person.place)


def _twice(person: Person) -> bool:
    return person.is_active and len(person.outside) > 1


def _plain(person: Person) -> bool:
    """One surname character, so that the rest is the given name."""
    return _twice(person) and person.is_han and len(person.row["name"]) in (2, 3) and bool(person.row["phone"])


DUPLICATES: tuple[Kind[Person], ...] = (
    Kind("duplicate-homophone", 9, homophone, lambda p: _plain(p) and _confused(p, "homophone") is not None),
    Kind("duplicate-lookalike", 7, lookalike, lambda p: _plain(p) and _confused(p, "lookalike") is not None),
    Kind("duplicate-swapped", 6, swapped, _can_be_swapped),
    Kind("duplicate-contact", 6, contact, lambda p: _twice(p) and bool(p.row["phone"])),
    Kind("duplicate-renamed", 5, new_name, lambda p: _plain(p) and int(p.row["birth_date"][:4]) < 2008),
    Kind("duplicate-incomplete", 5, incomplete, lambda p: _twice(p) and bool(p.row["phone"])),
    Kind("duplicate-number-digit", 6, digit, lambda p: p.is_active),
)
