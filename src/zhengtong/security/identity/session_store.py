"""Sessions in the database, read with plain SQL: it happens in every request of everybody who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

_READ = """
    SELECT session_key, session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s
"""


class SessionStore(db.SessionStore):
    """Django's store; it reads its own way, and a session of somebody signed in ends as `sessions.end_of` says."""

    expires_at: datetime | None = None  # as it was read; who is still at work moves it (`sessions.note_seen`)

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        from . import sessions  # the libraries' models: not before they are there

        row = super().create_model_instance(data)
        row.expire_date = sessions.end_of(data, timezone.now()) or row.expire_date
        return row

    def _get_session_from_db(self) -> Session | None:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return None
        self.expires_at = row[2]
        return Session(session_key=row[0], session_data=row[1], expire_date=row[2])
