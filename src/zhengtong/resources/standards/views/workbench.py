"""代码表与数据元: what codes and elements there are, on any day; what became of an old code; who uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import guard

from .. import queries
from ..rules.days import parse_day
from ..rules.telling import KIND_TEXTS, outcome_text

PAGE = 100
MOST_EDITIONS = 12


def _asked(request: HttpRequest, name: str, longest: int = 60) -> str:
    return request.GET.get(name, "").strip()[:longest]


@guard("standards.table.read")
@require_GET
def tables(request: HttpRequest) -> HttpResponse:
    """Every code table with its present edition."""
    today = china_date(now())
    current = queries.current_editions(today)
    rows = [(table, current.get(table.pk)) for table in queries.list_tables()]
    return render(request, "standards/tables.html", {"rows": rows, "tab": "tables"})


@limited("search")
@guard("standards.table.read")
@require_GET
def table(request: HttpRequest, key: str) -> HttpResponse:
    """One table as it stood in an edition or on a day: as a tree, or what matches the words."""
    found = queries.get_table(key)
    editions = queries.editions_of(found)
    day, fault = _day(_asked(request, "on"), china_date(now()))
    version = _asked(request, "version")
    edition = queries.choose_edition(editions, version) if version else queries.edition_on(editions, day)
    day = edition.day if edition and version else day
    words, parent = _asked(request, "q"), _asked(request, "parent", 20)
    is_tree = queries.has_tree(key)
    page = queries.page_codes(
        key, on=day, parent=None if words or not is_tree else parent, words=words, after=_asked(request, "after"),
        limit=PAGE,
    )  # fmt: skip
    path = queries.path_of(key, parent, on=day) if parent else []
    context = {
        "table": found, "editions": editions, "shown_editions": editions[:MOST_EDITIONS], "edition": edition,
        "day": day, "version": version, "words": words, "parent": parent, "path": path, "page": page, "fault": fault,
        "is_tree": is_tree, "today": china_date(now()), "uses": queries.uses_of_table(key), "tab": "tables",
    }  # fmt: skip
    return render(request, "standards/table.html", context, status=422 if fault else 200)


def _day(text: str, usual: date) -> tuple[date, str]:
    """The day, and what is wrong with it."""
    if not text:
        return usual, ""
    day = parse_day(text)
    return (day, "") if day else (usual, _("请写成 1985、1985-12 或 1985-12-31。"))


@guard("standards.table.read")
@require_GET
def diff(request: HttpRequest, key: str) -> HttpResponse:
    """What differs between two editions; without any named, between the two newest."""
    table = queries.get_table(key)
    editions = queries.editions_of(table)
    if len(editions) < 2:
        raise NotFound(_("这个代码表只有一个版本，没有可比较的内容。"), remedy=_("载入新版本后再比较。"))
    new = queries.choose_edition(editions, _asked(request, "new") or editions[0].version)
    old = queries.choose_edition(editions, _asked(request, "old") or editions[1].version)
    old, new = sorted((old, new), key=lambda one: one.day)
    context = {
        "table": table, "editions": editions, "old": old, "new": new, "tab": "tables",
        "diff": queries.diff_days(key, old.day, new.day),
    }  # fmt: skip
    return render(request, "standards/diff.html", context)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of the chain as the page draws it."""

    step: queries.Step
    kind: dict[str, str]


@limited("search")
@guard("standards.table.read")
@require_GET
def resolve(request: HttpRequest, key: str) -> HttpResponse:
    """What an old code is today, with every step on the way."""
    today = china_date(now())
    code, start_text, end_text = _asked(request, "code", 20), _asked(request, "from"), _asked(request, "to")
    start, start_fault = _day(start_text, today)
    end, end_fault = _day(end_text, today)
    faults = {"from": start_fault, "to": end_fault}
    answer = None
    if code and not any(faults.values()):
        answer = queries.resolve(key, code, from_=start if start_text else None, to=end)
    legs = [Leg(step, KIND_TEXTS[step.kind]) for step in answer.steps] if answer else []
    context = {
        "table": queries.get_table(key), "code": code, "from": start_text, "to": end_text, "faults": faults,
        "answer": answer, "said": outcome_text(answer) if answer else None, "legs": legs, "end": end, "tab": "tables",
    }  # fmt: skip
    return render(request, "standards/resolve.html", context, status=422 if any(faults.values()) else 200)


@limited("search")
@guard("standards.table.read")
@require_GET
def elements(request: HttpRequest) -> HttpResponse:
    """The catalogue of data elements."""
    words, theme, after = _asked(request, "q"), _asked(request, "theme"), _asked(request, "after")
    context = {
        "page": queries.list_elements(words, theme=theme, after=after), "words": words, "theme": theme, "after": after,
        "themes": queries.list_themes(), "tab": "elements",
    }  # fmt: skip
    return render(request, "standards/elements.html", context)


@guard("standards.table.read")
@require_GET
def element(request: HttpRequest, identifier: str) -> HttpResponse:
    """One data element, its versions and who uses it."""
    version = _asked(request, "version", 4)
    found = queries.get_element(identifier, int(version) if version.isascii() and version.isdigit() else None)
    context: dict[str, Any] = {
        "element": found, "versions": queries.list_element_versions(identifier),
        "uses": queries.uses_of_element(identifier), "tab": "elements",
    }  # fmt: skip
    return render(request, "standards/element.html", context)
