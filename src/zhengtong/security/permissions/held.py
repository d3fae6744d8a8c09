"""What the posts of an actor may do, and what colleagues have delegated to him, read at most once per request."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection

from zhengtong.kernel.actors import Actor, PostRef

from .asking import every_post, is_narrowed
from .declared import ROLES
from .rules import Extent, Grant, Reach, Secrecy, grant, reach_of
from .separations import SEPARATIONS

# As RoleBindings.in_force and Delegations.in_force: by the database's clock. One statement of plain SQL, for every
# request of an official asks it. A delegated act counts only as long as the post itself still carries it.
_IN_FORCE = """
    WITH lent AS (
        SELECT uuid, receiver_uuid, post_uuid, organisation_uuid, division_path, post_title, actions, giver_urn,
               giver_name, until, extent, clearance, purposes
        FROM security_permissions_delegation
        WHERE receiver_uuid = ANY(%s::uuid[]) AND since <= statement_timestamp() AND until > statement_timestamp()
        AND ended_at IS NULL
    )
    SELECT role, post_uuid, extent, clearance, purposes, NULL FROM security_permissions_rolebinding
    WHERE (post_uuid = ANY(%s::uuid[]) OR post_uuid IN (SELECT post_uuid FROM lent))
    AND since <= statement_timestamp() AND (until IS NULL OR until > statement_timestamp())
    UNION ALL SELECT '', post_uuid, NULL, NULL, NULL, to_jsonb(lent)::text FROM lent
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one role brings to one post, and how far it reaches there."""

    role: str
    actions: frozenset[str]
    reach: Reach


@dataclass(frozen=True, slots=True)
class Lent:
    """Acts of a colleague's post that the actor may do for a time. `giver_urn` names on whose behalf.

    They reach as far as the post's own roles do today and the giver let them, and no clearance is lent: reading what is
    more secret is a matter of who reads.
    """

    uuid: uuid.UUID
    post: PostRef
    actions: frozenset[str]
    giver_urn: str
    giver_name: str
    until: datetime
    carried: tuple[Carried, ...] = ()

    def grants(self, action: str) -> list[Grant]:
        carried = self.carried if action in self.actions else ()
        return [grant(self.post, one.reach, action) for one in carried if action in one.actions]


Holding = tuple[uuid.UUID | None, uuid.UUID]  # account, post


@dataclass(slots=True)
class _Known:
    posts: dict[Holding, tuple[Carried, ...]] = field(default_factory=dict)  # what the roles of one's own post carry
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
    """By all posts of the actor, whichever a rule has left out: on them it depends what may be lent to him."""
    known = _cache.get() or _Known()
    account = actor.account_uuid
    if account not in known.lent or any((account, post.uuid) not in known.posts for post in every_post(actor)):
        _read([actor], known)
    return known


def learn(actors: Sequence[Actor]) -> None:
    """Read what all of them may with one query, where things are remembered."""
    if (known := _cache.get()) is not None:
        _read(actors, known)


def _read(actors: Sequence[Actor], known: _Known) -> None:
    posts = {post.uuid for actor in actors for post in every_post(actor)}
    carried, lent = _in_force([actor.account_uuid for actor in actors if actor.account_uuid], posts)
    for actor in actors:
        own = every_post(actor)
        known.posts |= {(actor.account_uuid, post.uuid): carried[post.uuid] for post in own}
        kept = [_lent(row, carried, actor) for row in lent[str(actor.account_uuid)]]
        known.lent[actor.account_uuid] = tuple(one for one in kept if one is not None)


def _in_force(
    accounts: Iterable[uuid.UUID], posts: Iterable[uuid.UUID]
) -> tuple[dict[uuid.UUID, tuple[Carried, ...]], dict[str, list[dict[str, Any]]]]:
    """(post → what its roles carry, account → the rows of what was lent to it). One query."""
    carried: dict[uuid.UUID, tuple[Carried, ...]] = defaultdict(tuple)
    lent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [list(accounts), list(posts)])
        for role, post, extent, clearance, purposes, given in cursor.fetchall():
            if given is None:
                reach = _reach(extent, clearance, purposes)
                carried[post] += (Carried(role, ROLES.permissions_of(role), reach),)
            else:
                row = json.loads(given)
                lent[row["receiver_uuid"]].append(row)
    return carried, lent


def _reach(extent: str, clearance: int, purposes: list[str] | None) -> Reach:
    return Reach(Extent(extent), Secrecy(clearance), None if purposes is None else frozenset(purposes))


def _lent(row: dict[str, Any], carried: Mapping[uuid.UUID, tuple[Carried, ...]], actor: Actor) -> Lent | None:
    """What is left of a delegation today: nothing for who has left the organisation, or came to incompatible duties."""
    organisation, post = uuid.UUID(row["organisation_uuid"]), uuid.UUID(row["post_uuid"])
    own = [one for held_post in every_post(actor) for one in carried[held_post.uuid]]
    if organisation not in {held_post.organisation_uuid for held_post in every_post(actor)}:
        return None
    if SEPARATIONS.broken_by({one.role for one in (*own, *carried[post])}):
        return None
    most = max((one.reach.clearance for one in own), default=Reach().clearance)
    limit = _reach(row["extent"], row["clearance"], row["purposes"])
    cap = limit.meet(Reach(Extent.SUBTREE, max(most, Reach().clearance)))
    lent = tuple(replace(one, reach=one.reach.meet(cap)) for one in carried[post])
    return Lent(
        uuid.UUID(row["uuid"]), PostRef(post, organisation, row["division_path"], row["post_title"]),
        frozenset(row["actions"]) & _actions(lent), row["giver_urn"], row["giver_name"],
        datetime.fromisoformat(row["until"]), lent,
    )  # fmt: skip


def _actions(carried: Iterable[Carried]) -> frozenset[str]:
    return frozenset(action for one in carried for action in one.actions)


def posts_with(actor: Actor, action: str) -> tuple[Grant, ...]:
    """The posts whose roles carry the permission, each with its reach, then those lent. No query for who has no post.

    Of an actor whom a rule has narrowed, only posts that are left; they reach as far as every rule lets them.
    """
    if not actor.posts:
        return ()
    known = _known_of(actor)
    own = [(post, known.posts.get((actor.account_uuid, post.uuid), ())) for post in every_post(actor)]
    grants = [grant(post, one.reach, action) for post, carried in own for one in carried if action in one.actions]
    if lent := lent_with(actor, action, known):
        mine = {one.uuid for one in grants}
        grants += [one for each in lent if each.post.uuid not in mine for one in each.grants(action)]
    if is_narrowed(actor):
        grants = [_met(left, one) for left in actor.posts for one in grants if one.uuid == left.uuid]
    return tuple(dict.fromkeys(grants)) if len(grants) > 1 else tuple(grants)


def _met(left: PostRef, found: Grant) -> Grant:
    return grant(left, reach_of(left).meet(found.reach), found.action) if isinstance(left, Grant) else found


def lent_with(actor: Actor, action: str, known: _Known | None = None) -> tuple[Lent, ...]:
    """The delegations that bring the actor this permission."""
    if not actor.posts or _in_own_right.get():
        return ()
    known = known or _known_of(actor)
    return tuple(lent for lent in known.lent.get(actor.account_uuid, ()) if action in lent.actions)


def own_permissions(post_uuid: uuid.UUID) -> frozenset[str]:
    """What the roles of one post carry now; nothing that was lent."""
    return _actions(_in_force([], [post_uuid])[0][post_uuid])


def reaches_of(actor: Actor) -> list[tuple[PostRef, str, Reach]]:
    """Each role of each post of the actor's own, and how far it reaches. No query for who has no post."""
    if not actor.posts:
        return []
    known = _known_of(actor)
    own = ((post, known.posts.get((actor.account_uuid, post.uuid), ())) for post in every_post(actor))
    return [(post, one.role, one.reach) for post, carried in own for one in carried]
