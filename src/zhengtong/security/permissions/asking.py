"""The actor as the rules of one question see him: with the posts that are left, and the purpose that was named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from zhengtong.kernel.actors import Actor, PostRef


@dataclass(frozen=True, slots=True)
class Asker(Actor):
    """An actor in the middle of a question. `every_post`: his posts before any rule left some out."""

    purpose: str = ""
    every_post: tuple[PostRef, ...] | None = None


def with_purpose(actor: Actor, purpose: str) -> Actor:
    """The same actor, naming a purpose; without one, himself."""
    return _changed(actor, purpose=purpose) if purpose else actor


def with_posts(actor: Actor, posts: Iterable[PostRef]) -> Actor:
    """The same actor with other posts; he remembers which he really holds."""
    return _changed(actor, posts=tuple(posts), every_post=every_post(actor))


def purpose_of(actor: Actor) -> str:
    """The key of the purpose named; empty where none was."""
    return actor.purpose if isinstance(actor, Asker) else ""


def every_post(actor: Actor) -> tuple[PostRef, ...]:
    """All posts the actor holds, whichever a rule has left out."""
    kept = actor.every_post if isinstance(actor, Asker) else None
    return actor.posts if kept is None else kept


def is_narrowed(actor: Actor) -> bool:
    """Whether a rule has left out posts, or might have."""
    return isinstance(actor, Asker) and actor.every_post is not None


def is_official(actor: Actor) -> bool:
    """In the capacity of an official, with a second factor in this session."""
    return actor.is_official and actor.mfa


def _changed(actor: Actor, **changes: Any) -> Asker:
    # Not `dataclasses.replace`: a request's actor may be a lazy proxy, and becomes an asker here.
    kind = Asker if isinstance(actor, Asker) else Actor
    return Asker(**{**{field.name: getattr(actor, field.name) for field in fields(kind)}, **changes})
