"""Small sentences about an actor and an object, joined by `& | ~`. One sentence judges, filters and explains.

A judgement is True, False, or None: "depends on the object" (asked without one). A restriction is a `Q`, or True for
every row, or False for none; `Q()` is never used for "every row", for `Q() | Q(x)` is `Q(x)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import Texts

from .asking import with_posts

Judgement = bool | None
Restriction = Q | bool


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule: what it says, whether it holds (None: depends on the object), what would help; `depth` in the tree.

    `separation`: the key of the declared pair of acts that the rule keeps apart.
    """

    rule: Texts
    holds: Judgement
    remedy: Texts
    depth: int = 0
    separation: str = ""

    def as_dict(self) -> dict[str, Any]:
        words = {"rule": dict(self.rule), "holds": self.holds, "remedy": dict(self.remedy), "depth": self.depth}
        return {**words, "separation": self.separation}


class Predicate:
    """The base of all sentences. A leaf gives `label`, `remedy`, `judge` and `restrict`.

    `of_post`: whether its truth depends on which of the actor's posts are left; `narrows`: it leaves only such posts.
    """

    label: Texts = {}
    remedy: Texts = {}
    of_post = False
    narrows = False

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        raise NotImplementedError

    def restrict(self, actor: Actor) -> Restriction:
        raise NotImplementedError

    def narrow(self, actor: Actor) -> Actor:
        """The actor with only those posts that satisfy this sentence; the parts of an `&` share them."""
        return actor

    def concerns(self, actor: Actor) -> bool:  # noqa: ARG002
        """Whether it speaks of people in the actor's capacity: a refusal quotes such a rule first."""
        return True

    def test(self, actor: Actor, obj: Any = None) -> bool:
        """Whether it holds; "depends" is no."""
        return self.judge(actor, obj) is True

    def q(self, actor: Actor) -> Q:
        """The rows of a list for which it holds."""
        restriction = self.restrict(actor)
        if isinstance(restriction, bool):
            return Q() if restriction else Q(pk__in=[])
        return restriction

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        return [RuleAnswer(self.label, self.judge(actor, obj), self.remedy, depth)]

    def failing(self, actor: Actor, obj: Any) -> RuleAnswer:
        """The leaf that decided against the actor."""
        return self.answers(actor, obj)[0]

    def __and__(self, other: Predicate) -> Predicate:
        return All(
            *(self.parts if isinstance(self, All) else (self,)), *(other.parts if isinstance(other, All) else (other,))
        )

    def __or__(self, other: Predicate) -> Predicate:
        return AnyOf(
            *(self.parts if isinstance(self, AnyOf) else (self,)),
            *(other.parts if isinstance(other, AnyOf) else (other,)),
        )

    def __invert__(self) -> Predicate:
        return Not(self)


class All(Predicate):
    """Every part holds; parts about posts hold for one and the same post."""

    label: Texts = {"zh": "以下各条同时满足", "en": "All of the following hold"}

    def __init__(self, *parts: Predicate) -> None:
        self.parts = parts
        self.of_post = any(part.of_post for part in parts)
        self._narrowing = [part for part in parts if part.narrows]
        # One part that speaks of posts and the thing may look at all that are left; two must look at the same one.
        self._is_split = sum(part.of_post and not part.narrows for part in parts) > 1

    def narrow(self, actor: Actor) -> Actor:
        for part in self._narrowing:
            actor = part.narrow(actor)
        return actor

    def concerns(self, actor: Actor) -> bool:
        return all(part.concerns(actor) for part in self.parts)

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        return at_least_one(self._judge(one, obj) for one in self._each(actor))

    def restrict(self, actor: Actor) -> Restriction:
        return either(self._restrict(one) for one in self._each(actor))

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        head, inside = RuleAnswer(self.label, self.judge(actor, obj), {}, depth), self._nearest(actor, obj)
        return [head, *(answer for part in self.parts for answer in part.answers(inside, obj, depth + 1))]

    def failing(self, actor: Actor, obj: Any) -> RuleAnswer:
        actor = self._nearest(actor, obj)
        judged = [(part, part.judge(actor, obj)) for part in self.parts]
        worst = next((p for p, j in judged if j is False), None) or next(p for p, j in judged if j is not True)
        return worst.failing(actor, obj)

    def _each(self, actor: Actor) -> list[Actor]:
        """The actor with the posts that are left; once with each alone, where parts must agree on one."""
        actor = self.narrow(actor)
        if not self._is_split or len(actor.posts) < 2:
            return [actor]
        return [with_posts(actor, (post,)) for post in actor.posts]

    def _nearest(self, actor: Actor, obj: Any) -> Actor:
        """With the post that comes nearest to satisfying the whole: the one to speak of."""
        each = self._each(actor)
        if len(each) == 1:
            return each[0]
        return max(each, key=lambda one: sum(part.judge(one, obj) is not False for part in self.parts))

    def _judge(self, actor: Actor, obj: Any) -> Judgement:
        unsure = False
        for part in self.parts:  # in the order written, and no further than needed
            judgement = part.judge(actor, obj)
            if judgement is False:
                return False
            unsure = unsure or judgement is None
        return None if unsure else True

    def _restrict(self, actor: Actor) -> Restriction:
        whole: Q | None = None
        for part in self.parts:
            restriction = part.restrict(actor)
            if restriction is False:
                return False
            if isinstance(restriction, Q):
                whole = restriction if whole is None else whole & restriction
        return True if whole is None else whole


def at_least_one(judgements: Iterable[Judgement]) -> Judgement:
    """True as soon as one is; else "depends" where one depends."""
    unsure = False
    for judgement in judgements:
        if judgement is True:
            return True
        unsure = unsure or judgement is None
    return None if unsure else False


def either(restrictions: Iterable[Restriction]) -> Restriction:
    """The rows that at least one of them selects."""
    whole: Restriction = False
    for restriction in restrictions:
        if restriction is True:
            return True
        if isinstance(restriction, Q):
            whole = whole | restriction if isinstance(whole, Q) else restriction
    return whole


class AnyOf(Predicate):
    """At least one part holds."""

    label: Texts = {"zh": "以下至少一条满足", "en": "At least one of the following holds"}

    def __init__(self, *parts: Predicate) -> None:
        self.parts = parts
        self.of_post = any(part.of_post for part in parts)

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        return at_least_one(part.judge(actor, obj) for part in self.parts)

    def restrict(self, actor: Actor) -> Restriction:
        return either(part.restrict(actor) for part in self.parts)

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        head = RuleAnswer(self.label, self.judge(actor, obj), {}, depth)
        return [head, *(answer for part in self.parts for answer in part.answers(actor, obj, depth + 1))]

    def concerns(self, actor: Actor) -> bool:
        return any(part.concerns(actor) for part in self.parts)

    def failing(self, actor: Actor, obj: Any) -> RuleAnswer:
        """From the way that is meant for people like the actor."""
        meant = next((part for part in self.parts if part.concerns(actor)), self.parts[0])
        return meant.failing(actor, obj)


class Not(Predicate):
    """The part does not hold."""

    def __init__(self, part: Predicate) -> None:
        self.part, self.of_post = part, part.of_post
        self.label = {"zh": f"并非：{part.label['zh']}", "en": f"Not: {part.label['en']}"}

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        judgement = self.part.judge(actor, obj)
        return None if judgement is None else not judgement

    def restrict(self, actor: Actor) -> Restriction:
        restriction = self.part.restrict(actor)
        return (not restriction) if isinstance(restriction, bool) else ~restriction
