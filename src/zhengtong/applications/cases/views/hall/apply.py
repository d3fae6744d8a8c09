"""Applying, as a stepper: situation, form steps, evidence, confirmation, done. Every step saves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.texts import whole_number
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.permissions.services import guard
from zhengtong.support.files import queries as files
from zhengtong.support.forms import queries as form_queries
from zhengtong.support.forms import services as forms

from ... import applicants, queries, services
from ...models import Case, DraftEvidence
from ...services.evidence import EvidenceItem

FROM_GUIDE = "q_"  # the guide sends the answers it was given under this prefix


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, service_key: str) -> HttpResponse:
    """Situation: the eligibility questions; a clear answer before any typing."""
    version = public_services.get_current_version(service_key)
    if version is None:
        raise Http404
    obstacle = applicants.find_obstacle(request.actor, version)
    if obstacle is not None:
        context = {"service": version.service, "guide_url": f"/services/{service_key}/", "obstacle": obstacle}
        return render(request, "cases/hall/obstacle.html", context, status=obstacle.status)
    questions = public_services.eligibility_questions(version)
    answers = {q.key: request.POST.get(q.key, request.GET.get(f"{FROM_GUIDE}{q.key}", "")) for q in questions}
    verdict = public_services.eligibility(version, answers) if request.method == "POST" else None
    if verdict is not None and verdict.is_eligible:
        begun = services.start_draft(actor=request.actor, service_key=service_key, answers=answers, at=now())
        if begun.dropped:
            gone = _("、").join(begun.dropped)
            messages.info(request, _("办事指南已更新。以前填写的这些内容不再需要，没有带入：%s。") % gone)
        return redirect("hall:draft", begun.draft.uuid)
    context = {
        "service": version.service,
        "guide_url": f"/services/{service_key}/",
        "version": version,
        "questions": [(question, answers[question.key]) for question in questions],
        "verdict": verdict,
        "unanswered": verdict.open_questions if verdict else (),
        "draft": form_queries.find_draft(request.actor, service_key),
    }
    return render(request, "cases/hall/start.html", context, status=422 if verdict else 200)


class Desk:
    """A draft with everything its pages need; only the actor's own. Pages that change it come one after another."""

    def __init__(self, request: HttpRequest, draft_uuid: UUID) -> None:
        self.request = request
        self.draft = form_queries.get_draft(request.actor, draft_uuid, lock=request.method == "POST")
        self.version = public_services.get_version(self.draft.version_uuid)
        self.form = public_services.form_of(self.version)
        self.data = self.draft.data
        self.prefilled = forms.prefill(self.form, request.actor.party_urn, request.actor, now(), data=self.data)
        self.notice = applicants.find_notice_answered_by(self.draft)

    @property
    def case(self) -> Case | None:
        return self.notice.case if self.notice else None

    def stages(self, current: str) -> list[dict[str, Any]]:
        """The stepper: every stage with its title and whether it is the present one."""
        stages: list[dict[str, Any]] = [
            {"key": "situation", "title": {"zh": "情形选择", "en": "Your situation"}},
            *({"key": s.key, "title": s.title} for s in self.form.steps),
            {"key": "evidence", "title": {"zh": "提交材料", "en": "Evidence"}},
            {"key": "confirm", "title": {"zh": "确认提交", "en": "Confirm"}},
            {"key": "done", "title": {"zh": "完成", "en": "Done"}},
        ]
        keys = [s["key"] for s in stages]
        at = keys.index(current)
        for position, stage in enumerate(stages):
            stage["state"] = "done" if position < at else "current" if position == at else "todo"
        return stages

    @property
    def settled(self) -> dict[str, Any]:
        """What would be filed: the registers' values over what was typed, without what does not apply."""
        return forms.settle(self.form, self.data, self.prefilled)

    def keep(self, data: dict[str, Any], step_key: str, revision: int | None = None) -> None:
        """Save the draft. Raises Conflict when another page has saved it since this one was drawn."""
        self.draft = forms.save_draft(
            actor=self.request.actor,
            service_key=self.draft.service_key,
            version_uuid=self.version.uuid,
            data=data,
            step=step_key,
            at=now(),
            expected_revision=revision,
        )

    def context(self, current: str, **more: Any) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "service": self.version.service,
            "guide_url": f"/services/{self.version.service.key}/",
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
@require_safe
def draft(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """Resume where the applicant left off; from the beginning where the service has a newer version meanwhile."""
    desk = Desk(request, draft_uuid)
    if desk.notice is None and not public_services.is_current(desk.version):
        messages.info(request, _("该事项的办事指南已更新。请再回答一次情形问题，已填写的内容会带入。"))
        return redirect("hall:apply", desk.version.service.key)
    known = desk.form.step(desk.draft.step) or desk.form.steps[0]
    return redirect("hall:draft-step", draft_uuid, known.key)


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_uuid: UUID, step_key: str) -> HttpResponse:
    """One step of the form: whatever was typed is kept, and checked before going on."""
    desk = Desk(request, draft_uuid)
    this = desk.form.step(step_key)
    if this is None:
        raise Http404
    errors: list[FieldError] = []
    if request.method == "POST":
        taken = forms.take_step(
            form=desk.form, step=this, posted=request.POST, uploads=request.FILES, current=desk.data,
            prefilled=desk.prefilled, actor=request.actor, at=now(),
        )  # fmt: skip
        reached = taken.goes_to.key if taken.goes_to else step_key
        desk.keep(taken.data, reached, queries.number_in(request.POST, "draft_revision"))
        if taken.is_finished:
            return redirect("hall:draft-evidence", draft_uuid)
        if not taken.errors:
            return redirect("hall:draft-step", draft_uuid, reached)
        desk.data, desk.prefilled, errors = taken.data, dict(taken.prefilled), taken.errors
    return render(request, "cases/hall/step.html", desk.context(step_key, step=this, errors=errors))


