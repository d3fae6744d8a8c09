"""What is kept of a failed sign-in (django-axes): who was tried and from where, never what else was typed."""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest, QueryDict

from ..counted import counted_as


class DiscreetHandler(AxesDatabaseHandler):
    """Counts in the database like its parent, but keeps no field of the form and no query."""

    def user_login_failed(self, sender: Any, credentials: Any, request: HttpRequest | None = None, **more: Any) -> None:
        if request is None:
            return super().user_login_failed(sender, credentials, request, **more)
        typed, asked = request.POST, request.GET
        request.POST, request.GET = QueryDict(), QueryDict()  # type: ignore[misc,assignment]
        try:
            return super().user_login_failed(sender, credentials, request, **more)
        finally:
            request.POST, request.GET = typed, asked  # type: ignore[misc,assignment]


def name_typed(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """AXES_USERNAME_CALLABLE: the name under which failures are counted."""
    given = (credentials or {}).get("username") or request.POST.get("login") or request.POST.get("username")
    return counted_as(given) if given else None
