"""责任认定: the log searched by hand, object, act and time, and for who read whose data; exported with proof."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.clock import CHINA, china_date, now
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.limits.providers import limited
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit import services as auditing
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions.providers import POLICIES
from zhengtong.security.permissions.services import guard

from . import exporting

FIELDS = ("actor", "object", "subject", "action", "outcome", "since", "until")
_OUTCOMES = ("done", "denied")
_YEARS = range(1990, 2200)  # in which anybody could look for an act
_NOBODY = UUID(int=0)
Faults = dict[str, list[str]]  # by field


@limited("search")
@guard("workbench.log.read")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The entries that meet what was asked, the newest first; all of them where nothing was asked."""
    asked, criteria, faults = _read(request.GET)
    entries = [] if faults else audit.search(criteria, before=_mark(request.GET.get("before", "")))
    if criteria.subject_urn:
        _record_look(request.actor, criteria.subject_urn, at=now())
    return _page(request, asked, faults, entries)


@limited("search")
@exempt("looks up only; each look is on record")
@guard("workbench.log.read")
@require_POST
def find_person(request: HttpRequest) -> HttpResponse:
    """Who read this person's data: the number is posted, so that it stands in no address; looking is on record."""
    party = identity.find_party(request.POST.get("number", "")[:40])
    _record_look(request.actor, party.urn if party else "", at=now())
    if party is None:
        messages.error(request, _("没有找到持此证件号码的人，请核对号码。"))
        return redirect("workbench:log")
    return redirect(f"{reverse('workbench:log')}?{urlencode({'subject': party.urn})}")


@limited("download")
@exempt("an export is made anew each time, and each is on record")
@guard("workbench.log.export")
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The entries found, as a table and as receipts that prove each, in one archive. The export is on record."""
    asked, criteria, faults = _read(request.POST)
    entries = [] if faults else audit.search(criteria, limit=exporting.MOST + 1)
    if not entries:
        return _page(request, asked, faults, entries)
    at = now()
    archive = exporting.export(actor=request.actor, criteria=criteria, asked=asked, entries=entries, at=at)
    answer = HttpResponse(archive, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="log-{at.astimezone(CHINA):%Y%m%d-%H%M%S}.zip"'
    return answer


@verb
def _record_look(actor: Any, urn: str, *, at: datetime) -> None:
    auditing.record(actor, "workbench.log.person_sought", urn, at=at)


def _page(request: HttpRequest, asked: dict[str, str], faults: Faults, entries: list[Any]) -> HttpResponse:
    names = directory.holder_names(_accounts(entries))
    rows = [(entry, _title(entry.action), names.get(_uuid_of(entry.actor_urn) or _NOBODY)) for entry in entries]
    query = urlencode({name: value for name, value in asked.items() if value})
    context = {
        "rows": rows,
        "asked": asked,
        "faults": faults,
        "query": query,
        "more": entries[-1].uuid if len(entries) == audit.PAGE else None,
        "tree": audit.find_checkpoint(),
        "acts": ACTIONS.items(),
        "most": exporting.MOST,
        "today": china_date(now()).isoformat(),
    }
    return render(request, "workbench/log.html", context, status=422 if faults else 200)


def _title(action: str) -> Any:
    """An act in words; of a refusal, the permission that was asked for."""
    policy = POLICIES.find(action)
    return ACTIONS.find(action) or (policy.label if policy else action)


def _accounts(entries: list[Any]) -> set[UUID]:
    return {uuid for entry in entries if (uuid := _uuid_of(entry.actor_urn))}


def _uuid_of(urn: str) -> UUID | None:
    try:
        return parse_urn(urn).uuid
    except ValueError:
        return None


def _read(posted: QueryDict) -> tuple[dict[str, str], audit.Criteria, Faults]:
    """What was typed, what it means, and by field what cannot be meant."""
    asked = {name: posted.get(name, "").strip().replace("\x00", "")[:300] for name in FIELDS}
    faults: Faults = {}
    since, until = (_day(asked, name, faults) for name in ("since", "until"))
    if since and until and until < since:
        faults["until"] = [_("截止日期早于起始日期，请对调。")]
    criteria = audit.Criteria(
        actor_urn=_named(asked, "actor", faults, _actor_urn, _("没有这个账号，请输入用户名或账号的 URN。")),
        object_urn=_named(
            asked, "object", faults, cases.find_urn, _("没有这个编号的办件，请输入办件编号或对象的 URN。")
        ),
        subject_urn=_named(asked, "subject", faults, _subject_urn, _("没有这个账号，请输入用户名或当事人的 URN。")),
        action=asked["action"],
        outcome=asked["outcome"] if asked["outcome"] in _OUTCOMES else "",
        since=since,
        until=until + timedelta(days=1) if until else None,
    )
    return asked, criteria, faults


def _named(asked: dict[str, str], name: str, faults: Faults, resolve: Any, fault: str) -> str:
    """The URN that was typed, or that of what people call it by."""
    typed = asked[name]
    if not typed or typed.startswith("urn:") or (name == "actor" and typed == "anonymous"):
        return typed
    urn = resolve(typed)
    if not urn:
        faults[name] = [fault]
    return urn


def _actor_urn(username: str) -> str:
    account = identity.find_account(username)
    return account.urn if account else ""


def _subject_urn(username: str) -> str:
    account = identity.find_account(username)
    return identity.person_urn_of(account) if account else ""


def _day(asked: dict[str, str], name: str, faults: Faults) -> datetime | None:
    """The beginning of the day in China."""
    if not asked[name]:
        return None
    try:
        day = date.fromisoformat(asked[name])
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        faults[name] = [_("不是有效的日期，请按 2026-03-02 的形式填写。")]
        return None
    return datetime.combine(day, time(), CHINA)


def _mark(before: str) -> UUID | None:
    try:
        return UUID(before) if before else None
    except ValueError:
        return None
