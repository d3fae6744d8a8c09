"""A rule of quality (数据质量规则) and a table of statistics as plain values: what a definition says of its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zhengtong.kernel.texts import Texts
from zhengtong.kernel.wording import gettext_lazy as _

Condition = Mapping[str, Any]  # field → test; all must hold. The tests: rule_reading
SYSTEM = ("recorded_on", "valid_from")  # days every record has: since when it is known, since when it holds


class Dimension(StrEnum):
    """GB/T 36344—2018 数据质量评价指标, 5.1; uniqueness stands there under accuracy (unverified: from memory)."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    TIMELINESS = "timeliness"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"

    @property
    def label(self) -> Any:
        return _DIMENSIONS[self]


_DIMENSIONS = {
    Dimension.COMPLETENESS: _("完整性"), Dimension.VALIDITY: _("规范性"), Dimension.TIMELINESS: _("时效性"),
    Dimension.UNIQUENESS: _("唯一性"), Dimension.CONSISTENCY: _("一致性"),
}  # fmt: skip


class Severity(StrEnum):
    """An error makes the record unfit for some use; a warning asks for a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Reference:
    """Records of another register (or the same): `by` own field → theirs; `where` holds of theirs."""

    register: str
    by: Mapping[str, str]
    where: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """Of the records that meet `of`, those fail for which the one check holds that is given.

    `fails`: a condition. `unmatched`: none of these has a record for it. `matched`: this one has. `repeated`: another
    record has the same values. `opened`: the clear text of the encrypted `field` contradicts the field `against`, or
    does not match the pattern `wants`; that is looked at when the record is written, and its flag is stored.
    `authority`: who is answerable.
    """

    key: str
    label: Texts
    dimension: Dimension
    severity: Severity
    authority: str
    of: Condition = field(default_factory=dict)
    fails: Condition | None = None
    unmatched: tuple[Reference, ...] = ()
    matched: Reference | None = None
    repeated: tuple[str, ...] = ()
    opened: Mapping[str, str] | None = None

    @property
    def references(self) -> tuple[Reference, ...]:
        return (*self.unmatched, *([self.matched] if self.matched else []))

    @property
    def opened_fields(self) -> list[str]:
        return [self.opened[name] for name in ("field", "against") if name in self.opened] if self.opened else []

    @property
    def fields(self) -> list[str]:
        """The record's own fields that the rule speaks of, what it checks first."""
        found = [*(self.fails or ()), *self.repeated, *self.opened_fields]
        found += [name for one in self.references for name in one.by]
        found += [name for one in self.references for name in operands(one.where, "own")]
        found += [*operands(self.fails or {}, "field"), *self.of, *operands(self.of, "field")]
        return list(dict.fromkeys(found))


def operands(condition: Condition, kind: str) -> Iterator[str]:
    """Fields named inside the tests of a condition: `field` of the same record, `own` of the record that is checked."""
    for test in condition.values():
        for operand in test.values() if isinstance(test, Mapping) else ():
            if isinstance(operand, Mapping) and kind in operand:
                yield operand[kind]


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    """As `asdict` gave it, or as a file says it (where what is not said has its default)."""
    known = dict(data) | {"dimension": Dimension(data["dimension"]), "severity": Severity(data["severity"])}
    known["unmatched"] = tuple(_reference(one) for one in data.get("unmatched", ()))
    known["matched"] = _reference(data["matched"]) if data.get("matched") else None
    known["repeated"] = tuple(data.get("repeated", ()))
    return Rule(**known)


def _reference(data: Mapping[str, Any]) -> Reference:
    return Reference(data["register"], data["by"], data.get("where", {}))


# -- statistics -------------------------------------------------------------------------------------------------------
THRESHOLD = 5  # a usual one; no law of this country says a number (unverified)


@dataclass(frozen=True, slots=True)
class Axis:
    """One way of dividing records: a code by its first `digits` (0: whole), a day of birth by `bands` of age."""

    field: str
    label: Texts
    digits: int = 0
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """The one table of counts of a register, by division and `axes`. One, so that no two tables give each other away.

    Counts from 1 to below `threshold` are suppressed. `is_open`: everybody may see it.
    """

    label: Texts
    axes: tuple[Axis, ...]
    of: Condition = field(default_factory=dict)
    threshold: int = THRESHOLD
    is_open: bool = False


def statistics_from_json(data: Mapping[str, Any]) -> Statistics:
    axes = tuple(Axis(**{**one, "bands": tuple(one.get("bands", ()))}) for one in data["axes"])
    return Statistics(
        data["label"], axes, data.get("of", {}), data.get("threshold", THRESHOLD), data.get("is_open", False)
    )
