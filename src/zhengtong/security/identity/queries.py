"""Questions about who somebody is, for whom he acts, and in which capacities."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.compiled import Compiled, Given
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.identifiers import normalise
from zhengtong.kernel.ids import make_urn, parse_urn
from zhengtong.kernel.texts import Texts, mask_id_number, mask_name
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .candidates import Candidate, who_may
from .demo_people import DemoAccount, demo_accounts, demo_otp, demo_residents
from .links import LINKS
from .models import Account, LegalEntity, Person, Representation
from .officials import OfficialAccount, list_officials
from .providers import SERVICE_TITLES
from .recoveries import find_recovery
from .rules import OFFICIAL, RESIDENT, level_at
from .sessions import mark_of as mark_of_session
from .wire import ID_NUMBER_CONTEXT

__all__ = [
    "Account", "Candidate", "CapacityOption", "DemoAccount", "OfficialAccount", "Party", "PersonData",
    "account_uuid_of", "actor_for_account", "demo_accounts", "demo_otp", "demo_residents", "find_account",
    "find_account_by_link", "find_agency", "find_default_capacity", "find_party", "find_person", "find_recovery",
    "get_party", "known_services", "label_of", "list_agencies_granted", "list_agencies_held", "list_capacities",
    "list_officials", "mark_of_session", "parties_by_urn", "person_urn_of", "person_uuids", "reveal_person",
    "usernames_of", "who_may",
]  # fmt: skip

Kind = Representation.Kind
_CAPACITY = {
    Kind.LEGAL_REPRESENTATIVE: Capacity.REPRESENTATIVE,
    Kind.AGENT: Capacity.AGENT,
    Kind.CLERK: Capacity.AGENT,
    Kind.GUARDIAN: Capacity.AGENT,
}
_KIND_LABEL: dict[str, Texts] = {
    Kind.LEGAL_REPRESENTATIVE: {"zh": "法定代表人", "en": "Legal representative"},
    Kind.AGENT: {"zh": "代理人", "en": "Agent"},
    Kind.CLERK: {"zh": "经办人", "en": "Clerk"},
    Kind.GUARDIAN: {"zh": "监护人代办", "en": "Guardian"},
}
_FOR_A_PERSON: Texts = {"zh": "受托代办", "en": "Agent of a person"}


# -- parties ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Party:
    """For whom something is done. `identifier`: the credit code, or the masked identity number."""

    urn: str
    kind: str  # "person" | "legal_entity"
    uuid: uuid.UUID
    name: str
    identifier: str
    email: str = ""
    assurance_level: int = 3

    @property
    def is_person(self) -> bool:
        return self.kind == "person"

    @property
    def name_masked(self) -> str:
        """People are masked, legal entities are public."""
        return mask_name(self.name) if self.is_person else self.name


def _person_party(person: Person) -> Party:
    masked = mask_id_number(str(person.id_number or ""))
    return Party(person.urn, "person", person.uuid, person.name, masked, person.email, person.assurance_level)


def _entity_party(entity: LegalEntity) -> Party:
    return Party(entity.urn, "legal_entity", entity.uuid, entity.name, entity.uscc)


def parties_by_urn(urns: Iterable[str]) -> dict[str, Party]:
    """At most two queries for any number; URNs of other things and unknown ones are left out."""
    wanted: dict[str, set[uuid.UUID]] = {"person": set(), "legal_entity": set()}
    for urn in urns:
        try:
            parts = parse_urn(urn)
        except ValueError:
            continue
        if parts.room == "identity" and parts.noun in wanted:
            wanted[parts.noun].add(parts.uuid)
    found: dict[str, Party] = {}
    if wanted["person"]:
        found |= {p.urn: _person_party(p) for p in Person.objects.filter(uuid__in=wanted["person"])}
    if wanted["legal_entity"]:
        found |= {e.urn: _entity_party(e) for e in LegalEntity.objects.filter(uuid__in=wanted["legal_entity"])}
    return found


_ENTITY = Compiled(lambda: LegalEntity.objects.filter(uuid=Given("uuid")))
_PERSON = Compiled(lambda: Person.objects.filter(uuid=Given("uuid")))


def _party(urn: str) -> Party | None:
    try:
        parts = parse_urn(urn)
    except ValueError:
        return None
    if parts.room == "identity" and parts.noun == "legal_entity":
        entity = _ENTITY.first(uuid=parts.uuid)
        return _entity_party(entity) if entity else None
    person = _PERSON.first(uuid=parts.uuid) if parts.room == "identity" and parts.noun == "person" else None
    return _person_party(person) if person else None


def get_party(urn: str) -> Party:
    """Raises NotFound."""
    party = _party(urn)
    if party is None:
        raise NotFound(_("没有找到申请人。"), remedy=_("请核对申请人的证件号码。"))
    return party


def find_party(identifier: str) -> Party | None:
    """By credit code or identity number, as people type them."""
    text = normalise(identifier)
    entity = LegalEntity.objects.filter(uscc=text).first()
    if entity:
        return _entity_party(entity)
    person = find_person(text)
    return _person_party(person) if person else None


def find_person(id_number: str) -> Person | None:
    """By identity number, through its blind index: who has proved it, before anybody who only states it."""
    return people_with(id_number).order_by("-assurance_level", "id").first()


def people_with(id_number: str) -> QuerySet[Person]:
    """Everybody who states or has proved this identity number."""
    indexes = crypto.blind_indexes(normalise(id_number), "identity.person.id_number")
    return Person.objects.filter(id_number_index__in=indexes)


def person_uuids(id_numbers: Iterable[str]) -> list[uuid.UUID]:
    """Those who have proved one of these identity numbers; who only states one is nobody here. One query."""
    indexes = [i for number in id_numbers for i in crypto.blind_indexes(normalise(number), ID_NUMBER_CONTEXT)]
    proved = Person.objects.filter(id_number_index__in=indexes, assurance_level__gte=Person.Assurance.SEEN)
    return list(proved.values_list("uuid", flat=True))


_ON_BEHALF = "代为办理：填写申请"


@dataclass(frozen=True, slots=True)
class PersonData:
    """A person's data unmasked."""

    name: str
    id_number: str
    phone: str
    email: str
    assurance_level: int = 3


