"""Applying, as a stepper: situation, form steps, evidence, confirmation, done. Every step saves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.permissions.services import guard
from zhengtong.support.files import queries as files
from zhengtong.support.forms import queries as form_queries
from zhengtong.support.forms import services as forms

from ... import queries, services
from ...models import Case, SupplementNotice
from ...services.evidence import EvidenceItem


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, service_key: str) -> HttpResponse:
    """Situation: the eligibility questions; a clear answer before any typing."""
    version = public_services.get_current_version(service_key)
    if version is None:
        raise Http404
    questions = public_services.eligibility_questions(version)
    answers = {q.key: request.POST.get(q.key, "") for q in questions} if request.method == "POST" else {}
    verdict = public_services.eligibility(version, answers) if answers or not questions else None
    if request.method == "POST" and verdict is not None and verdict.is_eligible:
        draft = services.start_draft(actor=request.actor, service_key=service_key, answers={}, at=now())
        return redirect("hall:draft", draft.uuid)
    context = {
        "service": version.service,
        "version": version,
        "questions": questions,
        "answers": answers,
        "verdict": verdict if request.method == "POST" else None,
        "drafts": [d for d in form_queries.list_drafts(request.actor) if d.service_key == service_key],
    }
    refused = request.method == "POST"
    return render(request, "cases/hall/start.html", context, status=422 if refused else 200)


class Desk:
    """A draft with everything its pages need; loads only the actor's own."""

    def __init__(self, request: HttpRequest, draft_uuid: UUID) -> None:
        self.request = request
        self.draft = form_queries.get_draft(draft_uuid, request.actor)
        self.version = public_services.get_version(self.draft.version_uuid)
        self.form = public_services.form_of(self.version)
        self.prefilled = forms.prefill(self.form, request.actor.party_urn, request.actor, now())
        self.data = forms.with_prefilled(self.form, form_queries.draft_data(self.draft), self.prefilled)
        self.notice = SupplementNotice.objects.filter(draft_uuid=draft_uuid).select_related("case").first()

    @property
    def case(self) -> Case | None:
        return self.notice.case if self.notice else None

    def stages(self, current: str) -> list[dict[str, Any]]:
        """The stepper: every stage with its title and whether it is the present one."""
        stages = [{"key": s.key, "title": s.title} for s in self.form.steps]
        stages.append({"key": "evidence", "title": {"zh": "提交材料", "en": "Evidence"}})
        stages.append({"key": "confirm", "title": {"zh": "确认提交", "en": "Confirm"}})
        keys = [s["key"] for s in stages]
        at = keys.index(current)
        for position, stage in enumerate(stages):
            stage["state"] = "done" if position < at else "current" if position == at else "todo"
        return stages

    def following(self, current: str) -> str:
        keys = [*(s.key for s in self.form.steps), "evidence", "confirm"]
        return keys[keys.index(current) + 1]

    def context(self, current: str, **more: Any) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "service": self.version.service,
            "version": self.version,
            "form": self.form,
            "data": self.data,
            "prefilled": self.prefilled,
            "stages": self.stages(current),
            "current": current,
            "notice": self.notice,
            **more,
        }


@guard("cases.case.submit")
def draft(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """Resume where the applicant left off."""
    desk = Desk(request, draft_uuid)
    keys = [s.key for s in desk.form.steps]
    return redirect("hall:draft-step", draft_uuid, desk.draft.step if desk.draft.step in keys else keys[0])


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_uuid: UUID, step_key: str) -> HttpResponse:
    """One step of the form: saved whatever was typed, checked before going on."""
    desk = Desk(request, draft_uuid)
    if step_key not in [s.key for s in desk.form.steps]:
        raise Http404
    this = next(s for s in desk.form.steps if s.key == step_key)
    errors: list[FieldError] = []
    if request.method == "POST":
        desk.data |= forms.read_post(desk.form, step_key, request.POST)
        leaving = request.POST.get("then") == "leave"
        errors = [] if leaving else forms.validate(desk.form, desk.data, step=step_key, prefilled=desk.prefilled)
        following = desk.following(step_key)
        resume_at = step_key if errors or leaving or following in ("evidence", "confirm") else following
        forms.save_draft(
            request.actor, desk.draft.service_key, desk.version.uuid, desk.data, resume_at, now(), draft_uuid=draft_uuid
        )
        if leaving:
            return redirect("hall:home")
        if not errors:
            return redirect(f"hall:draft-{following}", draft_uuid) if following in ("evidence", "confirm") else redirect(
                "hall:draft-step", draft_uuid, following
            )
    context = desk.context(step_key, step=this, errors=errors)
    return render(request, "cases/hall/step.html", context)


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """Evidence: what is already held is referenced, the rest is uploaded."""
    desk = Desk(request, draft_uuid)
    errors: list[FieldError] = []
    if request.method == "POST":
        try:
            _change_evidence(request, draft_uuid)
            if request.POST.get("do") == "next":
                return redirect("hall:draft-confirm", draft_uuid)
            return redirect("hall:draft-evidence", draft_uuid)
        except Invalid as fault:
            path = f"evidence.{request.POST.get('requirement', '')}"
            errors = [FieldError(path, fault.message, fault.remedy)]
    context = desk.context("evidence", errors=errors, wanted=_wanted(desk))
    return render(request, "cases/hall/evidence.html", context, status=422 if errors else 200)


