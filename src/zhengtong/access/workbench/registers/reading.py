"""Registers and their records: which there are, what they hold, and one record for a purpose."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from . import showing


@guard("registers.definition.read")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every register in force, with its authorities and about how many records it holds."""
    counts = queries.estimates()
    scores = queries.scores_of_registers() if permissions.could(request.actor, "registers.quality.read") else None
    rows = [
        (one, counts.get(one.key, 0), (scores or {}).get(one.key, (None, None))[1])
        for one in queries.definitions().values()
    ]  # fmt: skip
    context = {"rows": rows, "scores": scores, "may_read": permissions.could(request.actor, "registers.record.read")}
    return render(request, "workbench/registers/overview.html", context)


@guard("registers.definition.read")
@require_GET
def definition(request: HttpRequest, register_key: str) -> HttpResponse:
    """What a register holds: each field with its authority, secrecy and sharing; what each version changed."""
    found = queries.get_register(register_key)
    context = {
        "register": found,
        "names": showing.authority_names(found),
        "fields": [(one, found.source_of(one.name)) for one in found.fields],
        "keys": [[found.by_name[name].label for name in key] for key in found.keys],
        "versions": queries.list_versions(register_key),
        "may_read": permissions.could(request.actor, "registers.record.read"),
        "may_see_quality": permissions.could(request.actor, "registers.quality.read"),
    }
    return render(request, "workbench/registers/definition.html", context)


@limited(write="search")
@exempt("asks only; personal numbers must not stand in an address; each search is on record")
@guard("registers.record.read")
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest, register_key: str) -> HttpResponse:
    """Records by key, or by several fields, for a purpose; what was typed stands in no address."""
    register = queries.get_register(register_key)
    terms = {one.name: request.POST.get(one.name, "")[:200] for one in queries.searchable(register)}
    found, fault = None, None
    if request.method == "POST":
        try:
            purpose = queries.purpose_of(request.POST.get("purpose", ""), request.POST.get("matter", ""))
            found = services.seek_records(
                actor=request.actor, register=register_key, terms=terms, purpose=purpose, at=now()
            )
        except Invalid as refused:
            fault = refused
    context = {
        "register": register,
        "fields": [(one, terms[one.name], queries.is_prefix(one)) for one in queries.searchable(register)],
        "found": found,
        "records": [
            (one, showing.titled(one), showing.rows_of(one), found.slips.get(one.uuid, ())) for one in found.records
        ]
        if found
        else [],
        "forgives": queries.forgives_slips(register),
        "purposes": showing.purposes_known(),
        "typed": request.POST,
        "fault": fault,
    }
    return render(request, "workbench/registers/find.html", context, status=fault.status if fault else 200)


@guard("registers.record.read")
@require_GET
def record(request: HttpRequest, register_key: str, record_uuid: UUID) -> HttpResponse:
    """A record masked, as it is, or as it was on a day as known on another."""
    return page(request, register_key, record_uuid, asked=request.GET)


@limited("reveal")
@exempt("every look at unmasked data runs and is recorded anew; its page is not kept")
@guard("registers.record.read")
@require_POST
def reveal(request: HttpRequest, register_key: str, record_uuid: UUID) -> HttpResponse:
    """The record with what is granted for the purpose, on record for whom it concerns."""
    return page(request, register_key, record_uuid, asked=request.POST, is_revealed=True)


def page(
    request: HttpRequest, register_key: str, record_uuid: UUID, *, asked: Any, is_revealed: bool = False,
    fault: Invalid | None = None, open_form: str = "",
) -> HttpResponse:  # fmt: skip
    """The page of a record; with a fault of one of its forms."""
    register, at = queries.get_register(register_key), now()
    on, known, days_fault = _days(asked)
    fault = fault or days_fault
    ask: dict[str, Any] = {"register": register_key, "uuid": record_uuid, "at": at}
    ask |= {"on": on, "known": showing.end_of(known)}
    purpose = None
    if is_revealed and not fault:
        try:
            purpose = queries.purpose_of(asked.get("purpose", ""), asked.get("matter", ""))
        except Invalid as refused:
            fault, open_form = refused, "reveal"
    if purpose:
        answer = services.reveal_record(actor=request.actor, purpose=purpose, **ask)
    else:
        answer = services.look_at(**ask)
    context = {
        "register": register, "record_uuid": record_uuid, "answer": answer, "rows": showing.rows_of(answer),
        "title": showing.titled(services.look_at(register=register_key, uuid=record_uuid, at=at)),
        "on": on, "known": known, "purpose": purpose, "purposes": showing.purposes_known(),
        "acts": [(act, [register.by_name[n].label for n in act.fields if n in register.by_name])
                 for act in queries.history_of(record_uuid)],
        "disputes": [(one, register.by_name[one.field].label) for one in queries.disputes_of(record_uuid)],
        "may_write": bool(set(showing.own_authorities(register, request.actor)))
        and permissions.could(request.actor, "registers.record.write"),
        "may_dispute": permissions.could(request.actor, "registers.dispute.raise"),
        "flags": queries.flag_labels(answer.flags) if answer else [],
        "survivor": queries.survivor_of(record_uuid),
        "fault": fault, "open_form": open_form, "typed": request.POST,
    }  # fmt: skip
    return render(request, "workbench/registers/record.html", context, status=fault.status if fault else 200)


def _days(asked: Any) -> tuple[date | None, date | None, Invalid | None]:
    """The day asked about, the day of knowledge, and what is wrong with either."""
    try:
        on = showing.day_of(asked.get("on", ""), "on", _("哪一天的情况"))
        return on, showing.day_of(asked.get("known", ""), "known", _("按哪一天所知")), None
    except Invalid as fault:
        return None, None, fault