def reveal_person(urn: str, *, actor: Actor, purpose: str, at: datetime, case_urn: str = "") -> PersonData:
    """Unmasked data of a person; one entry in the log with the purpose, unless one reads one's own: a guardian, or
    whoever else acts for a person, reads another's.

    Raises NotFound, permissions.Denied.
    """
    person = Person.objects.filter(uuid=parse_urn(urn).uuid).first()
    if person is None:
        raise NotFound(_("没有找到此人。"))
    permissions.require(actor, "identity.person.reveal", person)
    if actor.party_urn != urn or actor.capacity is not Capacity.RESIDENT:
        with transaction.atomic():
            audit.record_read(actor, [urn], purpose or _ON_BEHALF, person, at=at, case_urn=case_urn)
    number, phone = str(person.id_number or ""), str(person.phone or "")
    return PersonData(person.name, number, phone, person.email, person.level_at(at))


# -- capacities -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CapacityOption:
    """One capacity an account may take. `key` is what `switch_capacity` wants."""

    key: str
    capacity: Capacity
    label: Texts
    party_urn: str = ""
    party_name: str = ""
    scope: tuple[str, ...] = ()
    valid_to: datetime | None = None


def list_capacities(account: Account, at: datetime) -> list[CapacityOption]:
    """Every capacity open to the account at that moment: own person, entities, posts. At most four queries."""
    return [*_as_resident(account), *_as_representative(account, at), *_as_official(account, at)]


