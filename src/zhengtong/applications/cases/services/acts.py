"""What every verb of a case shares: taking its lock, and witnessing the act."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.compiled import Compiled, Given
from zhengtong.kernel.errors import NotFound
from zhengtong.security.audit import services as audit
from zhengtong.support.notifications import services as notifications

from .. import rules
from ..models import Case, Review, Submission

_LOCKED = Compiled(lambda: Case.objects.locked().filter(uuid=Given("uuid")))
_LOCKED_BY_REVIEW = Compiled(lambda: Case.objects.locked().filter(reviews__uuid=Given("uuid")))
_REVIEW = Compiled(lambda: Review.objects.filter(uuid=Given("uuid")))
_LATEST = Compiled(lambda: Submission.objects.filter(case=Given("case")).order_by("-round")[:1])


def lock_case(case_uuid: UUID, *, revision: int | None = None) -> Case:
    """The case with its row locked until the transaction ends. Raises NotFound, Conflict (a stale page)."""
    case = _LOCKED.first(uuid=case_uuid)
    if case is None:
        raise NotFound
    rules.check_revision(revision, case.revision)
    return case


def lock_review(review_uuid: UUID, *, revision: int | None = None) -> tuple[Case, Review]:
    """The case, locked, and its review read after the lock: the last two opinions may race."""
    case = _LOCKED_BY_REVIEW.first(uuid=review_uuid)
    if case is None:
        raise NotFound
    rules.check_revision(revision, case.revision)
    (review,) = _REVIEW.all(uuid=review_uuid)
    review.case = case
    return case, review


def latest_submission(case: Case) -> Submission:
    """The round that counts."""
    return _LATEST.all(case=case.pk)[0]


def witness(actor: Actor, action: str, case: Case, *, at: datetime, said: bool = False, **detail: Any) -> Any:
    """Record the act in the accountability log, in this transaction; gives the entry back.

    What people wrote never goes into the log, which is for ever: with `said` the words of this revision are kept on
    the case (`Case.move`), and the log has a salted digest of them.
    """
    return audit.record(
        actor,
        action,
        case,
        at=at,
        detail={"case": case.number, **(_digest(case) if said else {}), **detail},
        case_urn=case.urn,
    )


def _digest(case: Case) -> dict[str, Any]:
    spoken = case.act_words.get(str(case.revision))
    if spoken is None:  # they had nothing to say
        return {}
    return {"revision": case.revision, "text_sha256": hashlib.sha256("".join(spoken).encode()).hexdigest()}


def tell_applicant(case: Case, kind: str, texts: tuple[str, str], *, at: datetime, note: str = "") -> None:
    """One message in the hall, in both languages; `note` is the authority's own words."""
    zh, en = texts
    title = case.title
    notifications.send(
        recipient_urn=case.applicant_urn,
        kind=f"cases.{kind}",
        subject={"zh": f"{zh}：{title.get('zh', '')}", "en": f"{en}: {title.get('en', title.get('zh', ''))}"},
        body={"zh": f"办件编号 {case.number}。{note}", "en": f"Case {case.number}. {note}"},
        link=f"/hall/cases/{case.uuid}/",
        service_key=case.service_key,
        at=at,
    )
