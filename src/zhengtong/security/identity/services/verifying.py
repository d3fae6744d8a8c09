"""The way to level 3 at a window: one official compares the face with the document and asks, another looks anew and
confirms, while the person waits. Until then nothing changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import CHINA, china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.identifiers import birth_date_of
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Person, Verification
from ..rules import DocumentFault
from .confirming import agreeing, confirm_identity
from .levels import LONGEST_REASON, State, raise_level


@dataclass(frozen=True, slots=True)
class Document:
    """What lies on the counter. `valid_to` None: for life (长期)."""

    kind: str
    valid_to: date | None


@verb
def request_verification(
    *, actor: Actor, username: str, name: str, id_number: str, document: Document, at: datetime
) -> Verification:
    """The first official has compared face, photograph and document. Who is still at level 1 rises to 2 by this.

    Raises Invalid (field by field), Conflict (one is open, or the number is another's), Denied.
    """
    people = Person.objects.select_for_update(of=("self",)).select_related("account")
    person = people.filter(account__username=username.strip()).first()
    permissions.require(actor, "identity.verification.request", person)
    person = agreeing(person, name, id_number)
    _check(document, person, at)
    if person.assurance_level < Person.Assurance.SEEN:
        person = confirm_identity(actor=actor, username=username, name=name, id_number=id_number, at=at)
    assert person.account is not None  # it was found by its account
    person.verifications.filter(state=State.REQUESTED, expires_at__lte=at).update(state=State.EXPIRED)
    row = Verification(
        person=person, holder_urn=person.account.urn, way=Verification.Way.WINDOW, document=document.kind,
        document_valid_to=document.valid_to, requested_by_urn=actor.urn, requested_at=at,
        expires_at=at + rules.VERIFICATION_LASTS,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(_("该账号的三级核验正在办理。"), remedy=_("请由另一位工作人员确认，或先撤回。")) from error
    audit.record(actor, "identity.verification.requested", row, at=at, detail=_detail(row))
    return row


def _detail(row: Verification) -> dict[str, object]:
    end = row.document_valid_to.isoformat() if row.document_valid_to else "for life"
    return {"person": row.person.urn, "document": str(row.document), "document_valid_to": end}


def _check(document: Document, person: Person, at: datetime) -> None:
    born = birth_date_of(str(person.id_number))
    fault = rules.check_document(document.kind, document.valid_to, born, china_date(at))
    if fault:
        path, message, label = {
            DocumentFault.NO_KIND: ("document", _("请选择证件种类。"), _("证件种类")),
            DocumentFault.RUN_OUT: ("document_valid_to", _("证件已过期，请申请人换领后再来。"), _("证件有效期至")),
            DocumentFault.NO_END: (
                "document_valid_to", _("请填写证件背面的有效期；只有 46 周岁以后领取的居民身份证是“长期”。"),
                _("证件有效期至"),
            ),
            DocumentFault.TOO_LONG: (
                "document_valid_to", _("有效期过长：居民身份证最长二十年，临时身份证三个月。请核对证件。"),
                _("证件有效期至"),
            ),
        }[fault]  # fmt: skip
        raise Invalid(fields=[FieldError(path, message, label)])


@verb
def decide_verification(
    *, actor: Actor, verification_uuid: uuid.UUID, confirm: bool, at: datetime, reason: str = ""
) -> Verification:
    """A second official looks at person and document anew: level 3 until the document ends, three years at the most; or
    refuses with a reason. Raises NotFound, Conflict (decided, or too old), Invalid, Denied (one's own)."""
    row = _locked(verification_uuid)
    permissions.require(actor, "identity.verification.decide", row)
    _require_open(row, at)
    if not confirm and not 2 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(fields=[FieldError("reason", _("请写明不确认的理由，2 至 500 字。"), _("理由"))])
    row.decided_by_urn = actor.urn
    detail = {**_detail(row), "requested_by": row.requested_by_urn}
    if not confirm:
        row.state, row.decided_at, row.reason = State.REFUSED, at, reason.strip()
        row.save(update_fields=["state", "decided_by_urn", "decided_at", "reason"])
        audit.record(actor, "identity.verification.refused", row, at=at, detail={**detail, "reason": row.reason})
        return row
    person = Person.objects.select_for_update(of=("self",)).select_related("account").get(pk=row.person_id)
    if person.assurance_level < Person.Assurance.SEEN or person.account is None:
        raise Conflict(_("该账号的身份已被降级或解除，不能确认。"), remedy=_("请重新核验证件后再申请。"))
    raise_level(person, row, _end(row.document_valid_to, at), at)
    detail |= {"level": int(person.assurance_level), "until": row.valid_to.isoformat() if row.valid_to else ""}
    audit.record(actor, "identity.verification.confirmed", row, at=at, detail=detail)
    return row


def _end(document_valid_to: date | None, at: datetime) -> datetime:
    """The end of the document's last day, three years from now at the latest."""
    latest = at + rules.LEVEL_3_LASTS
    if document_valid_to is None:
        return latest
    return min(latest, datetime.combine(document_valid_to + timedelta(days=1), time(), CHINA))


@verb
def withdraw_verification(*, actor: Actor, verification_uuid: uuid.UUID, at: datetime) -> Verification:
    """Who asked takes it back. Raises NotFound, Conflict, Denied."""
    row = _locked(verification_uuid)
    permissions.require(actor, "identity.verification.withdraw", row)
    _require_open(row, at)
    row.state = State.WITHDRAWN
    row.save(update_fields=["state"])
    audit.record(actor, "identity.verification.withdrawn", row, at=at, detail=_detail(row))
    return row


def _locked(verification_uuid: uuid.UUID) -> Verification:
    """The row, and before it the person: whoever takes a level back locks in the same order. Raises NotFound."""
    list(Person.objects.select_for_update(of=("self",)).filter(verifications__uuid=verification_uuid))
    rows = Verification.objects.select_for_update(of=("self",)).select_related("person__account")
    found = rows.filter(uuid=verification_uuid).first()
    if found is None:
        raise NotFound(_("没有找到这件核验。"), remedy=_("请在“三级核验”的列表中选择。"))
    return found


def _require_open(row: Verification, at: datetime) -> None:
    if row.state == State.REQUESTED and row.expires_at <= at:
        raise Conflict(_("这件核验已超过两小时，作废了。"), remedy=_("请本人重新到窗口核验。"))
    if row.state != State.REQUESTED:
        raise Conflict(_("这件核验已经办完。"), remedy=_("请刷新页面，查看它现在的状态。"))
