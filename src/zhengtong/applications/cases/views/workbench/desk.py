"""The officer's desk: the queue, and one case with its evidence beside its check list."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import now
from zhengtong.kernel.design import navigation
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.texts import whole_number
from zhengtong.resources.credentials import queries as credentials
from zhengtong.resources.credentials import services as credential_services
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard
from zhengtong.support.files import queries as files
from zhengtong.support.workflow import queries as workflow

from ... import law, queries, rules, services
from ...explaining import explain_clock

CASE_ACTS = (
    "accept",
    "refuse",
    "request_supplement",
    "suspend",
    "resume",
    "extend",
    "decide",
    "deliver",
    "visit",
    "comment",
)


@guard("cases.desk.open")
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """My queue, the most urgent first. Who has no cases (an auditor, say) begins where the menu begins."""
    if not permissions.could(request.actor, "cases.case.list"):
        return redirect(navigation.shown("workbench", request.actor, "")[0].url)
    box = request.GET.get("box", "todo" if queries.has_desk(request.actor) else "open")
    box = box if box in queries.BOXES else "todo"
    before = whole_number(request.GET.get("before", ""))
    skip = whole_number(request.GET.get("skip", "")) or 0
    rows = queries.list_queue(request.actor, box=box, at=now(), before=before, skip=skip)
    shown = {"rows": rows, "box": box, "is_full": len(rows) == queries.PAGE}
    if box == "todo":
        shown |= {"next": skip + queries.PAGE, "most": queries.TODO_MOST}
    return render(request, "cases/workbench/queue.html", shown)


@limited("search")
@exempt("asks only; an identity number must not stand in an address")
@guard("cases.case.list")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find cases by number, credit code or identity number (a link: by number only); straight to the only one."""
    is_posted = request.method == "POST"
    words = (request.POST if is_posted else request.GET).get("q", "").strip()[:100]
    rows = queries.list_found(request.actor, words, at=now(), by_party=is_posted) if words else []
    if len(rows) == 1:
        return redirect("workbench:case", rows[0].case.uuid)
    status = 404 if words and not rows else 200
    return render(request, "cases/workbench/found.html", {"words": words, "rows": rows}, status=status)


