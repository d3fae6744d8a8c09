"""/services/<key>/: the guide of one service."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from zhengtong.applications.public_services import queries as services
from zhengtong.kernel.texts import language, localised
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions.services import public

from .. import charts, finder

PREFIX = "q_"


@public("guides are public information (政府信息公开条例 20)")
@require_safe
def guide(request: HttpRequest, key: str) -> HttpResponse:
    """The guide; the answers to the eligibility questions come in the address, so that they can be kept and sent."""
    service = services.get_service(key)
    if service.key != key:
        return redirect("portal:guide", service.key, permanent=True)
    context: dict[str, Any] = {
        "service": service,
        "guide": services.get_guide(service),
        "card": services.summary_card(service),
        "covering": services.list_covering(service),
        "covered": services.list_covered(service),
        "task_type": dict(finder.item_types()).get(service.task_type),
        "apply_url": "",
    }
    if service.current_version is not None:
        context |= _of_version(request, service.current_version)
    return render(request, "portal/guide.html", context)


def _of_version(request: HttpRequest, version: Any) -> dict[str, Any]:
    """What only a service with a package has: questions, clocks, flow, comparison."""
    given = {k.removeprefix(PREFIX): str(v).strip() for k, v in request.GET.items() if k.startswith(PREFIX)}
    answers = {key: value for key, value in given.items() if value}
    authorities = _authorities(version)
    comparison = services.comparison(version)
    return {
        "authorities": authorities,
        "level": services.assurance_of(version),
        "answers": answers,
        "questions": [_question(q, answers) for q in services.eligibility_questions(version)],
        "eligibility": services.eligibility(version, answers) if answers else None,
        "comparison": comparison,
        "chart": charts.draw(comparison, authorities),
        "flow": mark_safe(services.flow_svg(version)),  # noqa: S308  drawn by our own server from checked definitions
        "apply_url": _apply_url(version.service.key, request),
    }


def _question(question: services.QuestionDef, answers: dict[str, str]) -> dict[str, Any]:
    """A question as the page draws it: its choices and the answer given."""
    yes_no = (("yes", {"zh": "是", "en": "Yes"}), ("no", {"zh": "否", "en": "No"}))
    return {
        "key": question.key,
        "title": question.title,
        "help": question.help,
        "type": question.type,
        "choices": yes_no if question.type == "boolean" else question.options,
        "answer": answers.get(question.key, ""),
    }


def _authorities(version: Any) -> dict[str, str]:
    """Names of the authorities of a version by the package's keys, in the language of the page."""
    uuids = {key: version.organisation_of(key) for key in version.organisations}
    found = directory.organisations_by_uuid(uuids.values())
    return {key: _name(found[uuid]) for key, uuid in uuids.items() if uuid in found}


def _name(organisation: Any) -> str:
    return localised({"zh": organisation.name, "en": getattr(organisation, "name_en", "")}, language())


def _apply_url(key: str, request: HttpRequest) -> str:
    """The hall's page for a new application, with the answers given here."""
    try:
        address = reverse("hall:apply", args=[key])
    except NoReverseMatch:
        return ""
    query = request.GET.copy()
    for name in [n for n in query if not n.startswith(PREFIX)]:
        del query[name]
    return f"{address}?{query.urlencode()}" if query else address
