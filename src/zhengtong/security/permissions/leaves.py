"""The leaves of every policy: what may be said of an actor, and of a field of an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.texts import Texts

from . import held
from .asking import is_official, with_posts
from .declared import POLICIES, ROLES
from .predicates import Judgement, Predicate, Restriction, RuleAnswer
from .rules import Grant
from .separations import Separation, read_all


class OfActor(Predicate):
    """A sentence about the actor alone."""

    def __init__(
        self,
        label: Texts,
        remedy: Texts,
        test: Callable[[Actor], bool],
        concerns: Callable[[Actor], bool] = lambda _actor: True,
    ) -> None:
        self.label, self.remedy, self._test, self._concerns = label, remedy, test, concerns

    def concerns(self, actor: Actor) -> bool:
        return self._concerns(actor)

    def judge(self, actor: Actor, obj: Any) -> Judgement:  # noqa: ARG002  (the object does not matter)
        return self._test(actor)

    def restrict(self, actor: Actor) -> Restriction:
        return self._test(actor)


class OfObject(Predicate):
    """A sentence about a field of the object; `path` follows relations with `__`, in Python as in the database."""

    def __init__(self, path: str, label: Texts, remedy: Texts) -> None:
        self.path, self.label, self.remedy = path, label, remedy

    def matches(self, actor: Actor, value: Any) -> bool:
        raise NotImplementedError

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        possible = self.restrict(actor)
        if isinstance(possible, bool):
            return possible
        return None if obj is None else self.matches(actor, read(obj, self.path))


def read(obj: Any, path: str) -> Any:
    """The value at `a__b` of an object or a mapping; None where the way breaks off at an empty relation."""
    for name in path.split("__"):
        if obj is None:
            return None
        obj = obj[name] if isinstance(obj, Mapping) else getattr(obj, name)
    return obj


class PartyOf(OfObject):
    """The object belongs to the person or legal entity for whom the actor acts."""

    def concerns(self, actor: Actor) -> bool:
        return actor.is_applicant

    def matches(self, actor: Actor, value: Any) -> bool:
        return value == actor.party_urn

    def restrict(self, actor: Actor) -> Restriction:
        return Q(**{self.path: actor.party_urn}) if actor.is_applicant and actor.party_urn else False


class InScopeOfAgency(OfObject):
    """An agent acts only on the services of its power of agency. Others act for themselves: always."""

    def matches(self, actor: Actor, value: Any) -> bool:
        return value in actor.agency_scope

    def restrict(self, actor: Actor) -> Restriction:
        if actor.capacity is not Capacity.AGENT or "*" in actor.agency_scope:
            return True
        return Q(**{f"{self.path}__in": sorted(actor.agency_scope)}) if actor.agency_scope else False


class HasPermission(Predicate):
    """A post of the actor holds a role that carries the permission."""

    of_post = narrows = True

    def __init__(self, action: str) -> None:
        self.action = action

    @property
    def label(self) -> Texts:  # type: ignore[override]
        roles = [definition.label for definition in ROLES.carrying(self.action)]
        zh, en = "、".join(role["zh"] for role in roles) or "无", ", ".join(role["en"] for role in roles) or "none"
        policy = POLICIES.find(self.action)
        what = policy.label if policy else {"zh": self.action, "en": self.action}
        return {
            "zh": f"所任岗位须有“{what['zh']}”权限（角色：{zh}）",
            "en": f"Your post must hold the permission “{what['en']}” (roles: {en})",
        }

    remedy: Texts = {
        "zh": "如因工作需要，请联系系统管理员为您的岗位配置角色。",
        "en": "If your work needs it, ask the administrator to give your post the role.",
    }

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        """With a line for each delegation that brings the permission: it names who gave it, and until when."""
        return [*super().answers(actor, obj, depth), *(_by_delegation(lent, depth + 1) for lent in self._lent(actor))]

    def _lent(self, actor: Actor) -> tuple[held.Lent, ...]:
        return held.lent_with(actor, self.action) if is_official(actor) else ()

    def concerns(self, actor: Actor) -> bool:
        return actor.is_official

    def narrow(self, actor: Actor) -> Actor:
        if not actor.posts:
            return actor
        return with_posts(actor, held.posts_with(actor, self.action) if is_official(actor) else ())

    def judge(self, actor: Actor, obj: Any) -> Judgement:  # noqa: ARG002
        return is_official(actor) and (self._has_narrowed(actor) or bool(held.posts_with(actor, self.action)))

    def _has_narrowed(self, actor: Actor) -> bool:
        """Whether the posts that are left are those of this rule: what it found once it need not look for again."""
        return bool(actor.posts) and all(isinstance(p, Grant) and p.action == self.action for p in actor.posts)

    def restrict(self, actor: Actor) -> Restriction:
        return bool(self.judge(actor, None))


class OwnOrganisation(OfObject):
    """The object lies with the organisation of one of the actor's posts."""

    of_post = True

    def concerns(self, actor: Actor) -> bool:
        return actor.is_official

    def matches(self, actor: Actor, value: Any) -> bool:
        return value in actor.organisation_uuids

    def restrict(self, actor: Actor) -> Restriction:
        return Q(**{f"{self.path}__in": sorted(actor.organisation_uuids)}) if actor.posts else False


