"""What the posts of an actor may do, read at most once per request."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

from zhengtong.kernel.actors import Actor, PostRef

from .declared import ROLES

# As RoleBindings.in_force: by the database's clock. Plain SQL, for every request of an official asks it.
_IN_FORCE = """
    SELECT role, post_uuid FROM security_permissions_rolebinding
    WHERE post_uuid = ANY(%s) AND since <= statement_timestamp() AND (until IS NULL OR until > statement_timestamp())
"""
_cache: ContextVar[dict[uuid.UUID, frozenset[str]] | None] = ContextVar("held_permissions", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, a post's permissions are read once. Outside (commands, jobs) every question asks the database."""
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


def forget() -> None:
    """Drop what is remembered: a binding has changed."""
    cache = _cache.get()
    if cache is not None:
        cache.clear()


def _read(posts: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    roles: dict[uuid.UUID, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [list(posts)])
        for role, post in cursor.fetchall():
            roles[post] |= ROLES.permissions_of(role)
    return {post: frozenset(roles[post]) for post in posts}


def _permissions_by_post(actor: Actor) -> dict[uuid.UUID, frozenset[str]]:
    cache = _cache.get()
    known: dict[uuid.UUID, frozenset[str]] = {} if cache is None else cache
    missing = [post for post in actor.post_uuids if post not in known]
    if missing:
        known.update(_read(missing))
    return known


def posts_with(actor: Actor, action: str) -> tuple[PostRef, ...]:
    """The posts of the actor whose roles carry the permission. No query for somebody without a post."""
    if not actor.posts:
        return ()
    held = _permissions_by_post(actor)
    return tuple(post for post in actor.posts if action in held[post.uuid])
