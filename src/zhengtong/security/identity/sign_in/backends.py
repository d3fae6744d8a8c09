"""Which account a session belongs to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import connection
from psycopg import sql

from ..models import Account

_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_READ = sql.SQL("SELECT {} FROM security_identity_account WHERE id = %s AND is_active").format(
    sql.SQL(", ").join(sql.Identifier(field.column) for field in Account._meta.concrete_fields)
)


class AccountBackend(ModelBackend):
    """Name and password; the account of a session is read with plain SQL, for it is read in every request."""

    def get_user(self, user_id: Any) -> Account | None:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [user_id])
            row = cursor.fetchone()
        return Account.from_db(connection.alias, _FIELDS, row) if row else None
