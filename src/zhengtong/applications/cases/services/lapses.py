"""What happens when nobody acts in time: silence accepts (行政许可法 32(4)), an unanswered notice ends the case."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.support.deadlines import queries as deadline_queries
from zhengtong.support.deadlines import services as deadlines
from zhengtong.support.workflow import services as workflow

from .. import law
from ..events import CaseClosed
from ..models import Case, CaseQuerySet, Status
from .acceptance import take_in, unanswered
from .acts import latest_submission, lock_case, tell_applicant, witness
from .supplement import drop_supplement_drafts

log = logging.getLogger(__name__)
_BATCH = 500


def accept_unanswered(*, at: datetime) -> int:
    """Note the acceptance of every application nobody answered in five working days. Returns how many."""
    old = Case.objects.filter(
        status=Status.SUBMITTED, service_type=law.LICENCE, submitted_at__lt=at - timedelta(days=law.ACCEPTANCE_DAYS)
    )
    return _each(old, _accept_by_law, at=at)


def abandon_overdue_supplements(*, at: datetime) -> int:
    """Close every case whose supplement was not handed in by its date. Returns how many."""
    asked = Case.objects.filter(status=Status.SUPPLEMENT, supplement_notice__answer_by_date__lt=china_date(at))
    return _each(asked, _abandon, at=at)


def _each(cases: CaseQuerySet, act: Callable[..., bool], *, at: datetime) -> int:
    """Do it to one after the other, each in a transaction of its own. One that fails is logged and left for next time:
    the others do not wait for it."""
    done, last = 0, 0
    while batch := list(cases.filter(pk__gt=last).order_by("pk").values_list("pk", "uuid")[:_BATCH]):
        last = batch[-1][0]
        for _pk, case_uuid in batch:
            try:
                done += act(case_uuid, at=at)
            except Exception:
                log.exception("case %s could not be brought to where the law sees it", case_uuid)
    return done


@verb
def _accept_by_law(case_uuid: UUID, *, at: datetime) -> bool:
    case = lock_case(case_uuid)
    if case.status != Status.SUBMITTED:
        return False
    latest = latest_submission(case)
    since = unanswered(case, latest, at=at)
    if since is not None:
        take_in(system_actor("acceptance"), "cases.case.deemed_accepted", case, latest, since=since, at=at)
    return since is not None


@verb
def _abandon(case_uuid: UUID, *, at: datetime) -> bool:
    case = lock_case(case_uuid)
    if case.status != Status.SUPPLEMENT or china_date(at) <= _last_day_to_answer(case, at=at):
        return False
    case.move(status=Status.ABANDONED)
    drop_supplement_drafts(case)
    deadlines.stop(case.urn, None, at=at)
    workflow.cancel(case.urn, at=at)
    witness(system_actor("supplements"), "cases.case.abandoned", case, at=at)
    tell_applicant(
        case, "abandoned", ("逾期未补正，申请已终止", "Not completed in time: the application has ended"), at=at
    )
    events.publish(CaseClosed(case_uuid=str(case.uuid)))
    return True


def _last_day_to_answer(case: Case, *, at: datetime) -> date:
    """The clock's day under the calendar in force, but never before the one the notice names: people relied on it."""
    told: date = case.supplement_notice.answer_by_date
    clocks = deadline_queries.clocks_of(case.urn, at=at)
    due = (c.due_date for c in clocks if c.key == "supplement" and c.is_open and c.due_date)
    return max([told, *due])
