"""A site with one stepper, as an upper room would build it, for tests with a client and with a browser."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path

from zhengtong.config.urls import urlpatterns as house
from zhengtong.security.permissions import services as permissions
from zhengtong.support.forms import queries
from zhengtong.support.forms.services import compile_form, prefill, save_draft, settle, take_step

from .factories import ACTOR, AT, PARTY, definition

VERSION = UUID(int=1)
PAGE = """{% extends "design/public.html" %}
{% block title %}试填{% endblock %}
{% block content %}<h1>开办餐饮店</h1>
{% if step %}{% include "forms/step.html" %}{% else %}{% include "forms/summary.html" %}{% endif %}{% endblock %}"""


@permissions.public("test")
def step_page(request: HttpRequest, key: str) -> HttpResponse:
    form = compile_form(definition())
    step = form.step(key)
    draft = queries.find_draft(ACTOR, "try")
    data, errors = draft.data if draft else {}, []
    prefilled = prefill(form, PARTY, ACTOR, AT, data=data)
    if request.method == "POST":
        result = take_step(
            form=form, step=step, posted=request.POST, uploads=request.FILES, current=data, prefilled=prefilled,
            actor=ACTOR, at=AT,
        )  # fmt: skip
        draft = save_draft(
            actor=ACTOR, service_key="try", version_uuid=VERSION, data=result.data, step=step.key, at=AT,
            expected_revision=int(request.POST.get("draft_revision") or 0) or None,
        )  # fmt: skip
        if result.is_finished or result.goes_to:
            return HttpResponseRedirect(f"/try/{result.goes_to.key}/" if result.goes_to else "/try-summary/")
        data, errors = result.data, result.errors
    given = {"form": form, "step": step, "data": data, "errors": errors, "prefilled": prefilled, "draft": draft}
    return HttpResponse(engines["django"].from_string(PAGE).render(given, request))


@permissions.public("test")
def summary_page(request: HttpRequest) -> HttpResponse:
    form = compile_form(definition())
    prefilled = prefill(form, PARTY, ACTOR, AT)
    data = settle(form, queries.find_draft(ACTOR, "try").data, prefilled)
    given = {"form": form, "data": data, "prefilled": prefilled, "edit_prefix": "/try/"}
    return HttpResponse(engines["django"].from_string(PAGE).render(given, request))


urlpatterns = [path("try/<slug:key>/", step_page), path("try-summary/", summary_page), *house]
