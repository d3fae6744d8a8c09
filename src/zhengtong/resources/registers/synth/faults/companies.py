"""Faults of legal entities: the credit code, the representative, dates, the same company twice."""

from __future__ import annotations

from zhengtong.kernel.identifiers import USCC_ALPHABET
from zhengtong.resources.registers.synth.clans import NOBODY
from zhengtong.resources.registers.synth.entities import spoilt_people
from zhengtong.resources.registers.synth.faults import Kind
from zhengtong.resources.registers.synth.faults.records import Record, division_abolished
from zhengtong.resources.registers.synth.numbers import uscc, with_check


def code_digit(record: Record) -> None:
    """One character of the code is wrong; GB 32100 notices every such change."""
    code, place = record.row["uscc"], 8 + record.draw("place", 8)
    other = USCC_ALPHABET[(USCC_ALPHABET.index(code[place]) + 1 + record.draw("digit", 9)) % 10]
    other = other if other != code[place] else USCC_ALPHABET[10]
    record.change("uscc-digit", "uscc", code[:place] + other + code[place + 1 :])


def representative_unknown(record: Record) -> None:
    """A valid number of nobody: serials above 990 are given to no one."""
    number = record.row["legal_representative_id_number"]
    serial = 991 + record.draw("serial", 9)
    record.change("representative-unknown", "legal_representative_id_number", with_check(f"{number[:14]}{serial}"))


def _dead(record: Record) -> int | None:
    """The row of a deceased unspoilt person of the clan."""
    chunk, row = record.beside, record.index - int(record.beside.people.clan[0])
    people = chunk.people
    dead = (people.died[row] != NOBODY) & people.exists[row] & ~spoilt_people(record.world, chunk)[row]
    places = [int(place) for place in chunk.place[row][dead]]
    return places[record.draw("dead", len(places))] if places else None


def representative_dead(record: Record) -> None:
    person = record.beside.rows.row(_dead(record), named=True)
    record.change("representative-dead", "legal_representative_id_number", person["id_number"])
    record.change("representative-dead", "legal_representative_name", person["name"])


def representative_name(record: Record) -> None:
    """The name is not the one of that number in the population."""
    name = record.row["legal_representative_name"]
    record.change("representative-name", "legal_representative_name", name[0] + ("伟" if name[1:] != "伟" else "芳"))


def ended_early(record: Record) -> None:
    """Ended before it was established."""
    year = int(record.row["established_on"][:4]) - 1
    record.change("ended-before-established", "ended_on", f"{year}-12-31")


def ended_but_active(record: Record) -> None:
    record.change("ended-but-active", "status", "active")


def industry_unknown(record: Record) -> None:
    record.change("industry-unknown", "industry", f"{record.row['industry'][:2]}00")


def address_unknown(record: Record) -> None:
    """An address that no register holds."""
    record.change("address-unknown", "address_code", f"{record.row['address_code'][:9]}8{record.index:09d}")


def company_again(record: Record) -> None:
    """Under another code and a name written otherwise."""
    row = record.row
    name = row["name"].replace("有限公司", "有限责任公司").replace("合作社", "合作联社")
    name = name if name != row["name"] else name.replace(name[:3], "", 1)
    code = uscc(row["kind"], row["uscc"][2:8], f"D{record.index % 10_000_000:07d}")
    record.again("duplicate-entity", "name", uscc=code, name=name)


COMPANIES = (
    Kind("uscc-digit", 6, code_digit),
    Kind("representative-unknown", 5, representative_unknown),
    Kind("representative-dead", 12, representative_dead, lambda r: _dead(r) is not None),
    Kind("representative-name", 4, representative_name),
    Kind("ended-before-established", 20, ended_early, lambda r: bool(r.row["ended_on"])),
    Kind("ended-but-active", 20, ended_but_active, lambda r: bool(r.row["ended_on"])),
    Kind("industry-unknown", 3, industry_unknown),
    Kind("address-unknown", 3, address_unknown),
    Kind("division-abolished", 3, division_abolished),
    Kind("duplicate-entity", 8, company_again),
)
