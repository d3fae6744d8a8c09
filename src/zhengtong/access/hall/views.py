"""What belongs to the applicant: reminders, drafts, cases, credentials, messages, and who read my data."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.applications.cases import queries as cases
from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.texts import Texts, localised, whole_number
from zhengtong.resources.credentials import queries as credentials
from zhengtong.resources.credentials import services as credential_services
from zhengtong.resources.registers import queries as registers
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit import services as audit_services
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard
from zhengtong.security.sso import queries as sso
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.forms import queries as forms
from zhengtong.support.notifications import queries as notifications
from zhengtong.support.notifications import services as notification_services

SHOWN = 5
NOBODY = UUID(int=0)
PAGE = 24  # credentials on a page of the list


@guard("hall.home.read")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """我的: what waits for me, my drafts, my cases, my credentials, my latest messages."""
    actor = request.actor
    mine = cases.list_own(actor, limit=SHOWN)
    clocks = deadlines.clocks_for([c.urn for c in mine], at=now(), open_only=True)
    drafts = forms.list_drafts(actor)
    versions = public_services.versions_by_uuid({d.version_uuid for d in drafts})
    context = {
        "rows": [(case, cases.pressing_clock(clocks[case.urn])) for case in mine],
        "waiting": [case for case in mine if case.status == "supplement"],
        "drafts": [(d, versions[d.version_uuid].service.title) for d in drafts if d.version_uuid in versions],
        "credentials": credentials.cards_for_actor(actor, at=now(), limit=SHOWN),
        "latest": notifications.list_messages(
            actor.party_urn, services=actor.limited_to, private=actor.is_for_oneself, limit=SHOWN
        ),
    }
    return render(request, "hall/home.html", context)


@guard("hall.home.read")
@require_GET
def credential_list(request: HttpRequest) -> HttpResponse:
    """我的证照: every credential held, valid or not, with PDF and public verification page; and who used them."""
    cards = credentials.cards_for_actor(request.actor, at=now(), limit=PAGE + 1, after=request.GET.get("after", ""))
    context = {
        "credentials": cards[:PAGE],
        "after": cards[PAGE - 1].place if len(cards) > PAGE else "",
        "uses": _uses_within_scope(request.actor, credentials.list_uses(request.actor.party_urn)),
    }
    return render(request, "hall/credentials.html", context)


def _uses_within_scope(actor: Actor, uses: list[Any]) -> list[Any]:
    """All; for an agent limited to some services those in a case of one, or without a case of a credential of one."""
    if actor.limited_to is None:
        return uses
    within = cases.urns_within_scope(actor, (use.case_urn for use in uses))
    return [
        use
        for use in uses
        if (use.case_urn in within if use.case_urn else use.credential.service_key in actor.limited_to)
    ]


@limited("download")
@guard("credentials.credential.download")
@require_GET
def credential_pdf(request: HttpRequest, credential_uuid: UUID) -> FileResponse:
    """The credential as PDF; its QR code leads to the public verification page."""
    drawn = credential_services.download(actor=request.actor, uuid=credential_uuid, at=now())
    return FileResponse(io.BytesIO(drawn.content), filename=drawn.name, content_type="application/pdf")


@limited("download")
@guard("credentials.credential.download")
@require_GET
def credential_receipt(request: HttpRequest, credential_uuid: UUID) -> HttpResponse:
    """The signed receipt of the issue, for whoever may download the credential."""
    credential = credentials.get(credential_uuid)
    permissions.require(request.actor, "credentials.credential.download", credential)
    entry = audit.find_done(credential.urn, "credentials.credential.issued")
    if entry is None:
        raise NotFound(_("没有这份回执。"))
    content = audit_services.receipt_file(entry)
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="receipt-{credential.uuid}.json"'
    return response


@guard("hall.home.read")
@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    """我的消息, newest first."""
    before = whole_number(request.GET.get("before", ""))
    actor = request.actor
    messages = notifications.list_messages(
        actor.party_urn, services=actor.limited_to, private=actor.is_for_oneself, before=before
    )
    older = messages[-1].pk if len(messages) == notifications.PAGE else None
    return render(request, "hall/messages.html", {"inbox": messages, "older": older})


@guard("hall.home.read")
@require_POST
def messages_read(request: HttpRequest) -> HttpResponse:
    """Mark every message as read."""
    actor = request.actor
    notification_services.mark_all_read(
        actor.party_urn, at=now(), services=actor.limited_to, private=actor.is_for_oneself
    )
    return redirect("hall:messages")


@guard("hall.home.read")
@require_GET
def reads(request: HttpRequest) -> HttpResponse:
    """谁看过我的数据: every unmasked read of personal data, with who, from where, when and why, the newest first."""
    before = whole_number(request.GET.get("before", ""))
    party = request.actor.party_urn
    page = audit.list_reads_of(party, before=before, among=registers.whole_registers_with(party))
    entries = _reads_within_scope(request.actor, page)
    accounts = {entry.id: _account(entry.actor_urn) for entry in entries}
    held = directory.posts_at((account, entry.at) for entry in entries if (account := accounts[entry.id]))
    systems = sso.systems_by_urn(entry.actor_urn for entry in entries if entry.capacity == Capacity.CLIENT)
    rows = [
        (entry, _reader(entry, held.get((accounts[entry.id] or NOBODY, entry.at), []), systems)) for entry in entries
    ]
    older = page[-1].id if len(page) == audit.PAGE else None
    return render(request, "hall/reads.html", {"rows": rows, "older": older})


def _reads_within_scope(actor: Actor, entries: list[Any]) -> list[Any]:
    """All; for an agent limited to some services those in cases of these."""
    if actor.limited_to is None:
        return entries
    within = cases.urns_within_scope(actor, (entry.case_urn for entry in entries))
    return [entry for entry in entries if entry.case_urn in within]


_CAPACITIES: dict[str, Any] = {
    Capacity.OFFICIAL: _("工作人员（岗位不详）"),
    Capacity.SYSTEM: _("系统自动处理"),
    Capacity.RESIDENT: _("本人"),
    Capacity.REPRESENTATIVE: _("法定代表人"),
    Capacity.AGENT: _("代理人"),
}


def _reader(entry: Any, posts: list[directory.Officer], systems: Mapping[str, Texts]) -> Any:
    """Who read, in words: an official by the posts held at that moment, a system by its name, others by capacity."""
    if entry.capacity == Capacity.OFFICIAL and posts:
        return "；".join(f"{localised(post.organisation)} {localised(post.title)}" for post in posts)
    if entry.actor_urn in systems:
        return localised(systems[entry.actor_urn])
    return _CAPACITIES.get(entry.capacity, entry.capacity)


def _account(urn: str) -> UUID | None:
    """The account behind an actor's URN; None for the node itself."""
    try:
        return parse_urn(urn).uuid
    except ValueError:
        return None
