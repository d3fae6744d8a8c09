"""Under which name failed sign-ins are counted."""

from __future__ import annotations

import hashlib

from axes.utils import reset
from django.conf import settings

from zhengtong.kernel.redaction import find
from zhengtong.security.audit import queries as audit

from .models import Account

REFUSED = "identity.code.refused"
CLEARED = ("identity.second_factor.reset", "identity.account.unlocked")


def counted_as(username: str) -> str:
    """One name however it is typed: an account is found without regard to case. Of somebody's number, a digest."""
    username = username.strip().upper().casefold()  # as the database compares: İ, ı, ſ too
    if not any(find(username)):
        return username
    return hashlib.sha256(f"{settings.SECRET_KEY}{username}".encode()).hexdigest()


def forget_failures(account: Account) -> int:
    """Wrong passwords from everywhere count no more. Returns how many counters went. Wrong codes are forgotten by the
    entry that says why (sign_in/guesses.py)."""
    return int(reset(username=counted_as(account.username)))


def has_wrong_codes(account: Account) -> bool:
    """Since an official last cleared the account."""
    return any(entry.action == REFUSED for entry in audit.list_for_object(account.urn, 1, done=[REFUSED, *CLEARED]))
