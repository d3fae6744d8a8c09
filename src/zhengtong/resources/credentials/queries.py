"""Door: who holds what, what it is worth today, and whether its signature is good."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import Texts, mask_name
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from . import rules
from .models import Credential, CredentialType, Use
from .rules import STATE_TEXTS, State

__all__ = ["STATE_TEXTS", "State"]

MOST_USABLE = 200  # credentials a page offers to choose from


@dataclass(frozen=True, slots=True)
class Held:
    """A credential as its holder sees it in a list."""

    uuid: UUID
    type_key: str
    title: Texts
    number: str
    holder_name: str
    issuer: Texts
    valid_from: date
    valid_to: date | None
    state: State
    version: int
    case_urn: str
    verification_code: str
    ended_reason: str  # for the holder; the public sees only the state
    place: str  # where it stands in the list, for `cards_for_actor(after=…)`

    @property
    def state_text(self) -> Texts:
        return STATE_TEXTS[self.state]

    @property
    def tone(self) -> str:
        """Colour of the status tag."""
        return {State.VALID: "green", State.NOT_YET: "blue", State.EXPIRED: "yellow"}.get(self.state, "grey")


@dataclass(frozen=True, slots=True)
class Verification:
    """The public answer about a code, from what was signed: nothing of a natural person in clear."""

    title: Texts
    number: str
    identifier: str
    holder: str
    issuer: Texts
    issued_at: datetime
    valid_from: date
    valid_to: date | None
    version: int
    state: State
    is_signature_valid: bool
    algorithm: str
    key_id: str
    checked_at: datetime
    newer_number: str = ""

    @property
    def is_good(self) -> bool:
        """In force today, and exactly what was signed."""
        return self.is_signature_valid and self.state is State.VALID

    @property
    def state_text(self) -> Texts:
        return STATE_TEXTS[self.state]


@dataclass(frozen=True, slots=True)
class UseRow:
    """One line of 谁用过我的证照."""

    credential: Credential
    kind: str
    kind_text: str
    user: Texts
    purpose: str
    case_urn: str
    day: date
    count: int


# -- one --------------------------------------------------------------------------------------------------------------
def get(uuid: UUID) -> Credential:
    """Raises NotFound."""
    credential = _all().filter(uuid=uuid).first()
    if credential is None:
        raise NotFound(_("没有找到该证照。"), remedy=_("请核对证照编号或查验码。"))
    return credential


def find_by_code(code: str) -> Credential | None:
    """By its verification code as people type it: hyphens, blanks and small letters do not matter."""
    return _all().filter(verification_code=rules.read_code(code)).first()


def credentials_by_uuid(uuids: Iterable[UUID]) -> dict[UUID, Credential]:
    """Those that exist. One query, none for no uuid. Whose they are is for the caller to know."""
    wanted = set(uuids)
    return {one.uuid: one for one in _all().filter(uuid__in=wanted)} if wanted else {}


def find_type(key: str) -> CredentialType | None:
    return CredentialType.objects.filter(key=key).first()


def types_by_key(keys: Collection[str]) -> dict[str, CredentialType]:
    """One query for any number; those not declared are left out."""
    return {kind.key: kind for kind in CredentialType.objects.filter(key__in=keys)}


def facts(credential: Credential) -> list[tuple[Texts, Any]]:
    """What it says, field by field, with titles."""
    data = credential.data
    return [(field["title"], data[field["key"]]) for field in credential.layout.fields if field["key"] in data]


def verify_url(credential: Credential) -> str:
    """Where anybody can check it; the QR code holds this."""
    return f"{settings.ZT_BASE_URL}/verify/{credential.verification_code}"


# -- of an authority --------------------------------------------------------------------------------------------------
def list_to_end(actor: Actor, words: str = "", *, limit: int = 50) -> list[Credential]:
    """The newest credentials the actor may end; with words, those of this number or verification code. One query."""
    mine = permissions.filter(actor, "credentials.credential.revoke", _current())
    if words:
        mine = mine.filter(Q(number=words) | Q(verification_code=rules.read_code(words)))
    return list(mine.order_by("-id")[:limit])


def get_to_end(actor: Actor, uuid: UUID) -> Credential:
    """One credential the actor may end. Raises NotFound, Denied."""
    credential = get(uuid)
    permissions.require(actor, "credentials.credential.revoke", credential)
    return credential


def list_issued(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> list[Credential]:
    """What the authority of a registered system issued, the newest first; `before`: the last uuid seen.

    Versions that were replaced are left out. At most two queries. Raises NotFound, Denied.
    """
    rows = permissions.filter(actor, "credentials.credential.list_issued", _current()).select_related("type")
    if before is not None:
        last = get(before)
        permissions.require(actor, "credentials.credential.list_issued", last)
        rows = rows.filter(pk__lt=last.pk)
    return list(rows.order_by("-id")[:limit])


def shown_holder(credential: Credential) -> str:
    """A legal entity by its name; a natural person masked."""
    return mask_name(credential.holder_name) if credential.holder_is_person else credential.holder_name


# -- of a holder ------------------------------------------------------------------------------------------------------
def list_for_holder(holder_urn: str, type_keys: Collection[str] | None = None) -> list[Credential]:
    """What the party was issued, the newest first, without versions that were replaced."""
    held = _current().filter(holder_urn=holder_urn)
    if type_keys is not None:
        held = held.filter(type__key__in=type_keys)
    return list(held.order_by("-id"))


def cards_for_actor(actor: Actor, *, at: datetime, limit: int = 50, after: str = "") -> list[Held]:
    """我的证照: what the actor may download of the party's credentials, in force first, then the newest. One query.

    `after`: the `place` of the last card seen; anything that is no place begins anew.
    """
    day = china_date(at)
    held = permissions.filter(actor, "credentials.credential.download", _current())
    held = held.annotate(is_good=Case(When(_in_force(day), then=1), default=0, output_field=IntegerField()))
    if place := re.fullmatch(r"([01])-(\d{1,18})", after, re.ASCII):
        good, seen = int(place[1]), int(place[2])
        held = held.filter(Q(is_good__lt=good) | Q(is_good=good, id__lt=seen))
    return [_card(credential, day) for credential in held.order_by("-is_good", "-id")[:limit]]


def usable_as_evidence(
    holder_urn: str, evidence_keys: Sequence[str], at: datetime, *, among: Collection[UUID] | None = None
) -> list[Credential]:
    """Credentials of the party in force at that moment that can stand for one of these kinds of evidence. One query.

    `among`: look at these only. The newest first, at most MOST_USABLE of them.
    """
    day = china_date(at)
    serves = Q(*(Q(type__evidence_keys__contains=[key]) for key in set(evidence_keys)), _connector=Q.OR)
    held = _current().filter(holder_urn=holder_urn).filter(serves) if evidence_keys else _current().none()
    if among is not None:
        held = held.filter(uuid__in=among)
    return [
        one for one in held.filter(_in_force(day)).order_by("-id")[:MOST_USABLE] if one.state_on(day) is State.VALID
    ]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a party can give as evidence: by the name of the requirement, and the pieces already given, by uuid."""

    usable: dict[str, list[Credential]]
    given: dict[UUID, Credential]


