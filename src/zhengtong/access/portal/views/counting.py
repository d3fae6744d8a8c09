"""统计数据: counts of registers that their definitions open to everybody, small ones suppressed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhengtong.resources.registers import queries
from zhengtong.security.permissions.services import public


@public("statistics that definitions open")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """/statistics/: which tables there are."""
    return render(request, "portal/statistics.html", {"editions": queries.open_editions()})


@public("statistics that definitions open")
@require_safe
def table(request: HttpRequest, register_key: str) -> HttpResponse:
    """The latest open edition of a register, of one division or of all together."""
    edition = queries.get_edition(register_key, is_open=True)
    context = {"edition": edition, **queries.statistics_shown(edition, request.GET.get("division", "")[:12])}
    return render(request, "portal/statistics_table.html", context)


@public("statistics that definitions open")
@require_safe
def as_csv(request: HttpRequest, register_key: str) -> HttpResponse:  # noqa: ARG001
    """Every division and cell of it."""
    edition = queries.get_edition(register_key, is_open=True)
    response = HttpResponse(queries.csv_of(edition), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{edition.register}-{edition.day}.csv"'
    return response