class ClientsOrganisation(OfObject):
    """The object lies with the organisation of the registered system that acts."""

    def concerns(self, actor: Actor) -> bool:
        return actor.is_client

    def matches(self, actor: Actor, value: Any) -> bool:
        return value == actor.organisation_uuid

    def restrict(self, actor: Actor) -> Restriction:
        is_bound = actor.is_client and actor.organisation_uuid is not None
        return Q(**{self.path: actor.organisation_uuid}) if is_bound else False


class NotSameHand(OfObject):
    """Four eyes: the hand that acts is not the hand that did the earlier act, in whatever capacity.

    Where the path leads to many (the reviews of a case), it is none of theirs.
    """

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        if not actor.urn:
            return False
        return None if obj is None else actor.urn not in read_all(obj, self.path)

    def restrict(self, actor: Actor) -> Restriction:
        return ~Q(**{self.path: actor.urn}) if actor.urn else False


class KeptApart(Predicate):
    """A declared pair of acts is done by two hands: the rule that `separation` brings, or one made of its field."""

    def __init__(self, separation: Separation) -> None:
        self.separation, self.label = separation, separation.label
        self._rule = separation.rule or NotSameHand(separation.field, separation.label, {})
        self.of_post = self._rule.of_post
        self.remedy = self._rule.remedy or {"zh": "请由另一位工作人员办理。", "en": "Let another official do it."}

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        return self._rule.judge(actor, obj)

    def restrict(self, actor: Actor) -> Restriction:
        return self._rule.restrict(actor)

    def answers(self, actor: Actor, obj: Any, depth: int = 0) -> list[RuleAnswer]:
        return [RuleAnswer(self.label, self.judge(actor, obj), self.remedy, depth, self.separation.key)]


class Custom(Predicate):
    """A sentence of a room's own: `test(actor, obj)` may answer None without `obj`; `q(actor)` a Q, True or False."""

    def __init__(
        self,
        label: Texts,
        test: Callable[[Actor, Any], Judgement],
        q: Callable[[Actor], Restriction],
        remedy: Texts,
        of_post: bool,
    ) -> None:
        self.label, self.remedy, self._test, self._q, self.of_post = label, remedy, test, q, of_post

    def judge(self, actor: Actor, obj: Any) -> Judgement:
        return self._test(actor, obj)

    def restrict(self, actor: Actor) -> Restriction:
        return self._q(actor)


def _by_delegation(lent: held.Lent, depth: int) -> RuleAnswer:
    until = lent.until.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return RuleAnswer(
        {
            "zh": f"由{lent.giver_name}（{lent.post.title}）授权代行，至 {until}",
            "en": f"Delegated by {lent.giver_name} ({lent.post.title}) until {until}",
        },
        True,
        {},
        depth,
    )
