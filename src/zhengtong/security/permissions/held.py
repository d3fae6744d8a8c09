"""What the posts of an actor may do, and what colleagues have delegated to him, read at most once per request."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from zhengtong.kernel.actors import Actor, PostRef

from .declared import ROLES
from .duties import are_compatible

# As RoleBindings.in_force and Delegations.in_force: by the database's clock. One statement of plain SQL, for every
# request of an official asks it. A delegated act counts only as long as the post itself still carries it.
_IN_FORCE = """
    WITH lent AS (
        SELECT uuid, receiver_uuid, post_uuid, organisation_uuid, division_path, post_title, actions, giver_urn,
               giver_name, until
        FROM security_permissions_delegation
        WHERE receiver_uuid = ANY(%s::uuid[]) AND since <= statement_timestamp() AND until > statement_timestamp()
        AND ended_at IS NULL
    )
    SELECT role, post_uuid, NULL FROM security_permissions_rolebinding
    WHERE (post_uuid = ANY(%s::uuid[]) OR post_uuid IN (SELECT post_uuid FROM lent))
    AND since <= statement_timestamp() AND (until IS NULL OR until > statement_timestamp())
    UNION ALL SELECT '', post_uuid, to_jsonb(lent)::text FROM lent
"""


@dataclass(frozen=True, slots=True)
class Lent:
    """Acts of a colleague's post that the actor may do for a time. `giver_urn` names on whose behalf."""

    uuid: uuid.UUID
    post: PostRef
    actions: frozenset[str]
    giver_urn: str
    giver_name: str
    until: datetime


Holding = tuple[uuid.UUID | None, uuid.UUID]  # account, post


@dataclass(slots=True)
class _Known:
    posts: dict[Holding, frozenset[str]] = field(default_factory=dict)  # what the roles of a post of one's own carry
    lent: dict[uuid.UUID | None, tuple[Lent, ...]] = field(default_factory=dict)  # account → what it was lent


_cache: ContextVar[_Known | None] = ContextVar("held_permissions", default=None)
_in_own_right: ContextVar[bool] = ContextVar("held_in_own_right", default=False)


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, a post's permissions are read once. Outside (commands, jobs) every question asks the database."""
    token = _cache.set(_Known())
    try:
        yield
    finally:
        _cache.reset(token)


@contextmanager
def once() -> Iterator[None]:
    """As `remembered`, where nothing is remembered yet: one question of many rules reads once."""
    with nullcontext() if _cache.get() is not None else remembered():
        yield


@contextmanager
def in_own_right() -> Iterator[None]:
    """Inside, what colleagues have delegated does not count."""
    token = _in_own_right.set(True)
    try:
        yield
    finally:
        _in_own_right.reset(token)


def forget() -> None:
    """Drop what is remembered: a binding or a delegation has changed."""
    if _cache.get() is not None:
        _cache.set(_Known())


def _known_of(actor: Actor) -> _Known:
    """An actor already narrowed to the posts of one rule may carry lent posts: they are known, and not his own."""
    known = _cache.get() or _Known()
    account = actor.account_uuid
    lent = {one.post.uuid for one in known.lent.get(account, ())}
    if account not in known.lent or any((account, p) not in known.posts and p not in lent for p in actor.post_uuids):
        _read([actor], known)
    return known


def learn(actors: Sequence[Actor]) -> None:
    """Read what all of them may with one query, where things are remembered."""
    if (known := _cache.get()) is not None:
        _read(actors, known)


def _read(actors: Sequence[Actor], known: _Known) -> None:
    posts = {post for actor in actors for post in actor.post_uuids}
    roles: dict[uuid.UUID, set[str]] = defaultdict(set)
    lent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [[actor.account_uuid for actor in actors if actor.account_uuid], list(posts)])
        for role, post, given in cursor.fetchall():
            if given is None:
                roles[post].add(role)
            else:
                row = json.loads(given)
                lent[row["receiver_uuid"]].append(row)
    for actor in actors:
        known.posts |= {(actor.account_uuid, post): _carried(roles[post]) for post in actor.post_uuids}
        own = {role for post in actor.post_uuids for role in roles[post]}
        kept = [_lent(row, roles, own, actor) for row in lent[str(actor.account_uuid)]]
        known.lent[actor.account_uuid] = tuple(one for one in kept if one is not None)


def _carried(roles: set[str]) -> frozenset[str]:
    return frozenset(action for role in roles for action in ROLES.permissions_of(role))


def _lent(row: dict[str, Any], roles: dict[uuid.UUID, set[str]], own: set[str], actor: Actor) -> Lent | None:
    """What is left of a delegation today: nothing for who has left the organisation, or came to incompatible duties."""
    organisation, post = uuid.UUID(row["organisation_uuid"]), uuid.UUID(row["post_uuid"])
    if organisation not in actor.organisation_uuids or not are_compatible(own | roles[post]):
        return None
    return Lent(
        uuid.UUID(row["uuid"]), PostRef(post, organisation, row["division_path"], row["post_title"]),
        frozenset(row["actions"]) & _carried(roles[post]), row["giver_urn"], row["giver_name"],
        datetime.fromisoformat(row["until"]),
    )  # fmt: skip


def posts_with(actor: Actor, action: str) -> tuple[PostRef, ...]:
    """The posts of the actor whose roles carry the permission, then those lent. No query for who has no post."""
    if not actor.posts:
        return ()
    known = _known_of(actor)
    own = tuple(post for post in actor.posts if action in known.posts.get((actor.account_uuid, post.uuid), ()))
    return own + tuple(lent.post for lent in lent_with(actor, action) if lent.post not in own)


def lent_with(actor: Actor, action: str) -> tuple[Lent, ...]:
    """The delegations that bring the actor this permission."""
    if not actor.posts or _in_own_right.get():
        return ()
    return tuple(lent for lent in _known_of(actor).lent.get(actor.account_uuid, ()) if action in lent.actions)


def own_permissions(post_uuid: uuid.UUID) -> frozenset[str]:
    """What the roles of one post carry now; nothing that was lent."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [[], [post_uuid]])
        return _carried({role for role, _post, lent in cursor.fetchall() if lent is None})
