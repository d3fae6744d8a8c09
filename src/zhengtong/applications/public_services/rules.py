"""What a package says about one application: pure functions of the manifest and the form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zhengtong.support.expressions.services import Faulty, compile

from .definitions import (
    CredentialDef,
    QuestionDef,
    RequirementDef,
    ReviewDef,
    Texts,
    credentials_of,
    questions_of,
    requirements_of,
    reviews_of,
)

SINGLE, JOINT = "single", "joint"
_VARIABLES = {"form": dict}


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether somebody may apply. `verdict` is None while questions that matter are open; `reasons` speak against it.

    `reviews` and `requirements`: what it would take, as far as the answers go; an open point counts as yes.
    """

    verdict: bool | None
    reasons: tuple[Texts, ...]
    open_questions: tuple[str, ...]
    reviews: tuple[ReviewDef, ...]
    requirements: tuple[RequirementDef, ...]

    @property
    def is_eligible(self) -> bool:
        return self.verdict is True


@dataclass(frozen=True, slots=True)
class Bar:
    """One review in the chart of who waits for whom: working days from acceptance, `start` exclusive."""

    key: str
    title: Texts
    authority: str
    start: int
    days: int
    end: int
    waits_for: tuple[str, ...]
    alone_title: Texts
    alone_start: int
    alone_days: int
    alone_end: int
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """联办 (all at once, one case) against 分办 (one application after another)."""

    bars: tuple[Bar, ...]
    joint_days: int
    alone_days: int
    joint_visits: int
    alone_visits: int
    joint_requirements: int
    alone_requirements: int
    joint_forms: int
    alone_forms: int

    @property
    def saved_days(self) -> int:
        return self.alone_days - self.joint_days

    @property
    def saved_percent(self) -> int:
        """时限压缩率."""
        return round(100 * self.saved_days / self.alone_days) if self.alone_days else 0


def holds(condition: str, form: Mapping[str, Any], *, if_unknown: bool) -> bool:
    """Whether a CEL condition over `form` holds; an empty one does. A faulty or unknown result gives `if_unknown`.

    Closed means the careful side, so the caller names it: an unknown review takes place, an unknown right does not.
    """
    if not condition:
        return True
    try:
        judgement = compile(condition, _VARIABLES).judge({"form": dict(form)})
    except Faulty:
        return if_unknown
    return if_unknown if judgement.fault else judgement.is_true


def is_undecided(condition: str, form: Mapping[str, Any]) -> bool:
    """Whether the form does not yet hold enough to judge the condition."""
    return bool(condition) and holds(condition, form, if_unknown=True) != holds(condition, form, if_unknown=False)


def applicable_reviews(manifest: Mapping[str, Any], form: Mapping[str, Any]) -> list[ReviewDef]:
    """The reviews that take place; one whose condition cannot be judged does. `after` names only those that do."""
    chosen = [review for review in reviews_of(manifest) if holds(review.when, form, if_unknown=True)]
    return [_relinked(review, manifest, {r.key for r in chosen}) for review in chosen]


def applicable_requirements(
    manifest: Mapping[str, Any], form: Mapping[str, Any], reviews: Sequence[ReviewDef] | None = None
) -> list[RequirementDef]:
    """What must or may be handed in: its condition holds (or cannot be judged) and some review looks at it."""
    keys = {review.key for review in (applicable_reviews(manifest, form) if reviews is None else reviews)}
    return [
        requirement
        for requirement in requirements_of(manifest)
        if holds(requirement.when, form, if_unknown=True)
        and (not requirement.reviews or keys.intersection(requirement.reviews))
    ]


def applicable_credentials(
    manifest: Mapping[str, Any], form: Mapping[str, Any], favourable: Iterable[str] | None = None
) -> list[CredentialDef]:
    """What a favourable decision issues. `favourable`: the reviews that ended so; None stands for all that take place.

    A condition that cannot be judged issues nothing.
    """
    agreed = {review.key for review in applicable_reviews(manifest, form)} if favourable is None else set(favourable)
    return [
        credential
        for credential in credentials_of(manifest)
        if holds(credential.when, form, if_unknown=False) and (not credential.review or credential.review in agreed)
    ]


def review_conditions(manifest: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, bool]:
    """The booleans the process engine receives: `run_<review key>`."""
    running = {review.key for review in applicable_reviews(manifest, form)}
    return {f"run_{review.key}": review.key in running for review in reviews_of(manifest)}