def shelf(holder_urn: str, wanted: Mapping[str, Sequence[str]], at: datetime, *, given: Collection[UUID] = ()) -> Shelf:
    """`usable_as_evidence` for many requirements ({name: kinds of evidence}), and the pieces given. One query."""
    day, kinds = china_date(at), {kind for each in wanted.values() for kind in each}
    if not kinds and not given:
        return Shelf({name: [] for name in wanted}, {})
    serves = Q(*(Q(type__evidence_keys__contains=[kind]) for kind in kinds), _connector=Q.OR) if kinds else Q(pk=None)
    of_use = serves & _in_force(day) & Q(holder_urn=holder_urn)
    given_first = Case(When(uuid__in=given, then=0), default=1, output_field=IntegerField())
    rows = _all().filter(of_use | Q(uuid__in=given)).order_by(given_first, "-id")[: MOST_USABLE + len(given)]
    found = sorted(rows, key=lambda one: -one.pk)
    good = [one for one in found if one.holder_urn == holder_urn and one.state_on(day) is State.VALID]
    usable = {name: [one for one in good if set(one.type.evidence_keys) & set(each)] for name, each in wanted.items()}
    return Shelf(usable, {one.uuid: one for one in found if one.uuid in given})


def _in_force(day: date) -> Q:
    return Q(status=Credential.Status.VALID, valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


def list_versions(credential: Credential) -> list[Credential]:
    """Every version of the same credential, the newest first."""
    stem = credential.identifier.rsplit(".", 2)[0]
    return list(_all().filter(identifier__startswith=f"{stem}.").order_by("-version"))


def _card(credential: Credential, day: date) -> Held:
    return Held(
        uuid=credential.uuid, type_key=credential.type.key, title=credential.title, number=credential.number,
        holder_name=credential.holder_name, issuer=credential.issuer_name, valid_from=credential.valid_from,
        valid_to=credential.valid_to, state=credential.state_on(day), version=credential.version,
        case_urn=credential.case_urn, verification_code=credential.verification_code,
        ended_reason=credential.ended_reason,
        place=f"{int(credential.state_on(day) is State.VALID)}-{credential.pk}",
    )  # fmt: skip


# -- is it genuine? ---------------------------------------------------------------------------------------------------
def verify(code: str, *, at: datetime) -> Verification:
    """What the node knows of a code, recomputed from the signed payload. Raises NotFound."""
    credential = find_by_code(code)
    if credential is None:
        raise NotFound(
            _("没有查到该查验码对应的证照。"),
            remedy=_("请核对证照上的16位查验码；如仍查不到，该证照可能不是本平台签发，请联系颁发机关。"),
        )
    return verify_credential(credential, at=at)


def verify_credential(credential: Credential, *, at: datetime) -> Verification:
    """As `verify`, for a credential at hand. Every shown value comes from what was signed."""
    said = _said(credential) or _unsigned(credential)
    valid_to = date.fromisoformat(said["valid_to"]) if said["valid_to"] else None
    valid_from = date.fromisoformat(said["valid_from"])
    holder = said["holder"]
    newer = Credential.objects.filter(replaces=credential).values_list("number", flat=True).first()
    return Verification(
        title=said["type"]["title"], number=said["number"], identifier=said["identifier"],
        holder=mask_name(holder["name"]) if holder["kind"] == "person" else holder["name"],
        issuer=said["issuer"]["name"], issued_at=datetime.fromisoformat(said["issued_at"]), valid_from=valid_from,
        valid_to=valid_to, version=credential.version,
        state=rules.state_on(credential.status, valid_from, valid_to, china_date(at)),
        is_signature_valid=is_signature_valid(credential), algorithm=credential.signature_algorithm,
        key_id=credential.key_id, checked_at=at, newer_number=newer or "",
    )  # fmt: skip


def is_signature_valid(credential: Credential) -> bool:
    """The node signed this payload, and the columns still repeat it."""
    said = _said(credential)
    if said is None:
        return False
    signature = crypto.Signature(credential.key_id, credential.signature_algorithm, bytes(credential.signature))
    if not crypto.verify(credential.signed_text.encode(), signature):
        return False
    return not rules.disagreements(said, _columns(credential))


def _said(credential: Credential) -> dict[str, Any] | None:
    """The signed payload; None where somebody wrote in the table so that it cannot be decrypted or read."""
    try:
        return rules.read_payload(credential.signed_text)
    except ValueError:
        return None


def _unsigned(credential: Credential) -> dict[str, Any]:
    """What the columns claim, to tell which credential it is that cannot be trusted."""
    kind = "person" if credential.holder_is_person else "legal_entity"
    return _columns(credential) | {
        "type": {"title": credential.title},
        "holder": {"kind": kind, "name": credential.holder_name},
        "issuer": {"name": credential.issuer_name},
    }


def _columns(credential: Credential) -> dict[str, Any]:
    layout = credential.layout
    return {
        "urn": credential.urn,
        "holder": credential.holder_urn,
        "holder_name": credential.holder_name,
        "issuer": str(credential.organisation_uuid),
        "identifier": credential.identifier,
        "number": credential.number,
        "layout": rules.layout_digest(layout.title, layout.fields, layout.template),
        "issued_at": credential.issued_at.astimezone(tz=UTC).isoformat(),
        "valid_from": credential.valid_from.isoformat(),
        "valid_to": credential.valid_to.isoformat() if credential.valid_to else None,
        "case": credential.case_urn,
    }


# -- who used it ------------------------------------------------------------------------------------------------------
def list_uses(holder_urn: str, *, credential_uuid: UUID | None = None, limit: int = 50) -> list[UseRow]:
    """谁用过我的证照: uses of all the party's credentials, or of one, the latest first. Two queries."""
    uses = Use.objects.filter(credential__holder_urn=holder_urn).select_related(
        "credential__type", "credential__layout"
    )
    if credential_uuid:
        uses = uses.filter(credential__uuid=credential_uuid)
    rows = list(uses.order_by("-last_at", "-id")[:limit])
    names = directory.organisations_by_uuid(use.organisation_uuid for use in rows if use.organisation_uuid)
    return [_use_row(use, names) for use in rows]


def _use_row(use: Use, names: dict[UUID, Any]) -> UseRow:
    organisation = names.get(use.organisation_uuid) if use.organisation_uuid else None
    by_kind: dict[str, Texts] = {
        Use.Kind.CHECKED: {"zh": "公众", "en": "the public"},
        Use.Kind.OPENED: {"zh": "工作人员", "en": "an official"},
    }
    user = organisation.title if organisation else by_kind.get(use.kind, {"zh": "持证人", "en": "the holder"})
    return UseRow(use.credential, use.kind, use.get_kind_display(), user, use.purpose, use.case_urn, use.day, use.count)


def _current() -> QuerySet[Credential]:
    return _all().exclude(status=Credential.Status.SUPERSEDED)


def _all() -> QuerySet[Credential]:
    """Without the payload: it is decrypted only where it is read."""
    return Credential.objects.select_related("type", "layout").defer("payload")
