"""Statistics of a register by division: a table, a chart of the same figures, CSV. Small counts are suppressed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhengtong.resources.registers import queries
from zhengtong.security.permissions.services import guard


@guard("registers.quality.read")
@require_GET
def page(request: HttpRequest, register_key: str) -> HttpResponse:
    """The latest edition, of one division or of all together."""
    register = queries.get_register(register_key)
    edition = queries.find_edition(register_key)
    context = {"register": register, "edition": edition}
    if edition:
        context |= queries.statistics_shown(edition, request.GET.get("division", "")[:12])
    return render(request, "workbench/registers/statistics.html", context)


@guard("registers.quality.read")
@require_GET
def as_csv(request: HttpRequest, register_key: str) -> HttpResponse:  # noqa: ARG001
    """Every division and cell of the latest edition."""
    edition = queries.get_edition(queries.get_register(register_key).key)
    response = HttpResponse(queries.csv_of(edition), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{register_key}-{edition.day}.csv"'
    return response