def _as_resident(account: Account) -> list[CapacityOption]:
    row = Person.objects.filter(account=account).values_list("uuid", "name").first()
    if row is None:
        return []
    label = {"zh": "个人", "en": "Resident"}
    return [CapacityOption(RESIDENT, Capacity.RESIDENT, label, make_urn("identity", "person", row[0]), row[1])]


def _as_representative(account: Account, at: datetime) -> list[CapacityOption]:
    rows = Representation.objects.in_force(at).filter(person__account=account).select_related("entity", "principal")
    return [
        CapacityOption(
            str(row.uuid), _CAPACITY[Kind(row.kind)], label_of(row), row.party.urn, row.party_name, tuple(row.scope),
            row.valid_to,
        )
        for row in rows.order_by("valid_from", "id")
    ]  # fmt: skip


def label_of(row: Representation) -> Texts:
    """As what one acts for the other."""
    return _FOR_A_PERSON if row.principal_id and row.kind == Kind.AGENT else _KIND_LABEL[row.kind]


def _as_official(account: Account, at: datetime) -> list[CapacityOption]:
    held = directory.list_appointments_of(account.uuid, at)
    if not held:
        return []
    names = {
        "zh": "、".join(f"{a.post.organisation.name} {a.post.title['zh']}" for a in held),
        "en": "; ".join(f"{a.post.organisation.name_en}, {a.post.title['en']}" for a in held),
    }
    return [CapacityOption(OFFICIAL, Capacity.OFFICIAL, names, party_name=held[-1].holder_name)]


def find_default_capacity(account: Account, at: datetime) -> str:
    """The capacity in which one begins after signing in: an official at work, everybody else as a resident."""
    return OFFICIAL if directory.list_appointments_of(account.uuid, at) else RESIDENT


def actor_for_account(account: Account, capacity_key: str = "", *, at: datetime, mfa: bool = False) -> Actor:
    """The actor in the capacity asked for; in the default one when that is not (or no longer) open. 1 or 2 queries."""
    if capacity_key in ("", OFFICIAL):  # an official at work begins as one; see find_default_capacity
        actor = _official(account, at, mfa)
    elif capacity_key == RESIDENT:
        actor = None
    else:
        actor = _representative(account, capacity_key, at, mfa)
    return actor or _resident(account, at, mfa)


def _official(account: Account, at: datetime, mfa: bool) -> Actor | None:
    name, posts = directory.holder_and_posts(account.uuid, at)
    if not posts:
        return None
    return Actor(
        urn=account.urn, capacity=Capacity.OFFICIAL, account_uuid=account.uuid, display_name=name, posts=posts, mfa=mfa
    )


def _representative(account: Account, key: str, at: datetime, mfa: bool) -> Actor | None:
    rows = Representation.objects.in_force(at).filter(uuid=key, person__account=account)
    row = rows.values_list(
        "kind", "scope", "entity__uuid", "entity__name", "principal__uuid", "principal__name", "person__name",
        "person__assurance_level", "person__assurance_until",
    ).first()  # fmt: skip
    if row is None:
        return None
    kind, scope, entity_uuid, entity_name, principal_uuid, principal_name, name, level, until = row
    noun = "legal_entity" if entity_uuid else "person"
    return Actor(
        urn=account.urn, capacity=_CAPACITY[Kind(kind)], account_uuid=account.uuid,
        party_name=entity_name or mask_name(principal_name),
        party_urn=make_urn("identity", noun, entity_uuid or principal_uuid), display_name=name,
        agency_scope=frozenset(scope), mfa=mfa, assurance=level_at(level, until, at),
    )  # fmt: skip


def _resident(account: Account, at: datetime, mfa: bool) -> Actor:
    """Of an account with no person behind it (an official who has left): a resident who is party to nothing."""
    row = (
        Person.objects.filter(account=account).values_list("uuid", "name", "assurance_level", "assurance_until").first()
    )
    if row is None:
        return Actor(
            urn=account.urn, capacity=Capacity.RESIDENT, account_uuid=account.uuid, display_name=account.username,
            mfa=mfa,
        )  # fmt: skip
    uuid_, name, level, until = row
    return Actor(
        urn=account.urn, capacity=Capacity.RESIDENT, account_uuid=account.uuid, party_name=name, display_name=name,
        party_urn=make_urn("identity", "person", uuid_), mfa=mfa, assurance=level_at(level, until, at),
    )  # fmt: skip


