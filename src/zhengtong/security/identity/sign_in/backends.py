"""Which account a session belongs to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import connection

from ..models import Account

_READ = """
    SELECT id, password, last_login, is_superuser, username, is_staff, is_active, date_joined, uuid
    FROM security_identity_account WHERE id = %s AND is_active
"""
_FIELDS = _READ.replace(",", "").split()[1:10]


class AccountBackend(ModelBackend):
    """Name and password; the account of a session is read with plain SQL, for it is read in every request."""

    def get_user(self, user_id: Any) -> Account | None:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [user_id])
            row = cursor.fetchone()
        return Account.from_db(connection.alias, _FIELDS, row) if row else None
