"""Actors as plain values, without accounts: for tests of policies. Accounts: `security.identity.tests.factories`."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from zhengtong.kernel.actors import Actor, Capacity, PostRef, system_actor
from zhengtong.kernel.ids import make_urn

from .. import services

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def account_urn() -> str:
    return make_urn("identity", "account", uuid.uuid4())


def resident(party_urn: str = "urn:party:a", **values: object) -> Actor:
    return Actor(urn=account_urn(), capacity=Capacity.RESIDENT, party_urn=party_urn, **values)


def agent(*scope: str, party_urn: str = "urn:party:a") -> Actor:
    return Actor(urn=account_urn(), capacity=Capacity.AGENT, party_urn=party_urn, agency_scope=frozenset(scope))


def post(organisation: uuid.UUID | None = None, path: str = "51/5116/511602") -> PostRef:
    return PostRef(uuid=uuid.uuid4(), organisation_uuid=organisation or uuid.uuid4(), division_path=path)


def official(*posts: PostRef, mfa: bool = True) -> Actor:
    return Actor(urn=account_urn(), capacity=Capacity.OFFICIAL, posts=posts, mfa=mfa)


def bind(role: str, to: PostRef) -> None:
    services.bind_role(actor=system_actor("tests"), role=role, post_uuid=to.uuid, at=LONG_AGO)