def _change_evidence(request: HttpRequest, draft_uuid: UUID) -> None:
    requirement, act = request.POST.get("requirement", ""), request.POST.get("do", "")
    if act == "attach":
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid(_("请先选择要上传的文件。"))
        services.attach_file(
            actor=request.actor, draft_uuid=draft_uuid, requirement_key=requirement, stream=upload,
            name=upload.name or "", at=now(),
        )  # fmt: skip
    elif act.startswith("reuse:"):
        services.attach_credential(
            actor=request.actor, draft_uuid=draft_uuid, requirement_key=requirement,
            credential_uuid=_uuid(act.removeprefix("reuse:")),
        )  # fmt: skip
    elif act.startswith("remove:"):
        number = act.removeprefix("remove:")
        services.detach(actor=request.actor, draft_uuid=draft_uuid, evidence_id=int(number) if number.isdecimal() else 0)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404


def _wanted(desk: Desk) -> list[dict[str, Any]]:
    """Each requirement with what was given for it and which credentials could be referenced."""
    given = queries.list_draft_evidence(desk.draft.uuid)
    names = files.files_by_uuid([g.file_uuid for g in given if g.file_uuid])
    held = {c.uuid: c for c in credentials.list_for_holder(desk.request.actor.party_urn)}
    rows = []
    for requirement in public_services.applicable_requirements(desk.version, desk.data):
        mine = [g for g in given if g.requirement_key == requirement.key]
        usable = credentials.usable_as_evidence(desk.request.actor.party_urn, requirement.evidence, now())
        taken = {g.credential_uuid for g in mine}
        rows.append(
            {
                "requirement": requirement,
                "given": [
                    {"id": g.pk, "file": names.get(g.file_uuid), "credential": held.get(g.credential_uuid)} for g in mine
                ],
                "reusable": [c for c in usable if c.uuid not in taken],
                "path": f"evidence.{requirement.key}",
            }
        )
    return rows


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """The last look; submitting shows every remaining fault at once, with a link to where it is mended."""
    desk = Desk(request, draft_uuid)
    errors: list[FieldError] = []
    if request.method == "POST":
        try:
            return _submit(request, desk)
        except Invalid as fault:
            errors = list(fault.fields) or [FieldError("", fault.message)]
    context = desk.context("confirm", errors=errors, wanted=_wanted(desk), places=_places(desk, errors))
    return render(request, "cases/hall/confirm.html", context, status=422 if errors else 200)


def _places(desk: Desk, errors: list[FieldError]) -> list[tuple[FieldError, str]]:
    """For each fault the stage on which it is mended."""
    where = {name: s.key for s in desk.form.steps for name in s.fields}
    return [(e, "evidence" if e.path.startswith("evidence.") else where.get(e.path.split(".")[0], "")) for e in errors]


def _submit(request: HttpRequest, desk: Desk) -> HttpResponse:
    items = [
        EvidenceItem(e.requirement_key, e.file_uuid, e.credential_uuid)
        for e in queries.list_draft_evidence(desk.draft.uuid)
    ]
    if desk.case is not None:
        filed = services.submit_supplement(
            actor=request.actor, case_uuid=desk.case.uuid, data=desk.data, evidence=items, at=now()
        )
    else:
        filed = services.submit_case(
            actor=request.actor, version_uuid=desk.version.uuid, data=desk.data, evidence=items, at=now()
        )
    forms.discard_draft(request.actor, desk.draft.uuid)
    if filed.query_password:
        request.session[f"password:{filed.case.uuid}"] = filed.query_password
    return redirect("hall:case-done", filed.case.uuid)


@guard("cases.case.submit")
@require_POST
def discard(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """Throw the draft away."""
    forms.discard_draft(request.actor, draft_uuid)
    return redirect("hall:home")
