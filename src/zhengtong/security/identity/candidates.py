"""Who could do this? Every official whose post carries the permission, tried by the policy itself, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import Texts
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import queries as permission_queries
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.providers import POLICIES, SEPARATIONS, RuleAnswer, Separation


@dataclass(frozen=True, slots=True)
class Candidate:
    """An official who holds the permission. `refusal` is the rule that stands in the way, None where none does;
    `by_delegation` names the colleague on whose behalf it would be; `separation`, the pair of acts that excludes him.
    """

    account_uuid: UUID
    name: str
    title: dict[str, str]
    organisation: dict[str, str]
    refusal: RuleAnswer | None = None
    by_delegation: str = ""

    @property
    def separation(self) -> Separation | None:
        found = SEPARATIONS.find(self.refusal.separation) if self.refusal else None
        return found if isinstance(found, Separation) else None

    @property
    def earlier_act(self) -> Texts:
        """What the candidate did that he may not do both of; empty where it is no act that excludes him."""
        policy = POLICIES.find(self.separation.first) if self.separation else None
        return policy.label if policy else {}


def who_may(action: str, obj: Any, *, at: datetime, most: int = 50, purpose: str = "") -> list[Candidate]:
    """Officials whose post carries the permission, or to whom it is delegated: first those who may do it to this thing.

    Taken as signed in with their second factor. Four queries, however many. Raises LookupError (no policy).
    """
    accounts = permission_queries.accounts_lent(action)
    officers = directory.list_holders(permission_queries.posts_bringing(action), accounts, at)[:most]
    posts = directory.posts_of_officers([officer.account_uuid for officer in officers], at)
    actors = [_actor(officer, posts[officer.account_uuid]) for officer in officers]
    with permissions.remembered(actors):
        pairs = zip(officers, actors, strict=True)
        found = [_tried(officer, actor, action, obj, purpose) for officer, actor in pairs]
    return sorted(found, key=lambda candidate: candidate.refusal is not None)


def _actor(officer: directory.Officer, posts: tuple[PostRef, ...]) -> Actor:
    urn = make_urn("identity", "account", officer.account_uuid)
    return Actor(urn, Capacity.OFFICIAL, officer.account_uuid, display_name=officer.name, posts=posts, mfa=True)


def _tried(officer: directory.Officer, actor: Actor, action: str, obj: Any, purpose: str) -> Candidate:
    lent = permissions.deciding_delegation(actor, action, obj, purpose=purpose)
    return Candidate(
        officer.account_uuid, officer.name, officer.title, officer.organisation,
        permissions.find_refusal(actor, action, obj, purpose=purpose), lent.giver_name if lent else "",
    )  # fmt: skip
