"""Which fields of a register say who a person is where one has no number: the search that forgives slips rests on them.

They are known by their data elements, so that any register of people has the search without a word of its definition.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import Definition, Field, Type

NAME, BORN, PINYIN, FORMER = "person-name", "birth-date", "person-name-pinyin", "former-name"


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of fields. `name` and `born` are always there."""

    name: str
    born: str
    pinyin: str = ""
    former: str = ""
    division: str = ""

    @property
    def beside(self) -> tuple[str, ...]:
        """What is compared once name or day has led to a record."""
        return tuple(name for name in (self.pinyin, self.former, self.division) if name)


def roles_of(definition: Definition) -> Roles | None:
    """None where a record is no person, or the name or the day of birth is encrypted."""
    usable = [one for one in definition.fields if not one.is_encrypted and not one.is_retired]
    by_element = {one.element: one.name for one in usable}
    if NAME not in by_element or BORN not in by_element:
        return None
    division = next((one.name for one in usable if _is_division(one)), "")
    return Roles(by_element[NAME], by_element[BORN], by_element.get(PINYIN, ""), by_element.get(FORMER, ""), division)


def _is_division(one: Field) -> bool:
    return one.type is Type.DIVISION


def index_name(definition: Definition) -> str:
    return f"{definition.table}_alike"


def index(definition: Definition) -> str:
    """The statement of the index, empty where there is none: by day of birth and name, with all that is compared, so
    that no record is fetched but those shown."""
    roles = roles_of(definition)
    if roles is None:
        return ""
    beside = ", ".join([*roles.beside, "id"])
    name, table = index_name(definition), definition.table
    return f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({roles.born}, {roles.name}) INCLUDE ({beside})"
