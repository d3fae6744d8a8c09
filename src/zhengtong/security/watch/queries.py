"""What happened lately, from the log and the rooms that know: for the security officer's page and for alarms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from zhengtong.kernel.limits.queries import Refusals, list_refusals
from zhengtong.kernel.limits.rules import network_of
from zhengtong.kernel.texts import Texts
from zhengtong.security.audit import queries as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.signing import queries as signing

from . import integrity, rules
from .policies import ALARM
from .rules import Denials, Failures, Finding, Reading

MOST_ROWS = 20
_LATELY = """
WITH lately AS MATERIALIZED (
    SELECT actor_urn, object_urn, action, outcome, detail->>'ip' AS ip FROM security_audit_entry
    WHERE recorded_at >= %(day)s
      AND (outcome = 'denied' OR action IN
       ('identity.session.refused', 'identity.code.refused', 'identity.session.locked_out'))
), days AS (
    SELECT actor_urn, recorded_at >= %(day)s AS is_today, count(*)::float8 AS reads,
           floor(extract(epoch FROM %(day)s - recorded_at) / 86400) AS day
    FROM security_audit_entry
    WHERE recorded_at >= %(since)s AND action = 'audit.personal_data.read' AND capacity = 'official'
    GROUP BY 1, 2, 4
), own AS (
    SELECT actor_urn, avg(reads) AS mean, stddev_pop(reads) AS spread FROM days WHERE NOT is_today GROUP BY 1
), usual AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY reads) AS reads FROM days WHERE NOT is_today
)
SELECT 'failure', coalesce(ip, ''), object_urn,
       (count(*) FILTER (WHERE action IN ('identity.session.refused', 'identity.code.refused')))::float8,
       (count(*) FILTER (WHERE action = 'identity.session.locked_out'))::float8, 0::float8, 0::float8
FROM lately WHERE action LIKE 'identity.session.%%' OR action = 'identity.code.refused' GROUP BY 2, 3
UNION ALL (
    SELECT 'denial', actor_urn, mode() WITHIN GROUP (ORDER BY action), count(*)::float8, 0, 0, 0
    FROM lately WHERE outcome = 'denied' GROUP BY 2 ORDER BY 4 DESC, 2 LIMIT %(most)s
) UNION ALL (
    SELECT 'reading', days.actor_urn, '', sum(days.reads), coalesce(own.mean, 0), coalesce(own.spread, 0),
           coalesce(usual.reads, 0)
    FROM days LEFT JOIN own USING (actor_urn) CROSS JOIN usual
    WHERE days.is_today GROUP BY 2, 5, 6, 7 ORDER BY 4 DESC, 2 LIMIT %(most)s
)
"""
_RECORDS = """
SELECT action, at, detail->>'ok' = 'true', detail->'title'->>'zh', detail->'title'->>'en' FROM (
    SELECT action, at, detail, recorded_at, row_number() OVER (PARTITION BY action ORDER BY recorded_at DESC) AS nth
    FROM security_audit_entry
    WHERE recorded_at >= %s AND action IN ('audit.backup.taken', 'audit.backup.rehearsed', %s)
) AS newest WHERE nth <= %s ORDER BY recorded_at DESC
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """The page of the security officer, as plain values. Times of the last backup and rehearsal may be None."""

    failures: list[Failures]
    denials: list[Denials]
    readings: list[Reading]
    limited: list[Refusals]
    expiring: list[Any]
    renewal: list[Any]
    witnessed: list[Any]
    integrity: integrity.Integrity
    backup_at: datetime | None
    drill_at: datetime | None
    drill_ok: bool
    alarms: list[tuple[datetime, Texts]]
    findings: list[Finding]


def overview(at: datetime) -> Overview:
    """Everything of the last day (readings: compared with thirty days). Seven queries, however long the log is."""
    lately, records = look_back(at), list_records(at)
    taken, drill = records["audit.backup.taken"][:1], records["audit.backup.rehearsed"][:1]
    facts: dict[str, Any] = {
        "failures": lately.failures, "denials": lately.denials, "readings": lately.readings,
        "limited": list_refusals(at - rules.DAY), "expiring": signing.list_expiring(at=at),
        "renewal": crypto.list_noted_progress(), "witnessed": audit.list_witnessed(), "integrity": integrity.compare(),
        "backup_at": taken[0].at if taken else None, "drill_at": drill[0].at if drill else None,
        "drill_ok": bool(drill and drill[0].is_ok), "alarms": [(one.at, one.title) for one in records[ALARM]],
    }  # fmt: skip
    return Overview(**facts, findings=_findings(facts, at))