@guard("cases.case.read")
@require_GET
def case_detail(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """One case, side by side: evidence on the left, check list and opinion on the right, history below."""
    case = queries.get_whole_case(request.actor, case_uuid)
    return render(request, "cases/workbench/case.html", case_context(request, case))


def case_context(request: HttpRequest, case: Any, **more: Any) -> dict[str, Any]:
    """All a case page shows, the acts filtered by what is lawful now and what this officer may."""
    view = queries.view_case(case, at=now())
    version = public_services.get_pinned_version(case.service_version_uuid)
    form = public_services.form_of(version)
    lawful = queries.acts_possible(case)
    acts = {a for a in CASE_ACTS if a in lawful and permissions.allows(request.actor, f"cases.case.{a}", case)}
    evidence = _evidence(case, version)
    wants_visit = "visit" in acts and queries.is_visit_wanted(view)
    mine = queries.reviews_for(request.actor, view)
    officers = _officers(view) if mine or wants_visit else []
    able = queries.able_among(officers, "cases.review.decide", case=case) if mine else []
    return {
        "case": case,
        "view": view,
        "version": version,
        "form": form,
        "data": queries.latest_submission(case),
        "evidence": evidence,
        "shown": _shown(evidence, request.GET.get("view", "")),
        "acts": acts if wants_visit else acts - {"visit"},
        "applicant": queries.shown_applicant(case),
        "review_rows": [_review_row(view, review) for review in view.reviews],
        "reviews_mine": [_desk_of(r, version, able, request.actor, queries.is_visited(view, r)) for r in mine],
        "notice_lines": _notice_lines(version, more.get("typed")),
        "visitors": [o for o in officers if o.organisation_uuid in _visiting(view)],
        "can_record_visit": "visit" in acts,
        "procedures": rules.SPECIAL_PROCEDURES.items(),
        "limits": public_services.get_decision(version),
        "supplement_days": law.SUPPLEMENT_ANSWER_DAYS,
        "extension": _extension(view, version),
        "comments": queries.list_comments(case),
        "channels": rules.CHANNELS.items(),
        "blocking": rules.blocking_reviews(queries.review_facts(view.reviews)),
        "diagram": workflow.diagram_svg(version.process_definition_uuid, queries.diagram_states(view)),
        "templates": OPINION_TEMPLATES,
        "reveal_purposes": permissions.purposes_for(request.actor, "cases.case.reveal", case),
        **more,
    }


@limited("download")
@guard("cases.case.read")
@require_GET
def credential(request: HttpRequest, case_uuid: UUID, credential_uuid: UUID) -> FileResponse:
    """A credential that the applicant gave to this case; its holder sees who opened it."""
    case = queries.get_case(request.actor, case_uuid)
    drawn = credential_services.open_for_case(
        actor=request.actor, uuid=credential_uuid, case_urn=case.urn, purpose=f"{case.title['zh']} {case.number}",
        at=now(),
    )  # fmt: skip
    answer = FileResponse(io.BytesIO(drawn.content), filename=drawn.name, content_type="application/pdf")
    answer["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'"  # shown in the viewer
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


OPINION_TEMPLATES = (
    {
        "zh": "经审查，申请材料齐全，符合法定条件，同意。",
        "en": "The documents are complete and the legal conditions are met: favourable.",
    },
    {
        "zh": "经现场核查，布局、设施设备符合要求，同意。",
        "en": "The site visit found layout and equipment in order: favourable.",
    },
    {"zh": "经审查，不符合下列条件：", "en": "The following conditions are not met:"},
)


def _evidence(case: Any, version: Any) -> list[dict[str, Any]]:
    """Every piece with its title, and how the viewer shows it: image, page (PDF), credential, or not at all."""
    items = queries.list_evidence(case)
    stored = files.files_by_uuid([i.file_uuid for i in items if i.file_uuid])
    held = credentials.credentials_by_uuid(i.credential_uuid for i in items if i.credential_uuid)
    titles = {r["key"]: r["title"] for r in version.manifest.get("requirements", [])}
    return [
        {
            "key": str(i.file_uuid or i.credential_uuid),
            "title": titles.get(i.requirement_key, i.requirement_key),
            "file": (file := stored.get(i.file_uuid)),
            "credential": held.get(i.credential_uuid),
            "how": _how(file) if i.file_uuid else "credential",
        }
        for i in items
    ]


def _how(file: Any) -> str:
    if file is None or not file.is_viewable:
        return ""
    return "image" if file.media_type.startswith("image/") else "page"


def _shown(evidence: list[dict[str, Any]], key: str) -> dict[str, Any] | None:
    """What lies in the viewer: only the piece asked for, since opening it is on record."""
    return next((e for e in evidence if e["key"] == key), None)


def _desk_of(review: Any, version: Any, officers: list[Any], actor: Any, visited: bool) -> dict[str, Any]:
    """A review to be given an opinion on: its check list, and the colleagues to whom it could be handed."""
    declared: dict[str, Any] = next((r for r in version.manifest.get("reviews", []) if r["key"] == review.key), {})
    colleagues = [
        o for o in officers if o.organisation_uuid == review.organisation_uuid and o.account_uuid != actor.account_uuid
    ]
    return {
        "review": review,
        "checklist": declared.get("checklist", []),
        "law": declared.get("law", ""),
        "colleagues": colleagues,
        "visited": visited,
    }


def _extension(view: Any, version: Any) -> law.Extension | None:
    """What the law allows while the limit runs; nothing once it is over."""
    clock = next((c for c in view.clocks if c.key == "statutory" and c.is_open and not c.is_overdue), None)
    return law.extension_of(clock.total, is_joint=version.manifest["kind"] == "joint") if clock else None


def _officers(view: Any) -> list[Any]:
    """Who may be sent to the premises, or be handed a review: the officers of the authorities of this case."""
    organisations = [view.case.lead_organisation_uuid, *(r.organisation_uuid for r in view.reviews)]
    return directory.list_officers(organisations, now())


def _notice_lines(version: Any, typed: Any) -> list[tuple[str, Any, str]]:
    """The lines of a supplement notice, with what was typed before it was refused."""
    pairs = zip(typed.getlist("requirement"), typed.getlist("what"), strict=False) if typed else ()
    said = dict(pairs)
    lines = [(r["key"], r["title"]) for r in version.manifest.get("requirements", [])]
    return [(key, title, said.get(key, "")) for key, title in [*lines, ("form", rules.FORM_LINE)]]


def _visiting(view: Any) -> set[UUID]:
    """The authorities that share the site visit."""
    return {view.case.lead_organisation_uuid, *(r.organisation_uuid for r in view.reviews if r.needs_visit)}


def _review_row(view: Any, review: Any) -> dict[str, Any]:
    organisation = view.organisations.get(review.organisation_uuid)
    return {
        "review": review,
        "organisation": organisation.title if organisation else "",
        "clock": view.review_clocks.get(review.key),
    }


@limited("reveal")
@exempt("every look at unmasked data runs and is recorded anew; its page is not kept")
@guard("cases.case.reveal")
@require_POST
def reveal(request: HttpRequest, case_uuid: UUID) -> HttpResponse:
    """Show the personal data of this case unmasked; recorded with its purpose, and the applicant can see it."""
    data = services.reveal_submission(
        actor=request.actor, case_uuid=case_uuid, purpose=request.POST.get("purpose", ""),
        reason=request.POST.get("reason", ""), at=now(),
    )  # fmt: skip
    case = queries.get_whole_case(request.actor, case_uuid)
    return render(request, "cases/workbench/case.html", case_context(request, case, data=data, is_revealed=True))


@guard("cases.case.read")
@require_GET
def clock(request: HttpRequest, case_uuid: UUID, clock_uuid: UUID) -> HttpResponse:
    """How a deadline came about: every day counted or not, and the clause."""
    case = queries.get_case(request.actor, case_uuid)
    context = {"case": case, "explanation": explain_clock(case, clock_uuid, at=now())}
    return render(request, "cases/workbench/clock.html", context)
