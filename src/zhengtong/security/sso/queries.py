"""Questions about registered systems, and about what a person agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.texts import Texts
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from . import rules
from .models import Consent, System, SystemKey
from .providers import SCOPES

__all__ = [
    "Connection", "Consent", "System", "SystemKey", "find_consent", "find_system", "list_connections", "list_systems",
    "scope_texts", "systems_by_urn",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Connection:
    """A system that a person agreed to, with what it learns and the last sign-in there."""

    consent: Consent
    organisation: Texts
    scopes: list[Texts]
    last_used_at: datetime | None


def find_system(key: str) -> System | None:
    return System.objects.filter(key=key).first()


def list_systems() -> list[System]:
    """Every registered system with its keys, by name; three queries."""
    return list(System.objects.order_by("key").prefetch_related("keys__last_use"))


def systems_by_urn(urns: Iterable[str]) -> dict[str, Texts]:
    """How a system is called, with its organisation; names of other things are left out. At most two queries."""
    wanted = set()
    for urn in urns:
        try:
            parts = parse_urn(urn)
        except ValueError:
            continue
        if (parts.room, parts.noun) == ("sso", "system"):
            wanted.add(parts.uuid)
    systems = System.objects.filter(uuid__in=wanted) if wanted else []
    owners = directory.organisations_by_uuid(system.organisation_uuid for system in systems)
    return {system.urn: _named(system, owners) for system in systems}


def _named(system: System, owners: dict[UUID, directory.Organisation]) -> Texts:
    owner = owners.get(system.organisation_uuid)
    title = {"zh": system.title["zh"], "en": system.title.get("en") or system.title["zh"]}
    return {lang: f"{owner.title[lang]} · {text}" if owner else text for lang, text in title.items()}


def find_consent(system: System, account_uuid: UUID) -> Consent | None:
    """What the person agreed to and did not withdraw."""
    return Consent.objects.filter(system=system, account_uuid=account_uuid, withdrawn_at=None).first()


def scope_texts(scopes: Iterable[str]) -> list[Texts]:
    """What scopes let a system learn, in words and in the order they are declared; an undeclared one by its key."""
    order = list(SCOPES)
    keys = sorted(scopes, key=lambda key: order.index(key) if key in SCOPES else len(order))
    found = ((key, SCOPES.find(key)) for key in keys)
    return [scope.label if scope else {"zh": key, "en": key} for key, scope in found]


def list_connections(actor: Actor) -> list[Connection]:
    """What the actor's account agreed to, the newest first. Two queries. Raises Denied."""
    permissions.require(actor, "sso.consent.withdraw")
    rows = Consent.objects.filter(account_uuid=rules.account_of(actor), withdrawn_at=None).select_related("system")
    consents = list(rows.order_by("-given_at", "-id"))
    owners = directory.organisations_by_uuid(consent.system.organisation_uuid for consent in consents)
    return [
        Connection(
            consent,
            owner.title if (owner := owners.get(consent.system.organisation_uuid)) else {"zh": "", "en": ""},
            scope_texts(consent.scopes),
            consent.last_used_at,
        )
        for consent in consents
    ]
