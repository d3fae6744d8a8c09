"""Verification without disclosure (核验): whether a record says what somebody claims, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import FieldError, Invalid, ZhengtongError
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.audit import queries as logged
from zhengtong.security.audit import services as audit

from .. import catalogue, readers, rows
from ..definition.model import Definition, Sharing, Type
from ..purposes import Purpose
from ..rows import Row
from ..subjects import subjects_of
from ..values import Unreadable, read_value
from .reading import read_key

MOST_TRIES = 20  # of one hand about one record in a day: nobody finds a value by trying
A_DAY = timedelta(days=1)


class Verdict(StrEnum):
    """一致、不一致、查无此项."""

    YES = "yes"
    NO = "no"
    NOT_FOUND = "not_found"


class TooManyTries(ZhengtongError):
    status = 429
    code = "too-many-tries"
    title = gettext_lazy("对这条记录的核验次数过多")
    remedy = gettext_lazy("请明天再试；确需数据的，请向数源部门申请读取授权。")


@verb
def verify_record(
    *, actor: Actor, register: str, key: Mapping[str, Any], claims: Mapping[str, Any], purpose: Purpose, at: datetime
) -> dict[str, Verdict]:
    """For each claimed field whether the register agrees: yes, no, or not found (no such record, or it is empty).

    On record with its purpose. Raises Denied, Invalid, TooManyTries (20 a day of one hand about one record).
    """
    definition = catalogue.get(register)
    readers.organisations(actor, readers.VERIFY, purpose=purpose.key)
    wanted, claimed = read_key(definition, key, at), _read_claims(definition, claims, at)
    row = rows.find_by_key(definition, wanted)
    urn = make_urn("registers", definition.noun, row.uuid) if row else ""
    _check_tries(actor, urn, at)
    verdicts = {name: _verdict(row, name, value) for name, value in claimed.items()}
    audit.record(
        actor, "registers.record.verified", urn, at=at, purpose=purpose.text,
        detail={"register": definition.key, "fields": sorted(claimed)},
        subjects=subjects_of(definition, [row]) if row else (),
    )  # fmt: skip
    return verdicts


def _read_claims(definition: Definition, claims: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    read, faults = {}, []
    for name, value in claims.items():
        one = definition.find(name)
        if one is None or one.type in (Type.URN, Type.GEOMETRY) or one.is_retired:
            faults.append(FieldError(f"claims.{name}", _("没有可以核验的这一项。")))
            continue
        if one.sharing is Sharing.WITHHELD:
            faults.append(FieldError(f"claims.{name}", _("此项不予共享，不能核验。"), localised(one.label)))
            continue
        try:
            read[name] = read_value(one, value, today=china_date(at), codes=_is_code)
            if read[name] is None:
                raise Unreadable("missing", _("不能为空。"))
        except Unreadable as fault:
            faults.append(FieldError(f"claims.{name}", str(fault), localised(one.label)))
    if not claims:
        faults.append(FieldError("claims", _("请至少写明一项要核验的内容。")))
    if faults:
        raise Invalid(_("核验的内容有误，请按提示修改。"), fields=faults)
    return read


def _check_tries(actor: Actor, urn: str, at: datetime) -> None:
    if not urn:
        return
    asked = logged.Criteria(actor_urn=actor.urn, object_urn=urn, action="registers.record.verified", since=at - A_DAY)
    if len(logged.search(asked, limit=MOST_TRIES)) >= MOST_TRIES:
        raise TooManyTries


def _verdict(row: Row | None, name: str, value: Any) -> Verdict:
    held = rows.opened(row.values[name]) if row else None
    if held is None:
        return Verdict.NOT_FOUND
    return Verdict.YES if held == value else Verdict.NO


def _is_code(table: str, code: str) -> bool:
    return standards.find_code(table, code) is not None
