"""A register's definition as plain values: its fields, keys and authorities, and how they lie in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from zhengtong.kernel.texts import Texts
from zhengtong.security.permissions.wire import Secrecy

from .rules import Rule, Statistics, rule_from_json, statistics_from_json

PREFIX = "register_"  # of every compiled table


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CODE = "code"  # of a code table
    CHOICE = "choice"  # of the values listed in the definition
    DATE = "date"
    INTEGER = "integer"
    MONEY = "money"  # fen
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DEGREES = "degrees"  # longitude or latitude
    ID_NUMBER = "id-number"  # 公民身份号码, GB 11643
    USCC = "uscc"  # 统一社会信用代码, GB 32100
    PHONE = "phone"
    DIVISION = "division"  # code of GB/T 2260 (6 digits), GB/T 10114 (9) or of the statistics bureau (12)
    URN = "urn"  # of a thing of this platform
    GEOMETRY = "geometry"  # GeoJSON, longitude and latitude


class Sharing(StrEnum):
    """共享类型 (政务信息资源共享管理暂行办法 第九条): 无条件共享, 有条件共享, 不予共享."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"


_COLUMNS = {
    Type.DATE: "date", Type.INTEGER: "bigint", Type.MONEY: "bigint", Type.BOOLEAN: "boolean",
    Type.DEGREES: "double precision", Type.GEOMETRY: "jsonb", Type.ID_NUMBER: "varchar(18)", Type.USCC: "varchar(18)",
    Type.PHONE: "varchar(20)", Type.DIVISION: "varchar(12)", Type.URN: "varchar(150)",
}  # fmt: skip
BOX = ("west", "south", "east", "north")


@dataclass(frozen=True, slots=True)
class Field:
    """One field (数据项). `authority` is the key of the one organisation that may write it (数源部门).

    `length`: the most characters of a text or code; `digits` and `scale` of a decimal. `is_encrypted`: encrypted at
    rest, found by a blind index, shown masked. `is_fixed`: never amended, only corrected. `may_reask`: a form may ask
    for it although it is held.
    """

    name: str
    element: str
    label: Texts
    type: Type
    authority: str
    length: int = 0
    digits: int = 14
    scale: int = 2
    code_table: str = ""
    values: Mapping[str, Texts] = field(default_factory=dict)
    is_required: bool = False
    is_fixed: bool = False
    is_encrypted: bool = False
    is_indexed: bool = False
    is_retired: bool = False
    is_past: bool = False  # a day that cannot lie in the future
    minimum: float | None = None
    may_reask: bool = False
    secrecy: Secrecy = Secrecy.INTERNAL
    sharing: Sharing = Sharing.CONDITIONAL
    mask: str = ""  # how a masked value looks: name, id-number, phone, all

    @property
    def column_type(self) -> str:
        """The type of its column in PostgreSQL."""
        if self.is_encrypted:
            return "bytea"
        if self.type is Type.DECIMAL:
            return f"numeric({self.digits},{self.scale})"
        return _COLUMNS.get(self.type) or f"varchar({self.length})"

    @property
    def index_column(self) -> str:
        """The column by which it is looked up."""
        return f"{self.name}_index" if self.is_encrypted else self.name

    @property
    def columns(self) -> dict[str, str]:
        """Every column of the field with its type: with the blind index of an encrypted, the box of a geometry."""
        found = {self.name: self.column_type}
        if self.is_encrypted:
            found[self.index_column] = "bytea"
        if self.type is Type.GEOMETRY:
            found |= {f"{self.name}_{side}": "double precision" for side in BOX}
        return found


