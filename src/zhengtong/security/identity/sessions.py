"""What a session remembers: the capacity chosen, and whether a second factor was shown."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http import HttpRequest

from . import rules
from .models import Account

CAPACITY, BEGAN, IDLE = "capacity", "began", "idle"
SEEN_EVERY = timedelta(minutes=5)
_MOST_REMEMBERED = 20_000
_seen: OrderedDict[str, datetime] = (
    OrderedDict()
)  # by session, in this process: when its row was last brought up to date


def capacity_of(request: HttpRequest) -> str:
    return str(request.session.get(CAPACITY, ""))


def begin(request: HttpRequest, *, at_work: bool) -> None:
    """Who has just signed in: the session ends eight hours from now, or sooner when nothing is heard of it."""
    request.session[BEGAN] = int(time.time())
    request.session[IDLE] = int((rules.IDLE_AT_WORK if at_work else rules.IDLE_AT_HOME).total_seconds())


def end_of(data: Mapping[str, Any], at: datetime) -> datetime | None:
    """When a session with these data ends that was used at `at`; None for one in which nobody signed in."""
    if BEGAN not in data:
        return None
    return rules.session_ends(datetime.fromtimestamp(data[BEGAN], UTC), timedelta(seconds=data[IDLE]), at)


def remember_capacity(request: HttpRequest, key: str) -> None:
    request.session[CAPACITY] = key


def has_second_factor(request: HttpRequest) -> bool:
    """A one-time code was given in this session; a password alone is no second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def holds_factor(account: Account) -> bool:
    """One-time codes or a passkey; backup codes alone are no second factor."""
    held = Authenticator.objects.filter(user=account)
    return held.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def others_of(request: HttpRequest) -> list[UserSession]:
    """Where else the account is signed in."""
    rows = UserSession.objects.filter(user=request.user)  # type: ignore[misc]
    return [row for row in rows if row.session_key != request.session.session_key]


def remember_seen(session_key: str | None, at: datetime) -> None:
    """The session's row is as of now: it was just made or brought up to date."""
    if session_key:
        _seen[session_key] = at
        _seen.move_to_end(session_key)
        while len(_seen) > _MOST_REMEMBERED:
            _seen.popitem(last=False)


def note_seen(request: HttpRequest, at: datetime) -> None:
    """When a device was last seen, and from then on its idle time: at most two UPDATEs in five minutes and process.

    Only for requests that asked who it is; a note that cannot be written fails nothing.
    """
    user, key = getattr(request, "_cached_user", None), request.session.session_key
    if user is None or not user.is_authenticated or not key or at - _seen.get(key, at - SEEN_EVERY) < SEEN_EVERY:
        return
    remember_seen(key, at)
    with suppress(DatabaseError):
        UserSession.objects.filter(session_key=key, last_seen_at__lt=at - SEEN_EVERY).update(last_seen_at=at)
        if ends := end_of(dict(request.session.items()), at):
            Session.objects.filter(session_key=key).update(expire_date=ends)
