"""What a reader is told of a record, and what the log is told of the read. Pure: web and gateway say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import FieldError, Invalid, NotFound
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.wording import gettext as _

from .definition.model import Definition
from .sights import Reach, Seen, Sight, is_free, seen
from .stored import Row
from .timeline import Version
from .values import Codes, Unreadable, plain, read_value

LEGAL_ENTITY = "legal_entity"
READ = "registers.record.read"  # the policy that is asked, and the act where no person was read


@dataclass(frozen=True, slots=True)
class Answer:
    """A record as a reader sees it. `valid_from`, `valid_to`: for which days the values hold."""

    definition: Definition
    uuid: UUID
    fields: Sequence[Seen]
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    is_synthetic: bool
    flags: tuple[str, ...] = ()  # what contradicts itself in the record as it is now

    @property
    def urn(self) -> str:
        return make_urn("registers", self.definition.noun, self.uuid)

    def __getitem__(self, name: str) -> Seen:
        """Raises KeyError, as templates expect of what they ask for by name."""
        found = next((one for one in self.fields if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


def no_register(key: str, known: Iterable[str]) -> NotFound:
    """There is none of this name."""
    named = "、".join(known) or _("（尚无）")
    return NotFound(_("没有名为“%s”的基础库。") % key, remedy=_("已发布的基础库：%s") % named)


class NoRecord(NotFound):
    """The register holds none of this key. That it was asked for stands in the log."""

    stands = True


def no_record() -> NoRecord:
    return NoRecord(_("基础库中没有这条记录。"), remedy=_("请核对键和日期。"))


def read_key(definition: Definition, key: Mapping[str, Any], at: datetime, codes: Codes) -> dict[str, Any]:
    """A key of the register as it is kept. Raises Invalid."""
    if tuple(sorted(key)) not in {tuple(sorted(one)) for one in definition.keys}:
        known = "；".join("、".join(one) for one in definition.keys)
        told = _("请按基础库的键查询：%s。") % known
        raise Invalid(told, fields=[FieldError("key", told, _("键"))])
    read, faults = {}, []
    for name, value in key.items():
        one = definition.by_name[name]
        try:
            read[name] = read_value(one, str(value), today=china_date(at), codes=codes)
            if read[name] is None:
                raise Unreadable("missing", _("不能为空。"))
        except Unreadable as fault:
            faults.append(FieldError(name, str(fault), localised(one.label)))
    if faults:
        raise Invalid(_("查询的键有误，请按提示修改。"), fields=faults)
    return read


def answer(definition: Definition, row: Row, version: Version, reach: Reach, opened: Callable[[Any], Any]) -> Answer:
    """One version of the record as the reader sees it. `opened`: the clear text of an encrypted value."""
    fields = seen(definition, version.values, reach, row.disputed, opened)
    return Answer(
        definition, row.uuid, fields, version.valid_from, version.valid_to, version.recorded_at, row.is_synthetic,
        row.flags,
    )  # fmt: skip


def as_json(told: Answer) -> dict[str, Any]:
    """As the JSON interface tells it."""
    fields = {
        one.name: {
            "value": plain(one.value), "sight": one.sight.value, "source": one.source, "is_disputed": one.is_disputed,
        }
        for one in told.fields
    }  # fmt: skip
    names = ("uuid", "urn", "valid_from", "valid_to", "recorded_at", "is_synthetic")
    return {**{name: getattr(told, name) for name in names}, "fields": fields}


# -- the log ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Witnessed:
    """What the log keeps of one answer. `is_personal`: a read of personal data; else an act with its detail."""

    urn: str
    subjects: Sequence[str]
    is_personal: bool
    detail: Mapping[str, Any]


def subjects_of(definition: Definition, uuids: Sequence[UUID], persons: Iterable[UUID]) -> list[str]:
    """URNs of the records, and of the parties that identity knows by the same number (`persons`): the names under which
    the log keeps whose data were read, so that they see it. None of registers of things."""
    if definition.noun == LEGAL_ENTITY:
        return [make_urn("identity", LEGAL_ENTITY, one) for one in uuids]
    if not definition.subject_field:
        return []
    records = [make_urn("registers", definition.noun, one) for one in uuids]
    return [*records, *(make_urn("identity", "person", one) for one in persons)]


def witnessed(
    definition: Definition, uuids: Sequence[UUID], answers: Sequence[Answer | None], subjects: Sequence[str]
) -> Witnessed:
    """One entry for one answer: a read of personal data where people were read, or more than is open to all."""
    opened = sorted({
        one.name for told in answers if told for one in told.fields
        if one.sight is Sight.WHOLE and not is_free(one.field)
    })  # fmt: skip
    urn = make_urn("registers", definition.noun, uuids[0]) if len(uuids) == 1 else ""
    detail = {"register": definition.key, "fields": opened, "count": len(uuids)}
    return Witnessed(urn, subjects, bool(subjects and (opened or definition.subject_field)), detail)