@limited(write="upload")
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
    context = desk.context("evidence", errors=errors, wanted=_wanted(desk, queries.list_draft_evidence(draft_uuid)))
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
        number = whole_number(act.removeprefix("remove:")) or 0
        services.detach(actor=request.actor, draft_uuid=draft_uuid, evidence_id=number)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404


def _wanted(desk: Desk, given: list[DraftEvidence]) -> list[dict[str, Any]]:
    """Each requirement with what was given for it and which credentials could be referenced."""
    names = files.files_by_uuid([g.file_uuid for g in given if g.file_uuid])
    requirements = public_services.applicable_requirements(desk.version, desk.settled)
    shelf = credentials.shelf(
        desk.request.actor.party_urn, {r.key: r.credential_types for r in requirements}, now(),
        given={g.credential_uuid for g in given if g.credential_uuid},
    )  # fmt: skip
    rows = []
    for requirement in requirements:
        mine = [g for g in given if g.requirement_key == requirement.key]
        taken = {g.credential_uuid for g in mine}
        rows.append(
            {
                "requirement": requirement,
                "given": [_piece(g, names, shelf.given) for g in mine],
                "reusable": [c for c in shelf.usable[requirement.key] if c.uuid not in taken],
                "path": f"evidence.{requirement.key}",
            }
        )
    return rows


def _piece(given: Any, names: dict[UUID, Any], held: dict[UUID, Any]) -> dict[str, Any]:
    return {"id": given.pk, "file": names.get(given.file_uuid), "credential": held.get(given.credential_uuid)}


@guard("cases.case.submit")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """The last look; submitting shows every remaining fault at once, with a link to where it is mended."""
    desk = Desk(request, draft_uuid)
    evidence, errors, status = queries.list_draft_evidence(draft_uuid), [], 200
    if request.method == "POST":
        try:
            _check_seen(request, desk, evidence)
            return _submit(request, desk, evidence)
        except (Invalid, DraftMoved) as fault:
            errors, status = list(fault.fields) or [FieldError("", fault.message)], fault.status
    edit_prefix = reverse("hall:draft", args=[draft_uuid]) + "step/"
    desk.data = desk.settled
    context = desk.context(
        "confirm", errors=errors, wanted=_wanted(desk, evidence), places=_places(desk, errors), edit_prefix=edit_prefix,
        evidence_mark=applicants.evidence_mark(evidence),
    )  # fmt: skip
    return render(request, "cases/hall/confirm.html", context, status=status)


class DraftMoved(Conflict):
    """What would be filed is not what this page showed."""

    code = "draft-moved"


def _check_seen(request: HttpRequest, desk: Desk, evidence: list[DraftEvidence]) -> None:
    """Nothing is filed that was not on the page: another tab may have changed answers or evidence since."""
    seen = queries.number_in(request.POST, "draft_revision"), request.POST.get("evidence_mark")
    if seen != (desk.draft.revision, applicants.evidence_mark(evidence)):
        raise DraftMoved(_("您打开本页之后，草稿在别处有了改动，所以没有提交。下面是现在的内容，请核对后再提交。"))


def _places(desk: Desk, errors: list[FieldError]) -> list[tuple[FieldError, str]]:
    """For each fault the stage on which it is mended."""
    where = {name: s.key for s in desk.form.steps for name in s.names}
    for error in errors:
        head = error.path.partition(".")[0]
        where.setdefault(error.path, {"evidence": "evidence", "answers": "situation"}.get(head, ""))
    return [(error, where[error.path]) for error in errors]


def _submit(request: HttpRequest, desk: Desk, evidence: list[DraftEvidence]) -> HttpResponse:
    items = [EvidenceItem(e.requirement_key, e.file_uuid, e.credential_uuid) for e in evidence]
    if desk.case is not None:
        filed = services.submit_supplement(
            actor=request.actor, case_uuid=desk.case.uuid, data=desk.data, evidence=items, at=now(),
            revision=queries.number_in(request.POST, "revision"),
        )  # fmt: skip
    else:
        filed = services.submit_case(
            actor=request.actor, version_uuid=desk.version.uuid, data=desk.data, evidence=items, at=now()
        )
        forms.discard_draft(actor=request.actor, uuid=desk.draft.uuid)
    if filed.query_password:
        request.session[f"password:{filed.case.uuid}"] = filed.query_password
    return redirect("hall:case-done", filed.case.uuid)


@guard("cases.case.submit")
@require_POST
def discard(request: HttpRequest, draft_uuid: UUID) -> HttpResponse:
    """Throw the draft away: of an application for good, of a supplement to begin again from what was filed."""
    notice = applicants.find_notice_answered_by(form_queries.get_draft(request.actor, draft_uuid))
    services.discard_draft(actor=request.actor, draft_uuid=draft_uuid)
    return redirect("hall:case", notice.case.uuid) if notice else redirect("hall:home")
