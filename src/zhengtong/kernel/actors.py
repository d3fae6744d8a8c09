"""Who acts, as a plain value. Filled by security.identity; every verb takes one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from uuid import UUID


class Capacity(enum.StrEnum):
    """In which quality somebody acts. One person may have several; one at a time is in force."""

    ANONYMOUS = "anonymous"
    RESIDENT = "resident"
    REPRESENTATIVE = "representative"  # 法定代表人
    AGENT = "agent"  # 代理人, within the scope of a power of agency
    OFFICIAL = "official"
    SYSTEM = "system"  # the node itself, by a named job or at its terminal
    CLIENT = "client"  # 接入系统: a registered system, by its own key


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post an official holds. `division_path` looks like `51/5116/511602`."""

    uuid: UUID
    organisation_uuid: UUID
    division_path: str
    title: str = ""
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in one capacity.

    `urn` names the hand (the account), the same in every capacity; four eyes compare it. `party_urn` names the person
    or legal entity for whom it acts. `agency_scope` holds the service keys an agent may act on (`*`: all). `assurance`
    is how surely the hand's own person is known, 1 (stated) to 3 (seen by two officials), 0 where there is none.
    `scopes` and `organisation_uuid` are those of a registered system; nobody else has any.
    """

    urn: str
    capacity: Capacity
    account_uuid: UUID | None = None
    party_urn: str = ""
    party_name: str = ""
    display_name: str = ""
    posts: tuple[PostRef, ...] = ()
    agency_scope: frozenset[str] = frozenset()
    mfa: bool = False
    assurance: int = 0
    scopes: frozenset[str] = frozenset()
    organisation_uuid: UUID | None = None

    @property
    def is_authenticated(self) -> bool:
        return self.capacity is not Capacity.ANONYMOUS

    @property
    def is_official(self) -> bool:
        return self.capacity is Capacity.OFFICIAL

    @property
    def is_client(self) -> bool:
        """A registered system, not a person."""
        return self.capacity is Capacity.CLIENT

    @property
    def is_applicant(self) -> bool:
        return self.capacity in (Capacity.RESIDENT, Capacity.REPRESENTATIVE, Capacity.AGENT)

    @property
    def is_for_oneself(self) -> bool:
        """A person acts for himself: what concerns his account is told to nobody else, whatever power he has given."""
        return self.capacity is Capacity.RESIDENT

    @property
    def limited_to(self) -> frozenset[str] | None:
        """The services to which a power of agency limits the actor; None for everybody who is not limited."""
        return self.agency_scope if self.capacity is Capacity.AGENT and "*" not in self.agency_scope else None

    @property
    def organisation_uuids(self) -> frozenset[UUID]:
        return frozenset(post.organisation_uuid for post in self.posts)

    @property
    def post_uuids(self) -> tuple[UUID, ...]:
        return tuple(post.uuid for post in self.posts)


ANONYMOUS = Actor(urn="", capacity=Capacity.ANONYMOUS)


def system_actor(name: str) -> Actor:
    """The node itself, acting by a named job, e.g. `system_actor("sealing")`."""
    return Actor(urn=f"system:{name}", capacity=Capacity.SYSTEM, display_name=name)