def check_integrity() -> integrity.Integrity:
    """Programs, templates and static files against what was recorded. Reads some thousand files."""
    return integrity.compare()


@dataclass(frozen=True, slots=True)
class Lately:
    """What the log says of the last 24 hours, the most first. Names that were typed are not on record."""

    failures: list[Failures]
    denials: list[Denials]
    readings: list[Reading]


def look_back(at: datetime) -> Lately:
    """Failed sign-ins by network, refusals by account, reads of personal data by official beside thirty days before.

    One query over the log.
    """
    values = {"day": at - rules.DAY, "since": at - rules.HISTORY, "most": MOST_ROWS}
    rows = _rows(_LATELY, values)
    return Lately(
        _by_network([row[1:5] for row in rows if row[0] == "failure"]),
        [Denials(actor, action, int(times)) for kind, actor, action, times, *_ in rows if kind == "denial"],
        [Reading(actor, int(today), *rest) for kind, actor, _, today, *rest in rows if kind == "reading"],
    )


def _by_network(rows: list[Any]) -> list[Failures]:
    times: dict[str, int] = defaultdict(int)
    locked: dict[str, int] = defaultdict(int)
    accounts: dict[str, set[str]] = defaultdict(set)
    for ip, account, refused, locked_out in rows:
        network = network_of(ip)
        times[network] += int(refused)
        locked[network] += int(locked_out)
        accounts[network].add(account)
    found = [Failures(network, times[network], len(accounts[network]), locked[network]) for network in times]
    return sorted(found, key=lambda row: (-row.times, row.network))[:MOST_ROWS]


@dataclass(frozen=True, slots=True)
class Record:
    """A backup, a rehearsal or an alarm on record."""

    at: datetime
    is_ok: bool
    title: Texts


def list_records(at: datetime) -> dict[str, list[Record]]:
    """Backups, rehearsals and alarms of the last half year by their action, the newest first."""
    records: dict[str, list[Record]] = defaultdict(list)
    for action, when, is_ok, zh, en in _rows(_RECORDS, [at - rules.DRILL_WITHIN, ALARM, MOST_ROWS]):
        records[action].append(Record(when, bool(is_ok), {"zh": zh or "", "en": en or ""}))
    return records


def _findings(facts: dict[str, Any], at: datetime) -> list[Finding]:
    """The severe first."""
    found = [
        *rules.of_sign_ins(facts["failures"]), *rules.of_denials(facts["denials"]),
        *rules.of_readings(facts["readings"]),
        *_of_files(facts["integrity"]), *_of_witnessed(facts["witnessed"]), *_of_ends(facts["expiring"]),
        *_of_backups(facts["backup_at"], facts["drill_at"], facts["drill_ok"], at),
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.severe)


def _of_files(found: integrity.Integrity) -> list[Finding]:
    if found.ok or (found.made_at is None and not found.forged):
        return []
    names = (*found.changed, *found.missing, *found.added)
    first = names[0] if names else "integrity.json"
    zh, en = (
        f"程序文件与安装时不一致：{len(names) or 1} 个，如 {first}",
        f"{len(names) or 1} files are not as installed: {first}",
    )
    return [Finding(f"integrity:{first}:{len(names)}", {"zh": zh, "en": en}, severe=True)]


def _of_witnessed(logs: list[Any]) -> list[Finding]:
    return [
        Finding(
            f"fork:{log.origin}",
            {"zh": f"{log.origin} 的日志前后矛盾", "en": f"The log of {log.origin} contradicts itself"},
            True,
        )
        for log in logs
        if log.fault
    ]


def _of_ends(rows: list[Any]) -> list[Finding]:
    return [
        Finding(
            f"expiry:{row.name}:{row.not_after:%Y%m%d}",
            {
                "zh": f"证书“{row.name}”将于 {row.not_after:%Y-%m-%d} 到期",
                "en": f"The certificate of {row.name} ends on {row.not_after:%Y-%m-%d}",
            },
        )
        for row in rows
    ]


def _of_backups(taken: datetime | None, drill: datetime | None, drill_ok: bool, at: datetime) -> list[Finding]:
    found = []
    if taken is None or at - taken > rules.BACKUP_WITHIN:
        found.append(Finding("backup", {"zh": "七天内没有备份", "en": "No backup within seven days"}))
    if drill and not drill_ok:
        found.append(
            Finding("drill", {"zh": "最近一次恢复演练没有成功", "en": "The last rehearsed restore failed"}, severe=True)
        )
    return found


def _rows(statement: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
