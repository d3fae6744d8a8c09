"""Telling systems that somebody has signed out here (OpenID Connect Back-Channel Logout 1.0): by a job that tries
again, after the commit. Signing out waits for nobody."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import requests
from procrastinate.contrib.django import app

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto

from .. import rules
from ..models import LogoutNotice, SignIn, System
from .id_tokens import issuer, sign
from .subjects import subject_of

log = logging.getLogger(__name__)
NODE = system_actor("logout")
TELL = "zhengtong.security.sso.tell_logout"  # the task in tasks.py
QUEUE = "logout"
MOST_ATTEMPTS = 7  # in about an hour and a half: `tasks.PATIENCE`
PATIENCE = (5, 10)  # seconds to connect, and to wait for the answer
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class NotYetTold(RuntimeError):
    """The system did not answer, or did not say that it was told."""


def sid_of(system: System, session_mark: UUID | None) -> str:
    """The name of a session here for one system: another for every system, and none of them leads back."""
    if session_mark is None:
        return ""
    code = crypto.mac(f"{system.key}\n{session_mark}".encode(), "sso.session")
    return base64.urlsafe_b64encode(code[:24]).decode()


def announce(sign_ins: Iterable[SignIn], at: datetime, *, whole_account: bool = False) -> None:
    """Let the systems of these sign-ins know, each once for each session; `whole_account`: of every session at once."""
    wanted: dict[tuple[int, str, str], System] = {}
    for row in sign_ins:
        if row.system.backchannel_logout_uri and row.exchanged_at is not None:
            sid = "" if whole_account else sid_of(row.system, row.session_mark)
            wanted[row.system_id, subject_of(row.system, row.account_uuid), sid] = row.system
    for (_pk, subject, sid), system in wanted.items():
        notice = LogoutNotice.objects.create(system=system, subject=subject, sid=sid, asked_at=at)
        app.configure_task(TELL, queue=QUEUE).defer(notice_id=notice.pk)


def end_session_at_systems(session_mark: UUID, at: datetime) -> None:
    """A session here has ended: sign-ins that came of it end with their tokens, unless they were agreed to go on
    without the person (offline_access, section 2.7); every system is told."""
    rows = list(SignIn.objects.select_related("system").filter(session_mark=session_mark, ended_at=None))
    announce(rows, at)
    for row in rows:
        if rules.OFFLINE not in row.scopes:
            row.end(at)


def tell_logout(*, notice_id: int, at: datetime) -> bool:
    """Send one logout token; whether the system said that it was told. A new token each time: its `jti` serves once.

    Raises NotYetTold, so that the job is tried again; gives up after MOST_ATTEMPTS, on record.
    """
    notice = LogoutNotice.objects.select_related("system").filter(pk=notice_id, told_at=None).first()
    if notice is None or not notice.system.backchannel_logout_uri:
        return False
    notice.attempts += 1
    fault = _send(notice.system.backchannel_logout_uri, logout_token(notice, at))
    notice.fault = fault[:100]
    if not fault:
        notice.told_at = at
    notice.save(update_fields=["attempts", "fault", "told_at"])
    if fault and notice.attempts < MOST_ATTEMPTS:
        raise NotYetTold(f"{notice.system.key}: {fault}, attempt {notice.attempts}")
    _settle(notice, at)
    return not fault


def logout_token(notice: LogoutNotice, at: datetime) -> str:
    """Section 2.4: who, by which session, for whom; two minutes long; never a nonce."""
    now = int(at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer(), "aud": notice.system.key, "iat": now, "exp": now + int(rules.LOGOUT_LASTS.total_seconds()),
        "jti": secrets.token_urlsafe(16), "events": {EVENT: {}}, "sub": notice.subject,
    }  # fmt: skip
    if notice.sid:
        claims["sid"] = notice.sid
    return sign(claims, typ="logout+jwt")


def _send(address: str, token: str) -> str:
    """What went wrong, in a few words; empty where the system answered 200 or 204 (2.8). Its answer is not read."""
    try:
        with requests.post(
            address, data={"logout_token": token}, timeout=PATIENCE, allow_redirects=False, stream=True
        ) as answer:
            return "" if answer.status_code in (200, 204) else f"HTTP {answer.status_code}"
    except requests.RequestException as error:
        return type(error).__name__


@verb
def _settle(notice: LogoutNotice, at: datetime) -> None:
    action = "sso.logout.told" if notice.told_at else "sso.logout.undelivered"
    detail = {"system": notice.system.key, "attempts": notice.attempts, "fault": notice.fault}
    audit.record(NODE, action, notice.system, at=at, detail=detail)
    if not notice.told_at:
        log.warning("system %s was not told of a sign-out: %s", notice.system.key, notice.fault)
