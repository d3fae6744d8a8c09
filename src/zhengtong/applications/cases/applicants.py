"""Who may apply at all (asked before the first question, when drafting, and again when filing), and what a draft is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import FieldError, Invalid, ZhengtongError
from zhengtong.kernel.texts import localised
from zhengtong.support.forms import services as forms

from . import rules
from .models import DraftEvidence, SupplementNotice


def check_applicant(actor: Actor, version: Any) -> None:
    """Who applies is of the kind the service is for, and known surely enough. No query.

    Raises WrongParty, IdentityNotProved.
    """
    rules.check_audience(public_services.audience_of(version), actor.party_urn)
    rules.check_assurance(public_services.assurance_of(version), actor.assurance)


def find_obstacle(actor: Actor, version: Any) -> ZhengtongError | None:
    """Why the actor, as whoever he acts for now, cannot apply at all; told before any question is asked."""
    try:
        check_applicant(actor, version)
    except Invalid as obstacle:
        return obstacle
    return None


def find_notice_answered_by(draft: Any) -> SupplementNotice | None:
    """The supplement notice that a form draft answers; None for the draft of an application (then no query)."""
    number = rules.supplemented_number(draft.service_key)
    if not number:
        return None
    notices = SupplementNotice.objects.select_related("case")
    return notices.filter(case__number=number, case__applicant_urn=draft.party_urn).first()


def eligibility_faults(version: Any, data: Mapping[str, Any], stated: Mapping[str, Any]) -> list[FieldError]:
    """The questions before applying, judged again: by the answers kept with `data`, and by the form where it says more.

    A draft may be older than a question, and a program files without having seen any.
    """
    questions = {question.key: question for question in public_services.eligibility_questions(version)}
    answers = data.get(forms.ANSWERS)
    given = {k: v for k, v in answers.items() if k in questions} if isinstance(answers, Mapping) else {}
    verdict = public_services.eligibility(version, given | {k: stated[k] for k in questions if k in stated})
    faults = [FieldError("answers", localised(reason)) for reason in verdict.reasons]
    for key in verdict.open_questions:
        title = localised(questions[key].title)
        faults.append(FieldError(f"answers.{key}", _("请先回答：%(question)s") % {"question": title}, title))
    return faults


def evidence_mark(evidence: Iterable[DraftEvidence]) -> str:
    """What a page of evidence was drawn from: another mark means that something was added or taken out since."""
    return "-".join(str(item.pk) for item in evidence)