def typed_answers(questions: Iterable[QuestionDef], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a page sends them (texts) as booleans and numbers; what is empty or cannot be read is left out."""
    typed = {question.key: _typed(question.type, answers.get(question.key)) for question in questions}
    return {key: value for key, value in typed.items() if value is not None}


def eligibility(manifest: Mapping[str, Any], answers: Mapping[str, Any]) -> Eligibility:
    """May they apply, what stands against it, and what would be asked and reviewed, as far as the answers go."""
    given = typed_answers(questions_of(manifest), answers)
    asked = [q for q in questions_of(manifest) if holds(q.when, given, if_unknown=False)]
    open_questions = tuple(q.key for q in asked if q.key not in given)
    answered = [q for q in asked if q.key in given and q.must]
    reasons = tuple(q.otherwise for q in answered if not holds(q.must, given, if_unknown=False))
    reviews = applicable_reviews(manifest, given)
    return Eligibility(
        verdict=False if reasons else None if open_questions else True,
        reasons=reasons,
        open_questions=open_questions,
        reviews=tuple(reviews),
        requirements=tuple(applicable_requirements(manifest, given, reviews)),
    )


def compare(manifest: Mapping[str, Any], form: Mapping[str, Any] | None = None) -> Comparison:
    """Who waits for whom: this service against its parts applied for one after another. Without a form: all reviews."""
    reviews = list(reviews_of(manifest)) if form is None else applicable_reviews(manifest, form)
    requirements = requirements_of(manifest) if form is None else applicable_requirements(manifest, form, reviews)
    promised = manifest["decision"]["promised_days"]
    bars = _bars(reviews)
    visits = (manifest.get("visits") or {}).get("count", 0)
    return Comparison(
        bars=tuple(bars),
        joint_days=promised,
        alone_days=sum(bar.alone_days for bar in bars),
        joint_visits=visits,
        alone_visits=sum(r.alone.visits if r.alone else visits for r in reviews),
        joint_requirements=sum(r.required for r in requirements),
        alone_requirements=sum(
            r.alone.requirements or _seen_by(r, requirements) if r.alone else _seen_by(r, requirements) for r in reviews
        ),
        joint_forms=1,
        alone_forms=len(reviews),
    )


def ends_of(reviews: Sequence[ReviewDef]) -> dict[str, int]:
    """For each review the working day, counted from acceptance, on which it ends at the latest. Cycles are ignored."""
    by_key = {review.key: review for review in reviews}
    ends: dict[str, int] = {}

    def end(key: str, above: frozenset[str]) -> int:
        if key not in ends:
            before = [end(k, above | {key}) for k in by_key[key].after if k in by_key and k not in above]
            ends[key] = max(before, default=0) + by_key[key].days
        return ends[key]

    for review in reviews:
        end(review.key, frozenset({review.key}))
    return ends


def item_address(basic_code: str, full_code: str, shared: Iterable[str]) -> str:
    """The key of an imported item: its basic code, or its full code where several items share the basic one."""
    return _slug(full_code) if basic_code.lower() in set(shared) else _slug(basic_code)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _relinked(review: ReviewDef, manifest: Mapping[str, Any], chosen: set[str]) -> ReviewDef:
    """With `after` over reviews that do not take place passed on to what those would have waited for."""
    if not review.after or chosen.issuperset(review.after):
        return review
    by_key = {r.key: r for r in reviews_of(manifest)}
    after: list[str] = []
    waiting, seen = list(review.after), {review.key}
    while waiting:
        key = waiting.pop(0)
        if key in seen or key not in by_key:
            continue
        seen.add(key)
        after += [key] if key in chosen else []
        waiting += [] if key in chosen else list(by_key[key].after)
    return replace(review, after=tuple(after))


def _typed(kind: str, value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if kind == "boolean":
            return {"yes": True, "true": True, "on": True, "no": False, "false": False}.get(text.lower())
        return _number(text) if kind == "number" else text or None
    fits = {"boolean": isinstance(value, bool), "number": isinstance(value, int | float), "choice": False}
    return value if fits[kind] else None


def _number(text: str) -> int | float | None:
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII):
        return None
    return float(text) if "." in text else int(text)


def _bars(reviews: Sequence[ReviewDef]) -> list[Bar]:
    ends, bars, alone_end = ends_of(reviews), [], 0
    last = max(ends.values(), default=0)
    critical = _critical(reviews, ends, last)
    for review in reviews:
        alone = review.alone.days if review.alone else review.days
        end = ends[review.key]
        bars.append(
            Bar(
                key=review.key, title=review.title, authority=review.authority, start=end - review.days,
                days=review.days, end=end, waits_for=review.after,
                alone_title=(review.alone.title if review.alone else {}) or review.title, alone_start=alone_end,
                alone_days=alone, alone_end=alone_end + alone, is_critical=review.key in critical,
            )
        )  # fmt: skip
        alone_end += alone
    return bars


def _critical(reviews: Sequence[ReviewDef], ends: Mapping[str, int], last: int) -> set[str]:
    """The reviews that would delay the whole if they were late."""
    by_key = {review.key: review for review in reviews}
    critical = {key for key, end in ends.items() if end == last}
    waiting = list(critical)
    while waiting:
        review = by_key[waiting.pop()]
        begun = ends[review.key] - review.days
        new = {k for k in review.after if ends.get(k) == begun and k not in critical}
        critical |= new
        waiting += new
    return critical


def _seen_by(review: ReviewDef, requirements: Iterable[RequirementDef]) -> int:
    return sum(r.required for r in requirements if not r.reviews or review.key in r.reviews)
