"""Who may do what with a case, which acts are witnessed, and which roles bring them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    ROLES,
    SEPARATIONS,
    Policy,
    Predicate,
    Separation,
    applicant,
    client,
    clients_organisation,
    custom,
    for_purpose,
    has_permission,
    in_division,
    in_scope_of_agency,
    kept_apart,
    official,
    own_organisation,
    party_of,
    register,
    within_clearance,
)
from zhengtong.security.sso.providers import SCOPES, Scope


def _reviews_it(actor: Actor, case: Any) -> bool | None:
    if case is None:
        return None if actor.posts else False
    return not actor.organisation_uuids.isdisjoint(case.review_organisations)


def _reviews_it_q(actor: Actor) -> Q | bool:
    return Q(review_organisations__overlap=sorted(actor.organisation_uuids)) if actor.posts else False


def _assigned(actor: Actor, review: Any) -> bool | None:
    return None if review is None else review.assigned_urn in ("", actor.urn)


reviewing_authority = custom(
    {"zh": "所在部门是本办件的审查部门", "en": "works for an authority that reviews this case"},
    test=_reviews_it,
    q=_reviews_it_q,
)
assigned_or_free = custom(
    {"zh": "该审查没有转交给其他人员", "en": "the review has not been transferred to somebody else"},
    test=_assigned,
    q=lambda actor: Q(assigned_urn__in=("", actor.urn)),
    of_post=False,
)
_CASE_ACTS = (
    "accept", "refuse", "request_supplement", "deliver", "suspend", "resume", "extend", "decide", "comment", "visit",
)  # fmt: skip
for _key, _first, _second, _field, _zh, _en, _basis in (
    (
        "cases.submitter", "cases.case.submit", tuple(f"cases.case.{act}" for act in _CASE_ACTS), "submitted_by_urn",
        "不得审批、办理本人提交的件（四眼原则：提交与审批分离）",
        "Nobody handles what he handed in himself (four eyes)",
        ("内部控制：申请与审批由不同的人办理", "Internal control: who asks does not answer"),
    ),
    (
        "cases.submitter_reviews", "cases.case.submit", ("cases.review.decide", "cases.review.transfer"),
        "case__submitted_by_urn",
        "不得审查本人提交的件（四眼原则：提交与审查分离）",
        "Nobody reviews what he handed in himself (four eyes)",
        ("内部控制：申请与审查由不同的人办理", "Internal control: who asks does not review"),
    ),
    (
        "cases.accepter_decides", "cases.case.accept", ("cases.case.decide",), "accepted_by_urn",
        "不得决定本人受理的件（受理与决定分离）",
        "Nobody decides what he accepted himself (acceptance and decision are separate)",
        ("行政审批受理、审查、决定分离制度", "Acceptance, review and decision of permits are separate"),
    ),
    (
        "cases.reviewer_decides", "cases.review.decide", ("cases.case.decide",), "reviews__closed_by_urn",
        "不得决定本人出具过审查意见的件（审查与决定分离）",
        "Nobody decides a case on which he gave an opinion (review and decision are separate)",
        ("行政审批受理、审查、决定分离制度", "Acceptance, review and decision of permits are separate"),
    ),
):  # fmt: skip
    SEPARATIONS.register(
        Separation(
            _key,
            {"zh": _zh, "en": _en},
            _first,
            _second,
            _field,
            {"zh": _basis[0], "en": _basis[1]},
        )
    )

lead = own_organisation("lead_organisation_uuid")
cleared = within_clearance("secrecy")
its_party = applicant & party_of("applicant_urn") & in_scope_of_agency("service_key")
supervised = has_permission("cases.case.supervise") & in_division("division_path", "lead_organisation_uuid") & cleared


def _acting(action: str, where: Predicate) -> Predicate:
    """An officer whose post carries the act, where the case lies, cleared for it, and not a hand that is kept apart."""
    return has_permission(action) & where & cleared & kept_apart(action)


def _policy(action: str, zh: str, en: str, predicate: Any, about: tuple[str, ...] | None = None) -> None:
    register(Policy(action, {"zh": zh, "en": en}, predicate, about=about))


_policy(
    "cases.case.submit",
    "提交申请",
    "Submit an application",
    applicant & in_scope_of_agency("service_key"),
    about=("cases.intent", "cases.case"),
)
_policy(
    "cases.case.read",
    "查看办件",
    "Read a case",
    its_party | (has_permission("cases.case.read") & (lead | reviewing_authority) & cleared) | supervised,
)
_policy("cases.case.own", "办理自己的办件", "Act on one's own case", its_party)
_policy("cases.desk.open", "打开工作台", "Open the workbench", official, about=())
_policy("cases.case.supervise", "监督辖区内的办件", "Supervise the cases of one's area", supervised)
_policy(
    "cases.case.list",
    "查看办件队列",
    "See the queue",
    has_permission("cases.case.read") | has_permission("cases.case.supervise"),
    about=(),
)
for _verb, _zh, _en in (
    ("accept", "受理", "Accept"),
    ("refuse", "不予受理", "Refuse to accept"),
    ("request_supplement", "一次性补正告知", "Issue the supplement notice"),
    ("deliver", "送达", "Deliver"),
):
    _policy(f"cases.case.{_verb}", _zh, _en, _acting(f"cases.case.{_verb}", lead))
for _verb, _zh, _en in (
    ("suspend", "启动特别程序（中止计时）", "Suspend (special procedure)"),
    ("resume", "结束特别程序", "Resume"),
    ("extend", "延长期限", "Extend the time limit"),
):
    _policy(f"cases.case.{_verb}", _zh, _en, _acting(f"cases.case.{_verb}", lead))
_policy("cases.case.decide", "作出决定", "Decide", _acting("cases.case.decide", lead))
_policy(
    "cases.case.comment",
    "受理前提出意见",
    "Comment before acceptance",
    _acting("cases.case.comment", lead | reviewing_authority),
)
_policy(
    "cases.case.reveal",
    "查看未遮盖的个人信息",
    "See personal data unmasked",
    has_permission("cases.case.reveal")
    & (lead | reviewing_authority)
    & cleared
    & for_purpose("case-handling", "verification", "relief"),
)


def _reviewing(action: str) -> Predicate:
    """An officer of the authority whose review it is."""
    own = own_organisation("organisation_uuid") & within_clearance("case__secrecy")
    return has_permission(action) & own & kept_apart(action)


# What the authority's own system brings is an opinion of its officers; one handed to an officer by name is his alone.
its_system = clients_organisation("organisation_uuid") & kept_apart("cases.review.decide") & assigned_or_free
_policy(
    "cases.review.decide",
    "出具审查意见",
    "Give an opinion",
    (_reviewing("cases.review.decide") & assigned_or_free) | (client("reviews.decide") & its_system),
)
_policy(
    "cases.review.list",
    "接入系统查看本部门待审查的办件",
    "A system lists the reviews that wait for its own authority",
    client("reviews.read") & clients_organisation("organisation_uuid"),
)
_policy("cases.review.transfer", "转交审查", "Transfer a review", _reviewing("cases.review.transfer"))
_policy(
    "cases.case.visit",
    "安排和登记现场核查",
    "Arrange and record a site visit",
    _acting("cases.case.visit", lead | reviewing_authority),
)

_READ = ("cases.case.read", "cases.case.reveal")
ROLES.grant("supervisor", "cases.case.supervise")
ROLES.grant(
    "window_clerk",
    *_READ,
    "cases.case.accept",
    "cases.case.refuse",
    "cases.case.request_supplement",
    "cases.case.deliver",
)
ROLES.grant(
    "reviewer", *_READ, "cases.case.comment", "cases.review.decide", "cases.review.transfer", "cases.case.visit"
)
ROLES.grant(
    "decider",
    *_READ,
    "cases.case.decide",
    "cases.case.suspend",
    "cases.case.resume",
    "cases.case.extend",
    "cases.case.deliver",
)

for _action, _zh, _en in (
    ("cases.case.submitted", "提交申请", "Application submitted"),
    ("cases.case.accepted", "受理", "Accepted"),
    ("cases.case.deemed_accepted", "逾期未告知，依法视为受理", "Not answered in time: accepted by law"),
    ("cases.case.refused", "不予受理", "Refused to accept"),
    ("cases.case.supplement_requested", "一次性告知补正", "Supplement notice issued"),
    ("cases.case.supplemented", "提交补正材料", "Supplement handed in"),
    ("cases.case.abandoned", "逾期未补正，视为放弃", "Abandoned: supplement not handed in"),
    ("cases.case.withdrawn", "申请人撤回", "Withdrawn by the applicant"),
    ("cases.case.suspended", "启动特别程序，中止计时", "Suspended (special procedure)"),
    ("cases.case.resumed", "特别程序结束，恢复计时", "Resumed"),
    ("cases.case.extended", "延长办理期限", "Time limit extended"),
    ("cases.case.commented", "受理前提出意见", "Comment before acceptance"),
    ("cases.review.closed", "出具审查意见", "Opinion given"),
    ("cases.review.released", "受转交人不再任职，退回本部门", "Given back: whom it was handed to has left the post"),
    ("cases.review.transferred", "转交审查", "Review transferred"),
    ("cases.visit.scheduled", "安排现场核查", "Site visit arranged"),
    ("cases.visit.recorded", "登记现场核查结果", "Site visit recorded"),
    ("cases.case.granted", "作出准予决定", "Granted"),
    ("cases.case.denied", "作出不予决定", "Denied"),
    ("cases.case.delivered", "送达", "Delivered"),
    ("cases.case.rated", "办件评价", "Rated"),
):
    ACTIONS.register(_action, {"zh": _zh, "en": _en})


SCOPES.register(
    "reviews.read",
    Scope(
        {
            "zh": "读取等待本部门审查的办件清单（不含申请人信息）",
            "en": "List the reviews that wait for one's own authority, without data of applicants",
        }
    ),
)
SCOPES.register(
    "reviews.decide",
    Scope(
        {
            "zh": "代本部门工作人员提交审查意见（须写明其姓名）",
            "en": "Hand in opinions of one's own authority's officers, each by name",
        }
    ),
)


class Intent:
    """What `cases.case.submit` is asked about: a service, for a party."""

    def __init__(self, service_key: str, urn: str = "") -> None:
        self.service_key, self.urn, self.uuid = service_key, urn, uuid.UUID(int=0)
