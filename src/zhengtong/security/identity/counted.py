"""Under which name failed sign-ins are counted."""

from __future__ import annotations

import hashlib

from django.conf import settings

from zhengtong.kernel.redaction import find


def counted_as(username: str) -> str:
    """One name however it is typed: an account is found without regard to case. Of somebody's number, a digest."""
    username = username.strip().upper().casefold()  # as the database compares: İ, ı, ſ too
    if not any(find(username)):
        return username
    return hashlib.sha256(f"{settings.SECRET_KEY}{username}".encode()).hexdigest()
