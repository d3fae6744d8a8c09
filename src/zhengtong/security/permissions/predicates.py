"""Small sentences about an actor and an object, joined by `& | ~`. One sentence judges, filters and explains.

A judgement is True, False, or None: "depends on the object" (asked without one). A restriction is a `Q`, or True for
every row, or False for none; `Q()` is never used for "every row", for `Q() | Q(x)` is `Q(x)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import Texts

Judgement = bool | None
Restriction = Q | bool


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule: what it says, whether it holds (None: depends on the object), what would help; `depth` in the tree."""

    rule: Texts
    holds: Judgement
    remedy: Texts
    depth: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {"rule": dict(self.rule), "holds": self.holds, "remedy": dict(self.remedy), "depth": self.depth}


class Predicate:
    """The base of all sentences. A leaf gives `label`, `remedy`, `judge` and `restrict`."""

    label: Texts = {}
    remedy: Texts = {}

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

    def narrow(self, actor: Actor) -> Actor:
        for part in self.parts:
            actor = part.narrow(actor)
        return actor

    def concerns(self, actor: Actor) -> bool:
        return all(part.concerns(actor) for part in self.parts)

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        actor, unsure = self.narrow(actor), False
        for part in self.parts:  # in the order written, and no further than needed
            judgement = part.judge(actor, obj)
            if judgement is False:
                return False
            unsure = unsure or judgement is None
        return None if unsure else True

    def restrict(self, actor: Actor) -> Restriction:
        actor, whole = self.narrow(actor), None
        for part in self.parts:
            restriction = part.restrict(actor)
            if restriction is False:
                return False
            if restriction is not True:
                whole = restriction if whole is None else whole & restriction
        return True if whole is None else whole

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        inside = self.narrow(actor)
        head = RuleAnswer(self.label, self.judge(actor, obj), {}, depth)
        return [head, *(answer for part in self.parts for answer in part.answers(inside, obj, depth + 1))]

    def failing(self, actor: Actor, obj: Any) -> RuleAnswer:
        actor = self.narrow(actor)
        judged = [(part, part.judge(actor, obj)) for part in self.parts]
        worst = next((p for p, j in judged if j is False), None) or next(p for p, j in judged if j is not True)
        return worst.failing(actor, obj)


class AnyOf(Predicate):
    """At least one part holds."""

    label: Texts = {"zh": "以下至少一条满足", "en": "At least one of the following holds"}

    def __init__(self, *parts: Predicate) -> None:
        self.parts = parts

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        judgements = [part.judge(actor, obj) for part in self.parts]
        if True in judgements:
            return True
        return None if None in judgements else False

    def restrict(self, actor: Actor) -> Restriction:
        whole: Restriction = False
        for part in self.parts:
            restriction = part.restrict(actor)
            if restriction is True:
                return True
            if isinstance(restriction, Q):
                whole = whole | restriction if isinstance(whole, Q) else restriction
        return whole

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
        self.part = part
        self.label = {"zh": f"并非：{part.label['zh']}", "en": f"Not: {part.label['en']}"}

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        judgement = self.part.judge(actor, obj)
        return None if judgement is None else not judgement

    def restrict(self, actor: Actor) -> Restriction:
        restriction = self.part.restrict(actor)
        return (not restriction) if isinstance(restriction, bool) else ~restriction
