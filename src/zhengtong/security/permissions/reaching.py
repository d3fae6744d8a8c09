"""Leaves about how far the role at a post reaches: divisions, levels of secrecy, purposes.

They ask the post that the `&` around them has left, so they stand beside `has_permission`. Without one they reach no
further than an official's own organisation, at the level internal.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import Texts

from .asking import purpose_of
from .leaves import OfObject, read
from .predicates import Judgement, Predicate, Restriction, either
from .purposes import label_of
from .rules import Extent, Secrecy, covers, reach_of


class InDivision(OfObject):
    """The object's division lies where the role at the post reaches: its own division, or also all below it.

    A role that reaches its own organisation only needs `organisation` (a uuid) to be compared with; else it is refused.
    """

    of_post = True

    def __init__(self, path: str, organisation: str, label: Texts, remedy: Texts) -> None:
        super().__init__(path, label, remedy)
        self.organisation = organisation

    def concerns(self, actor: Actor) -> bool:
        return actor.is_official

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        possible = self.restrict(actor)
        if isinstance(possible, bool):
            return possible
        return None if obj is None else self._lies_there(actor, obj)

    def _lies_there(self, actor: Actor, obj: Any) -> bool:
        path = read(obj, self.path) or ""
        if any(covers(post.division_path, path, reach_of(post).extent) for post in actor.posts):
            return True
        return bool(own := self._organisations(actor)) and read(obj, self.organisation) in own

    def restrict(self, actor: Actor) -> Restriction:
        parts = [q for post in actor.posts for q in self._qs(post.division_path, reach_of(post).extent)]
        if own := self._organisations(actor):
            parts.append(Q(**{f"{self.organisation}__in": sorted(own)}))
        return either(parts)

    def _organisations(self, actor: Actor) -> set[Any]:
        """Those whose things count by the organisation alone."""
        if not self.organisation:
            return set()
        return {post.organisation_uuid for post in actor.posts if reach_of(post).extent is Extent.ORGANISATION}

    def _qs(self, division: str, extent: Extent) -> list[Q]:
        if not division or extent is Extent.ORGANISATION:
            return []
        below = [Q(**{f"{self.path}__startswith": f"{division}/"})] if extent is Extent.SUBTREE else []
        return [Q(**{self.path: division}), *below]


class WithinClearance(OfObject):
    """The object's level of secrecy (0 to 4) is no higher than the clearance of the role at the post.

    An object without a level is refused: nobody has said that it may be read.
    """

    of_post = True

    def concerns(self, actor: Actor) -> bool:
        return actor.is_official

    def matches(self, actor: Actor, value: Any) -> bool:
        return value is not None and value <= _clearance(actor)

    def restrict(self, actor: Actor) -> Restriction:
        return Q(**{f"{self.path}__lte": int(_clearance(actor))}) if actor.posts else False


def _clearance(actor: Actor) -> Secrecy:
    return max(reach_of(post).clearance for post in actor.posts)


class ForPurpose(Predicate):
    """The purpose named is lawful for the act, and the role at the post may be used for it."""

    of_post = True

    def __init__(self, purposes: tuple[str, ...]) -> None:
        self.purposes = purposes

    @property
    def label(self) -> Texts:  # type: ignore[override]
        zh, en = _named(self.purposes)
        return {
            "zh": f"须说明目的，且属于：{zh}；且未超出岗位角色限定的目的",
            "en": f"A purpose must be named, one of: {en}; and one to which the role at your post is not closed",
        }

    @property
    def remedy(self) -> Texts:  # type: ignore[override]
        zh, en = _named(self.purposes)
        return {
            "zh": f"请选择合法的目的（{zh}）；岗位角色不允许该目的的，请联系系统管理员。",
            "en": f"Choose a lawful purpose ({en}); if your post's role does not allow it, ask the administrator.",
        }

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        """Before there is a thing, none need be named yet."""
        return None if obj is None and not purpose_of(actor) else self.restrict(actor)

    def restrict(self, actor: Actor) -> bool:
        purpose = purpose_of(actor)
        return purpose in self.purposes and (
            not actor.posts or any(reach_of(post).admits(purpose) for post in actor.posts)
        )


def _named(purposes: tuple[str, ...]) -> tuple[str, str]:
    labels = [label_of(purpose) for purpose in purposes]
    return "、".join(label["zh"] for label in labels), ", ".join(label["en"] for label in labels)


def lawful_purposes(predicate: Predicate) -> list[str]:
    """The purposes that a sentence allows anywhere in it, in the order written; none where it asks for no purpose."""
    if isinstance(predicate, ForPurpose):
        return list(predicate.purposes)
    parts = getattr(predicate, "parts", ())
    return list(dict.fromkeys(purpose for part in parts for purpose in lawful_purposes(part)))
