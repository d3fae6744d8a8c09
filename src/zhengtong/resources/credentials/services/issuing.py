"""Issue a credential, replace it by a new version. The payload is signed; the columns only repeat it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.compiled import Compiled, Given, insert
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions import services as permissions
from zhengtong.security.signing import services as signing
from zhengtong.support.numbering import services as numbering

from .. import rules
from ..events import CredentialIssued
from ..models import Credential, CredentialType, Layout
from ..policies import Wish
from .layouts import layout_for
from .standing import locked, must_have, must_stand

Status = Credential.Status


@dataclass(frozen=True, slots=True)
class _Draft:
    """What will be signed. `serial` and `number` stay the same from version to version."""

    kind: CredentialType
    layout: Layout
    serial: str
    number: str
    version: int
    holder: Any
    issuer: Any
    data: dict[str, rules.Value]
    valid_from: date
    valid_to: date | None
    case_urn: str
    service_key: str

    @property
    def issuer_name(self) -> dict[str, str]:
        """As on papers: the organisation's full name."""
        return {"zh": self.issuer.official_name or self.issuer.name, "en": self.issuer.name_en}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the published version of a service says of its credential, whatever a newer one may say by now.

    `validity_months` None: valid without end. `holder_kind`: person | legal_entity | any.
    """

    validity_months: int | None
    holder_kind: str


@verb
def issue(
    actor: Actor,
    *,
    type_key: str,
    holder_urn: str,
    data: Mapping[str, Any],
    organisation_uuid: UUID,
    at: datetime,
    case_urn: str = "",
    service_key: str = "",
    decided_by: UUID | None = None,
    template: str | None = None,
    terms: Terms | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    holder_name: str = "",
) -> Credential:
    """Issue version 001 to the holder in the name of the organisation; signed, logged and announced.

    `data`: what it says, by field key of the type. `decided_by`: in a joint case the organisation whose official
    decides, if it is not the issuer itself. `template` (typst text) and `terms`: those of the version under which the
    case was filed; without them the type's present ones. Validity: from today for so many months, unless given.
    `service_key`: the service it came from, for agents act within their scope. `holder_name` is only checked.
    Raises NotFound (type, holder, organisation), Invalid, Conflict (holder's name), Denied.
    """
    kind = _type(type_key)
    permissions.require(actor, "credentials.credential.issue", Wish("", decided_by or organisation_uuid))
    holder = _holder(kind, holder_urn, holder_name, terms)
    layout = layout_for(kind, data, template)
    values = _checked_data(layout, data)
    issuer = _issuer(organisation_uuid)
    day = china_date(at)
    running = numbering.take(f"credential:{kind.type_code}", str(day.year))
    first = valid_from or day
    if valid_to and valid_to < first:
        raise Invalid(_("有效期的截止日早于起始日。"), remedy=_("请核对有效期。"))
    draft = _Draft(
        kind=kind, layout=layout,
        serial=rules.serial_of(settings.ZT_NODE_DIVISION, day.year, running), version=1,
        number=str(values.get(kind.number_from) or _default_number(kind, day, running)),
        holder=holder, issuer=issuer, data=values, valid_from=first,
        valid_to=valid_to or rules.last_day(first, terms.validity_months if terms else kind.validity_months),
        case_urn=case_urn,
        service_key=service_key,
    )  # fmt: skip
    return _write(actor, draft, at=at)


@verb
def supersede(
    actor: Actor, *, uuid: UUID, data: Mapping[str, Any], reason: str, at: datetime, case_urn: str = ""
) -> Credential:
    """Issue the next version (变更、换发): same number and serial, the validity's end unchanged; the old one ends.

    Raises NotFound, Conflict (it is not in force), Invalid, Denied.
    """
    old = locked(uuid)
    permissions.require(actor, "credentials.credential.issue", old)
    must_stand(old)
    must_have(reason)
    parts = old.identifier.split(".")
    draft = _Draft(
        kind=old.type, layout=old.type.layout, serial=parts[-3], number=old.number, version=old.version + 1,
        holder=_holder(old.type, old.holder_urn, ""), issuer=_issuer(old.organisation_uuid),
        data=_checked_data(old.type.layout, data), valid_from=china_date(at), valid_to=old.valid_to, case_urn=case_urn,
        service_key=old.service_key,
    )  # fmt: skip
    old.end(Status.SUPERSEDED, reason.strip(), at)
    old.save(update_fields=["status", "ended_reason", "ended_at"])
    audit.record(actor, "credentials.credential.superseded", old, at=at, case_urn=case_urn)
    return _write(actor, draft, at=at, replaces=old)


# -- the steps --------------------------------------------------------------------------------------------------------
def _default_number(kind: CredentialType, day: date, running: int) -> str:
    return rules.default_number(kind.type_code, settings.ZT_NODE_DIVISION, day.year, running)


_TYPE = Compiled(lambda: CredentialType.objects.select_related("layout").filter(key=Given("key")))


def _type(key: str) -> CredentialType:
    kind = _TYPE.first(key=key)
    if kind is None:
        raise NotFound(_("没有证照类型“%s”。") % key, remedy=_("请先发布声明该证照的事项包。"))
    return kind


def _holder(kind: CredentialType, holder_urn: str, holder_name: str, terms: Terms | None = None) -> Any:
    party = identity.get_party(holder_urn)
    allowed = terms.holder_kind if terms else kind.holder_kind
    if allowed not in ("any", party.kind):
        wanted = dict(rules.HOLDER_KINDS)[allowed]
        raise Invalid(_("该证照只发给%(kind)s。") % {"kind": wanted}, remedy=_("请核对申请人的身份类型。"))
    if party.is_person and party.assurance_level < rules.LEAST_ASSURANCE:
        raise Invalid(
            _("持证人的身份尚未核验，不能以其名义核发证照。"),
            remedy=_("请通知本人携带身份证原件到窗口核验身份后再办。"),
        )
    if holder_name and holder_name != party.name:
        raise Conflict(_("持证人名称与登记的名称不一致。"), remedy=_("请核对持证人的最新登记信息。"))
    return party


def _issuer(organisation_uuid: UUID) -> Any:
    """The identifier of GB/T 36904 needs the issuer's credit code."""
    organisation = directory.get_organisation(organisation_uuid)
    if not organisation.uscc:
        raise Invalid(
            _("%s没有统一社会信用代码，不能签发电子证照。") % organisation.name,
            remedy=_("请先在部门名录中补录该部门的统一社会信用代码。"),
        )
    return organisation


def _checked_data(layout: Layout, data: Mapping[str, Any]) -> dict[str, rules.Value]:
    read, faults = rules.read_data(layout.fields, data)
    titles = {field["key"]: localised(field["title"]) for field in layout.fields}
    if faults or not read:
        unknown, unprintable = _("该证照没有这一项内容。"), _("须为文字、数字或日期。")
        raise Invalid(
            _("证照内容有误。"),
            fields=[
                FieldError(f"data.{f.key}", unknown if f.is_unknown else unprintable, titles.get(f.key, f.key))
                for f in faults
            ],
            remedy=_("请按证照类型声明的各项内容填写，至少一项。"),
        )
    return read


def _write(actor: Actor, draft: _Draft, *, at: datetime, replaces: Credential | None = None) -> Credential:
    uuid = uuid4()
    identifier = identifiers.make_elicence_id(
        type_code=draft.kind.type_code, issuer=draft.issuer.uscc, serial=draft.serial, version=draft.version
    )
    payload = rules.canonical(_payload(draft, uuid, identifier, at))
    signature = signing.sign_for(draft.issuer.uuid, payload.encode())
    credential = insert(Credential(
        uuid=uuid, identifier=identifier, number=draft.number, type=draft.kind, layout=draft.layout,
        version=draft.version, replaces=replaces, holder_urn=draft.holder.urn, holder_name=draft.holder.name,
        organisation_uuid=draft.issuer.uuid, issuer_name=draft.issuer_name, case_urn=draft.case_urn,
        service_key=draft.service_key, issued_at=at,
        valid_from=draft.valid_from, valid_to=draft.valid_to, payload=payload, signature=signature.value,
        signature_algorithm=signature.algorithm, key_id=signature.key_id,
        verification_code=rules.make_code(secrets.token_bytes(rules.CODE_BYTES)),
    ))  # fmt: skip
    detail = {"type": draft.kind.key, "identifier": identifier, "version": draft.version}
    audit.record(actor, "credentials.credential.issued", credential, at=at, detail=detail, case_urn=draft.case_urn)
    events.publish(
        CredentialIssued(
            credential_uuid=str(uuid),
            type_key=draft.kind.key,
            holder_urn=draft.holder.urn,
            version=draft.version,
            case_urn=draft.case_urn,
        )
    )
    return credential


def _payload(draft: _Draft, uuid: UUID, identifier: str, at: datetime) -> dict[str, Any]:
    """What is signed. Its shape is fixed by `version`; nothing outside it counts."""
    return {
        "v": rules.PAYLOAD_VERSION,
        "urn": make_urn("credentials", "credential", uuid),
        "identifier": identifier,
        "number": draft.number,
        "type": {"key": draft.kind.key, "code": draft.kind.type_code, "title": draft.layout.title},
        "layout": draft.layout.digest,
        "holder": {
            "urn": draft.holder.urn,
            "kind": draft.holder.kind,
            "name": draft.holder.name,
            "identifier": draft.holder.identifier,
        },
        "issuer": {"uuid": str(draft.issuer.uuid), "name": draft.issuer_name, "uscc": draft.issuer.uscc},
        "issued_at": at.astimezone(UTC).isoformat(),
        "valid_from": draft.valid_from.isoformat(),
        "valid_to": draft.valid_to.isoformat() if draft.valid_to else None,
        "case": draft.case_urn,
        "data": draft.data,
    }