@dataclass(frozen=True, slots=True)
class Authority:
    """数源部门: the key of an organisation, and what its register is called where a value is shown with its source."""

    key: str
    source: Texts


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much it says of two records that a field agrees: a weight for each way (`matching.ways`), one for `differs`.

    `other`: the field of the other record that it is held against, where that is not the same (a former name).
    """

    field: str
    weights: Mapping[str, float]
    other: str = ""

    @property
    def by_weight(self) -> list[str]:
        """Its ways, the heaviest first."""
        return sorted(self.weights, key=lambda way: -self.weights[way])


@dataclass(frozen=True, slots=True)
class Matching:
    """查重规则. Pairs that agree on a whole block are compared; a block of more than `largest_block` records tells
    nothing. From `review` on a person decides, from `sure` on there is little doubt. `merged_status`: how a record
    ends whose twin survives."""

    blocks: tuple[tuple[str, ...], ...]
    compare: tuple[Comparison, ...]
    review: float
    sure: float
    merged_status: str
    largest_block: int = 200

    @property
    def fields(self) -> tuple[str, ...]:
        """What is read of a record to compare it."""
        named = [name for one in self.compare for name in (one.field, one.other) if name]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Definition:
    """A register. `noun`: what one record is, in code; `keys`: sets of fields that no two records share; `subject`:
    whose personal data a record is (`person` by the field `subject_field`), for the log of reads; `quality`: rules its
    records should meet; `statistics`: the one table of counts that is published of it."""

    key: str
    noun: str
    label: Texts
    description: Texts
    record_label: Texts
    authorities: tuple[Authority, ...]
    fields: tuple[Field, ...]
    keys: tuple[tuple[str, ...], ...]
    title: tuple[str, ...] = ()  # fields by which people know a record
    subject_field: str = ""
    status_field: str = ""
    status_changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # none: a record in it has ended
    partitions: int = 0
    retention: Texts = field(default_factory=dict)
    basis: tuple[str, ...] = ()  # law, standard
    matching: Matching | None = None
    quality: tuple[Rule, ...] = ()
    statistics: Statistics | None = None

    @property
    def table(self) -> str:
        """The records as they are now."""
        return PREFIX + self.key.replace("-", "_")

    @property
    def past_table(self) -> str:
        """What they were, and what they were thought to be."""
        return f"{self.table}_past"

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {one.name: one for one in self.fields}

    @cached_property
    def columns(self) -> dict[str, str]:
        """Every column that fields bring, with its type."""
        return {name: kind for one in self.fields for name, kind in one.columns.items()}

    @cached_property
    def plans(self) -> dict[Any, Any]:
        """What `sights` keeps of this definition."""
        return {}

    def find(self, name: str) -> Field | None:
        return self.by_name.get(name)

    def authorities_of(self, names: Iterable[str]) -> frozenset[str]:
        """Keys of the organisations that own these fields."""
        return frozenset(self.by_name[name].authority for name in names if name in self.by_name)

    def source_of(self, name: str) -> Texts:
        """What the authority of the field calls its register."""
        return next(one.source for one in self.authorities if one.key == self.by_name[name].authority)

    def encrypted(self) -> Iterator[Field]:
        return (one for one in self.fields if one.is_encrypted)

    def as_json(self) -> dict[str, Any]:
        """As it is kept in the database; `from_json` gives it back."""
        data = asdict(self)
        for one, kept in zip(self.fields, data["fields"], strict=True):
            kept |= {"secrecy": one.secrecy.key, "values": list(one.values.items())}  # jsonb keeps no order of members
        return data


def from_json(data: Mapping[str, Any]) -> Definition:
    """A definition that was kept by an earlier version of the node too: what it does not know yet has its default."""
    known: dict[str, Any] = dict(data)
    known["authorities"] = tuple(Authority(**one) for one in data["authorities"])
    known["fields"] = tuple(_field(one) for one in data["fields"])
    known["keys"] = tuple(tuple(key) for key in data["keys"])
    known["status_changes"] = {status: tuple(after) for status, after in data.get("status_changes", {}).items()}
    for name in ("title", "basis"):
        known[name] = tuple(data.get(name, ()))
    known["matching"] = _matching(data["matching"]) if data.get("matching") else None
    known["quality"] = tuple(rule_from_json(one) for one in data.get("quality", ()))
    known["statistics"] = statistics_from_json(data["statistics"]) if data.get("statistics") else None
    return Definition(**known)


def _matching(data: Mapping[str, Any]) -> Matching:
    known: dict[str, Any] = {**data, "blocks": tuple(tuple(block) for block in data["blocks"])}
    return Matching(**{**known, "compare": tuple(Comparison(**one) for one in data["compare"])})


def _field(data: Mapping[str, Any]) -> Field:
    kinds: dict[str, Any] = {"type": Type, "secrecy": Secrecy.named, "sharing": Sharing}
    known: dict[str, Any] = {name: kinds[name](value) if name in kinds else value for name, value in data.items()}
    return Field(**{**known, "values": dict(data["values"])})