def person_urn_of(account: Account) -> str:
    """The URN of the person behind an account; empty where there is none."""
    row = Person.objects.filter(account=account).values_list("uuid", flat=True).first()
    return make_urn("identity", "person", row) if row else ""


def account_uuid_of(person_urn: str) -> uuid.UUID | None:
    """The account of a person, by the person's URN; None where there is none."""
    row = Person.objects.filter(uuid=parse_urn(person_urn).uuid, account__isnull=False).values_list("account__uuid")
    found = row.first()
    return found[0] if found else None


def find_account(username_or_urn: str) -> Account | None:
    """By name, or by URN of the account."""
    try:
        return Account.objects.filter(uuid=parse_urn(username_or_urn).uuid).first()
    except ValueError:
        return Account.objects.filter(username=username_or_urn).first()


def usernames_of(urns: Iterable[str]) -> dict[str, str]:
    """The user name of each of these accounts' URNs that there is. One query."""
    return {account.urn: account.username for account in Account.objects.filter(uuid__in=[*_uuids(urns)])}


def _uuids(urns: Iterable[str]) -> Iterable[uuid.UUID]:
    for urn in urns:
        with suppress(ValueError):
            yield parse_urn(urn).uuid


def find_account_by_link(account_uuid: uuid.UUID, token: str) -> Account:
    """Whose password the link sets. Raises NotFound alike for one used, too old, or never given."""
    account = Account.objects.filter(uuid=account_uuid).first()
    if account is None or not LINKS.check_token(account, token):
        raise NotFound(_("此链接已使用过或已过期。"), remedy=_("请联系本单位的系统管理员，重新开具链接。"))
    return account


# -- powers of agency -------------------------------------------------------------------------------------------------
def list_agencies_granted(party_urn: str, at: datetime) -> list[Representation]:
    """Who acts for a legal entity or a person now, without legal representatives, the newest first."""
    urn = parse_urn(party_urn)
    rows = Representation.objects.in_force(at).exclude(kind=Kind.LEGAL_REPRESENTATIVE)
    mine = Q(principal__uuid=urn.uuid) if urn.noun == "person" else Q(entity__uuid=urn.uuid)
    return list(rows.filter(mine).select_related("person", "entity", "principal").order_by("-id"))


def find_agency(agency_uuid: uuid.UUID) -> Representation | None:
    """By uuid, in force or not."""
    return Representation.objects.filter(uuid=agency_uuid).select_related("person", "entity", "principal").first()


def list_agencies_held(account: Account, at: datetime) -> list[Representation]:
    """The legal entities and people the account's person acts for now."""
    rows = Representation.objects.in_force(at).filter(person__account=account)
    return list(rows.select_related("person", "entity", "principal").order_by("-id"))


def known_services(audience: str = "") -> dict[str, Texts] | None:
    """The services a power may name, by key, of a `legal_entity` or a `person` (empty: either); None when no room has
    told."""
    if not list(SERVICE_TITLES):
        return None
    return {key: title for _name, source in SERVICE_TITLES.items() for key, title in source(audience).items()}


def find_email(party_urn: str) -> str:
    """Where to write to a party: a person's own address, or that of an entity's legal representative; or empty."""
    urn = parse_urn(party_urn)
    if urn.noun == "person":
        return Person.objects.filter(uuid=urn.uuid).values_list("email", flat=True).first() or ""
    rows = Representation.objects.filter(entity__uuid=urn.uuid, kind=Kind.LEGAL_REPRESENTATIVE, revoked_at=None)
    return rows.values_list("person__email", flat=True).order_by("-id").first() or ""
