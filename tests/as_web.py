"""Every request of every test works with the rights of the web process: so all of them try `config/node/rights.py`.

The rest of a test is the owner's, as background work and commands are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

from zhengtong.config.node.database import WEB


class AsWeb:
    """Takes the web's role for the time of a request, past Django's own counting of queries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = _connection()
        if raw is None or _has_failed(raw):
            return self.get_response(request)
        raw.execute(f"SET ROLE {WEB}")
        try:
            return self.get_response(request)
        finally:
            if raw is connection.connection and not raw.closed and not _has_failed(raw):
                raw.execute("RESET ROLE")


def _connection() -> Any:
    """None in a test that may not use the database."""
    try:
        connection.ensure_connection()
    except RuntimeError:
        return None
    return connection.connection


def _has_failed(raw: Any) -> bool:
    return raw.info.transaction_status == TransactionStatus.INERROR
