"""Raise alarms, each once a day; record the fingerprints of the programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import queries as audit_queries
from zhengtong.security.audit import services as audit

from . import integrity, queries
from .policies import ALARM, MANIFEST
from .rules import Finding

AGAIN_AFTER = timedelta(hours=24)


def look(*, at: datetime) -> list[Finding]:
    """Look over the node and raise an alarm for everything found that was not raised within a day. Returns those."""
    if integrity.compare() == integrity.Integrity(None):
        record_manifest(actor=system_actor("watch"), at=at)
    return [finding for finding in queries.overview(at).findings if raise_alarm(finding, at=at)]


@transaction.atomic
def raise_alarm(finding: Finding, *, at: datetime) -> bool:
    """Write the alarm into the log and mail it to ZT_ALARM_MAIL. False where it was raised within a day.

    A letter that cannot be sent undoes the entry: the alarm is raised again at the next look.
    """
    urn = make_urn("watch", "alarm", uuid5(NAMESPACE_URL, f"zhengtong alarm {finding.key}"))
    last = audit_queries.find_done(urn, ALARM)
    if last and at - last.at < AGAIN_AFTER:
        return False
    audit.record(
        system_actor("watch"), ALARM, urn, at=at, detail={"title": dict(finding.title), "severe": finding.severe}
    )
    _mail(finding)
    return True


def _mail(finding: Finding) -> None:
    if not (settings.EMAIL_HOST and settings.ZT_ALARM_MAIL):
        return
    zh, en = finding.title["zh"], finding.title["en"]
    zh, en = (f"【严重】{zh}", f"[severe] {en}") if finding.severe else (zh, en)
    subject = f"政通安全告警 Zhengtong security alarm: {zh}"[:200]
    body = f"{zh}\n{en}\n\n{settings.ZT_BASE_URL.rstrip('/')}/workbench/security/\n"
    send_mail(subject.replace("\n", " "), body, None, settings.ZT_ALARM_MAIL)


@verb
def record_manifest(*, actor: Actor, at: datetime) -> int:
    """Take the present files for the right ones: at the first start, and by an operator after an upgrade."""
    files = integrity.write(at)
    urn = make_urn("watch", "manifest", uuid5(NAMESPACE_URL, "zhengtong manifest"))
    audit.record(actor, MANIFEST, urn, at=at, detail={"files": files})
    return files
