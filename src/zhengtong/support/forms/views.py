"""The choices of a long code table, for the search box of a form. Pages work without it."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from zhengtong.kernel.texts import localised
from zhengtong.security.permissions import services as permissions

from . import queries


@require_safe
@permissions.public("code tables are public")
def options(request: HttpRequest, table: str) -> JsonResponse:
    """`?q=餐` → {"options": [{"code", "title"}]}, at most twenty."""
    found = queries.search_options(table, request.GET.get("q", ""))
    answer = JsonResponse({"options": [{"code": one.code, "title": localised(one.title)} for one in found]})
    patch_cache_control(answer, private=True, max_age=300)
    return answer
