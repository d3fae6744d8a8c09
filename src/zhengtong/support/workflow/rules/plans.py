"""The reviews of a service package as a plan: steps in order, with what each waits for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.kernel.texts import Texts

ACCEPT, DECIDE = "accept", "decide"
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
TITLES: dict[str, Texts] = {
    ACCEPT: {"zh": "受理", "en": "Acceptance"},
    DECIDE: {"zh": "作出决定", "en": "Decision"},
}


class FaultyPlan(ValueError):
    """Reviews that cannot be put in an order. `faults`: (path in the manifest, message)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {message}" for path, message in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Step:
    """One user task. `lane` is the authority's key; `after` the reviews it waits for; `days` working days or None."""

    key: str
    lane: str
    title: Texts
    after: tuple[str, ...] = ()
    days: int | None = None
    conditional: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole process: its steps with `accept` first and `decide` last, and the name of each lane."""

    key: str
    title: Texts
    steps: tuple[Step, ...]
    lanes: Mapping[str, Texts]

    @property
    def reviews(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.key not in (ACCEPT, DECIDE))

    def ranks(self) -> dict[str, int]:
        """How many steps must precede each one: accept 0, reviews from 1, decide last."""
        ranks = {ACCEPT: 0}
        for step in self.reviews:
            ranks[step.key] = 1 + max((ranks[key] for key in step.after), default=0)
        ranks[DECIDE] = 1 + max(ranks.values())
        return ranks


def read_plan(manifest: Mapping[str, Any], authority_names: Mapping[str, Texts] | None = None) -> Plan:
    """The plan of a manifest (service.yaml). Raises FaultyPlan with every fault at once."""
    reviews = manifest.get("reviews") or []
    faults = list(_faults(reviews))
    if faults:
        raise FaultyPlan(faults)
    lead = str(manifest.get("lead_authority") or "lead")
    decision = manifest.get("decision") or {}
    accept = Step(ACCEPT, lead, TITLES[ACCEPT])
    steps = [accept, *_in_order([_review(review) for review in reviews])]
    leaves = [s.key for s in steps[1:] if not any(s.key in other.after for other in steps)]
    steps.append(Step(DECIDE, lead, TITLES[DECIDE], tuple(leaves), decision.get("promised_days")))
    names = authority_names or {}
    lanes = {step.lane: names.get(step.lane) or {"zh": step.lane, "en": step.lane} for step in steps}
    return Plan(str(manifest.get("key") or "process"), _texts(manifest.get("title"), "办理流程"), tuple(steps), lanes)


def _review(review: Mapping[str, Any]) -> Step:
    key = review["key"]
    return Step(
        key=key,
        lane=str(review.get("authority") or "lead"),
        title=_texts(review.get("title"), key),
        after=_after(review),
        days=review.get("days"),
        conditional=bool(review.get("when")),
        optional=bool(review.get("optional")),
    )


def _faults(reviews: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    keys = [review.get("key") for review in reviews]
    for index, review in enumerate(reviews):
        path, key = f"reviews[{index}]", review.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            yield f"{path}.key", _("审查的 key 须以小写字母开头，只含小写字母、数字、- 和 _，最长 40 个字符。")
        elif key in (ACCEPT, DECIDE) or keys.count(key) > 1:
            yield f"{path}.key", _("审查的 key “%(key)s”重复，或与 accept、decide 相同。") % {"key": key}
        for earlier in _after(review):
            if earlier == key or earlier not in keys:
                yield f"{path}.after", _("“%(key)s”不是本事项的其他审查。") % {"key": earlier}
    yield from _circles(reviews)


def _circles(reviews: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    waiting = {review.get("key"): set(_after(review)) & {r.get("key") for r in reviews} for review in reviews}
    while free := [key for key, after in waiting.items() if not after & waiting.keys()]:
        for key in free:
            del waiting[key]
    if waiting:
        circle = "、".join(sorted(map(str, waiting)))
        yield "reviews", _("这些审查互相等待，永远无法开始：%(keys)s。") % {"keys": circle}


def _in_order(reviews: list[Step]) -> list[Step]:
    """The reviews so that each comes after those it waits for; otherwise in the order of the manifest."""
    ordered: list[Step] = []
    while len(ordered) < len(reviews):
        done = {step.key for step in ordered}
        ordered.append(next(s for s in reviews if s.key not in done and done.issuperset(s.after)))
    return ordered


def _after(review: Mapping[str, Any]) -> tuple[str, ...]:
    after = review.get("after") or ()
    return (after,) if isinstance(after, str) else tuple(map(str, after))


def _texts(value: Any, default: str) -> Texts:
    if isinstance(value, Mapping):
        return dict(value)
    return {"zh": str(value or default), "en": str(value or default)}
