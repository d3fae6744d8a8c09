"""What a session remembers: the capacity chosen, and whether a second factor was shown."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http import HttpRequest

from . import rules
from .models import Account
from .providers import ON_SESSION_ENDED

CAPACITY, BEGAN, IDLE, MARK = "capacity", "began", "idle", "mark"
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


def mark_of(request: HttpRequest) -> UUID:
    """What other rooms call this session: unlike its key it stays the same, and opens nothing."""
    if MARK not in request.session:
        request.session[MARK] = str(uuid4())
    return UUID(request.session[MARK])


def announce_end(data: Mapping[str, Any], at: datetime) -> None:
    """What other rooms opened on the strength of the session with these data ends as they see fit."""
    if mark := data.get(MARK):
        for _key, end_ in ON_SESSION_ENDED.items():
            end_(UUID(mark), at)


def end(session: UserSession, at: datetime) -> None:
    """End a session of another device, from its next request on."""
    kept = Session.objects.filter(session_key=session.session_key).first()
    announce_end(kept.get_decoded() if kept else {}, at)
    session.end()


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
    key = _noted_as(request, at)
    if not key:
        return
    remember_seen(key, at)
    with suppress(DatabaseError):
        UserSession.objects.filter(session_key=key, last_seen_at__lt=at - SEEN_EVERY).update(last_seen_at=at)
        if ends := end_of(dict(request.session.items()), at):
            Session.objects.filter(session_key=key).update(expire_date=ends)


def _noted_as(request: HttpRequest, at: datetime) -> str | None:
    """The key of the session, if this request will move its end; None where it was moved lately, or only asked."""
    user, key = getattr(request, "_cached_user", None), request.session.session_key
    if user is None or not user.is_authenticated or not key or getattr(request, "session_only_asked", False):
        return None
    return key if at - _seen.get(key, at - SEEN_EVERY) >= SEEN_EVERY else None


def ends_at(request: HttpRequest, at: datetime) -> datetime | None:
    """When this session ends of which nothing more is heard after this request; None for nobody's."""
    if not request.user.is_authenticated:
        return None
    kept = getattr(request.session, "expires_at", None)
    return end_of(dict(request.session.items()), at) if kept is None or _noted_as(request, at) else kept


def stay(request: HttpRequest, at: datetime) -> datetime | None:
    """Somebody asks to stay signed in: the idle time begins anew, even if that was noted a moment ago."""
    _seen.pop(request.session.session_key or "", None)
    note_seen(request, at)
    return end_of(dict(request.session.items()), at)


def is_longest(request: HttpRequest, until: datetime) -> bool:
    """Whether nothing moves the end any more: eight hours after signing in."""
    began = datetime.fromtimestamp(request.session.get(BEGAN, 0), UTC)
    return until >= began + rules.SESSION_LASTS
