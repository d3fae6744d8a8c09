"""One case and what hangs on it; who may act on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.aggregates import together
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import whole_number
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import queries as permission_queries
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Case, DraftEvidence, Paper, Review
from ..query_passwords import query_code

PARTS = ("reviews", "visits", "papers", "comments", "evidence", "submissions")
RECEIPT_ACTIONS = frozenset(
    f"cases.case.{verb}"
    for verb in (
        "submitted",
        "supplemented",
        "accepted",
        "deemed_accepted",
        "supplement_requested",
        "granted",
        "denied",
    )
)


def get_case(actor: Actor, case_uuid: UUID, action: str = "cases.case.read") -> Case:
    """One case the actor may see, with its reviews. One query. Raises NotFound, Denied."""
    return _get(actor, case_uuid, action, "reviews")


def get_whole_case(actor: Actor, case_uuid: UUID, action: str = "cases.case.read") -> Case:
    """As `get_case`, with everything `view_case` shows of it, in the same query."""
    return _get(actor, case_uuid, action, *PARTS)


def _get(actor: Actor, case_uuid: UUID, action: str, *parts: str) -> Case:
    wanted = Case.objects.filter(uuid=case_uuid).select_related("decision", "supplement_notice", "rating")
    case = next(iter(together(wanted, *parts)), None)
    if case is None:
        raise NotFound
    permissions.require(actor, action, case)
    return case


def find_by_number(actor: Actor, number: str) -> Case | None:
    """The case with this number, if the actor may see it."""
    return permissions.filter(actor, "cases.case.read", Case.objects.filter(number=number.strip())).first()


def find_urn(number: str) -> str:
    """What the log calls the case with this number; empty where there is none. Says nothing of the case itself."""
    found = Case.objects.filter(number=number.strip()).first()
    return found.urn if found else ""


def find_progress(number: str, password: str) -> Case | None:
    """The case for the public progress page: number and query password must both be right."""
    case = Case.objects.filter(number=number.strip()).first()
    code = query_code(number.strip(), password)
    return case if case and constant_time_compare(case.query_code, code) else None


def urns_within_scope(actor: Actor, case_urns: Iterable[str]) -> set[str]:
    """Those of the party's cases on which the actor may act. One query, none where no case is named."""
    uuids = {urn.rpartition(":")[2]: urn for urn in case_urns if ":cases:case:" in urn}
    if not uuids:
        return set()
    own = permissions.filter(actor, "cases.case.own", Case.objects.filter(uuid__in=list(uuids)))
    return {uuids[str(uuid)] for uuid in own.values_list("uuid", flat=True)}


def acts_possible(case: Case) -> set[str]:
    """Every act lawful in the present state; whether this actor may is the policies' question."""
    return rules.acts_possible(case.status, suspended=case.is_suspended)


def latest_submission(case: Case) -> dict[str, Any]:
    """The protected data of the last round."""
    return max(case.submissions.all(), key=lambda submission: submission.round).data


def in_order(rows: Any) -> list[Any]:
    """Rows that were read together, or are read now, the oldest first."""
    return sorted(rows.all(), key=lambda row: row.pk)


def list_comments(case: Case) -> list[Any]:
    """What reviewers remarked before acceptance, oldest first."""
    return in_order(case.comments)


def list_evidence(case: Case) -> list[Any]:
    """Evidence of the latest round."""
    items = in_order(case.evidence)
    latest = max((i.round for i in items), default=1)
    return [i for i in items if i.round == latest]


def list_draft_evidence(draft_uuid: UUID) -> list[DraftEvidence]:
    return list(DraftEvidence.objects.filter(draft_uuid=draft_uuid).order_by("id"))


def get_paper(actor: Actor, paper_uuid: UUID) -> Paper:
    """One paper of a case the actor may see. Raises NotFound, Denied."""
    paper = Paper.objects.filter(uuid=paper_uuid).select_related("case").first()
    if paper is None:
        raise NotFound
    permissions.require(actor, "cases.case.read", paper.case)
    return paper


def receipts_of(history: Iterable[Any]) -> list[Any]:
    """Those entries of the history for which the applicant holds a receipt."""
    return [entry for entry in history if entry.action in RECEIPT_ACTIONS]


def list_officers(organisation_uuids: Iterable[UUID], action: str, *, case: Case, at: datetime) -> list[Any]:
    """Officers of these authorities whose post brings the permission, cleared for the case. Two queries."""
    return able_among(directory.list_officers(organisation_uuids, at), action, case=case)


def able_among(officers: Sequence[Any], action: str, *, case: Case) -> list[Any]:
    """Those of the officers whose post brings the permission, cleared for the case. One query."""
    posts = {post for officer in officers for post in officer.post_uuids}
    able = permission_queries.posts_carrying(action, posts, level=case.secrecy)
    return [officer for officer in officers if able.intersection(officer.post_uuids)]


def review_facts(reviews: Iterable[Review]) -> list[rules.ReviewFact]:
    return [rules.ReviewFact(r.key, r.state, r.outcome, r.is_optional) for r in reviews]


def number_in(post: Any, name: str) -> int | None:
    """A whole number a form carries (a revision on which its page was drawn), if it is one."""
    return whole_number(post.get(name, ""), 9)
