"""The verbs of a case. Each takes the case's lock first, then: may they? is it lawful? change, witness, tell."""

from .acceptance import accept_case, comment, refuse_case, request_supplement
from .clocks import extend_case, resume_case, suspend_case
from .decision import collect, decide_case, deliver, rate_case
from .drafts import attach_credential, attach_file, detach, discard_draft, start_draft
from .evidence import EvidenceItem
from .lapses import abandon_overdue_supplements, accept_unanswered
from .moves import tell_of_moves
from .papers import render_paper
from .reveal import note_look, reveal_submission
from .review import (
    keep_opinion_draft,
    record_opinion,
    record_visit,
    release_reviews,
    schedule_visit,
    transfer_review,
)
from .stale import lapse_stale_drafts
from .submission import Submitted, submit_case, submit_supplement, withdraw_case
from .supplement import start_supplement

__all__ = [
    "EvidenceItem",
    "Submitted",
    "abandon_overdue_supplements",
    "accept_case",
    "accept_unanswered",
    "attach_credential",
    "attach_file",
    "collect",
    "comment",
    "decide_case",
    "deliver",
    "detach",
    "discard_draft",
    "extend_case",
    "keep_opinion_draft",
    "lapse_stale_drafts",
    "note_look",
    "rate_case",
    "record_opinion",
    "record_visit",
    "refuse_case",
    "release_reviews",
    "render_paper",
    "request_supplement",
    "resume_case",
    "reveal_submission",
    "schedule_visit",
    "start_draft",
    "start_supplement",
    "submit_case",
    "submit_supplement",
    "suspend_case",
    "tell_of_moves",
    "transfer_review",
    "withdraw_case",
]
