"""Quality of data: the rules of a register are run and kept; a steward reports to an authority, which answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.support.deadlines import services as deadlines

from .. import catalogue
from ..definition.model import Definition
from ..models import QualityFinding, QualityReport, QualityResult, QualityRun, ReportedRule
from ..quality import engines, flagging, running
from ..quality.running import Outcome

DAYS = 10  # working days to answer a report
BASIS: Texts = {
    "zh": "政务数据共享条例（国务院令第809号）：收到校核申请之日起10个工作日内核实并反馈（通报参照执行）",
    "en": "Regulations on sharing government data (State Council decree 809): answered within 10 working days",
}
CLOCK = "answer"
MOST_TEXT = 2000


@verb
def run_quality(*, actor: Actor, register: str, engine: str = "postgres", at: datetime) -> QualityRun:
    """Run every rule of the register now and keep what they find; reports of which nothing fails any more are closed.

    Raises Denied, NotFound (no such register), Conflict (it has no rules), Invalid (no such engine).
    """
    permissions.require(actor, "registers.quality.run")
    definition = catalogue.get(register)
    if engine not in engines.ENGINES:
        raise Invalid(_("没有名为“%s”的引擎。") % engine, remedy=_("可以写：%s") % "、".join(engines.ENGINES))
    if not definition.quality:
        raise Conflict(_("这个基础库没有质量规则。"), remedy=_("请在定义的文件夹中写 quality.yaml，再发布。"))
    with connection.cursor() as cursor:  # one after another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"registers.quality.{register}"])
    open_reports = list(
        QualityReport.objects.filter(register=register).exclude(status=QualityReport.Status.CLOSED)
        .select_for_update().prefetch_related("rules").order_by("id")
    )  # fmt: skip
    outcomes = running.run(definition, engine=engine, today=china_date(at), asked=_asked(open_reports))
    kept = _keep(definition, outcomes, engine, at)
    for report in open_reports:
        _follow(actor, report, {one.rule.key: one for one in outcomes}, at)
    return kept


def flag_again(*, actor: Actor, register: str) -> int:
    """Look at the encrypted numbers of every record anew, as after a rule was added; says how many flags changed."""
    permissions.require(actor, "registers.quality.run")
    return flagging.flag_again(catalogue.get(register))


def _asked(reports: Iterable[QualityReport]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for report in reports:
        for told in report.rules.all():
            found.setdefault(told.rule, set()).update(told.records)
    return found


def _keep(definition: Definition, outcomes: list[Outcome], engine: str, at: datetime) -> QualityRun:
    day = china_date(at)
    QualityRun.objects.filter(register=definition.key, day=day).delete()
    kept = QualityRun.objects.create(
        register=definition.key, day=day, engine=engine, started_at=at, finished_at=max(now(), at)
    )
    QualityResult.objects.bulk_create(_result(kept, one) for one in outcomes)
    QualityFinding.objects.filter(register=definition.key).delete()
    QualityFinding.objects.bulk_create(
        (QualityFinding(register=definition.key, rule=one.rule.key, record_id=found.id, record_uuid=found.uuid,
                        division=found.division) for one in outcomes for found in one.found),
        batch_size=2000,
    )  # fmt: skip
    return kept


def _result(kept: QualityRun, one: Outcome) -> QualityResult:
    divisions = {code: [one.looked_at.get(code, 0), one.failing.get(code, 0)] for code in sorted(one.looked_at)}
    return QualityResult(
        run=kept, rule=one.rule.key, dimension=one.rule.dimension, severity=one.rule.severity,
        authority=one.rule.authority, looked_at=one.looked_at_in_all, failing=one.failing_in_all, divisions=divisions,
        fault=one.fault,
    )  # fmt: skip


def _follow(actor: Actor, report: QualityReport, outcomes: Mapping[str, Outcome], at: datetime) -> None:
    """How many of the records told of fail still. None: the report is closed. A rule that did not run keeps its own."""
    told = list(report.rules.all())
    for one in told:
        outcome = outcomes.get(one.rule)
        if outcome is None or not outcome.fault:
            one.left = len(outcome.still & set(one.records)) if outcome else 0
            one.save(update_fields=["left"])
    if not any(one.left for one in told):
        report.status, report.closed_at = QualityReport.Status.CLOSED, at
        report.save(update_fields=["status", "closed_at"])
        deadlines.stop(report.urn, CLOCK, at=at)
        audit.record(actor, "registers.quality.closed", report, at=at, detail=_detail(report))


# -- reports ----------------------------------------------------------------------------------------------------------
@verb
def send_report(
    *, actor: Actor, register: str, authority: str, rules: Iterable[str], text: str, at: datetime
) -> QualityReport:
    """Tell an authority which records of its fields failed in the last run, rule by rule; it finds the report among
    its own at the workbench, with a clock. Raises Denied, NotFound, Invalid, Conflict (it has an open one)."""
    permissions.require(actor, "registers.quality.report")
    definition = catalogue.get(register)
    run = QualityRun.objects.filter(register=register).order_by("-day").first()
    chosen = _chosen(definition, run, authority, set(rules), text)
    organisation = directory.find_organisation(authority)
    if organisation is None or run is None:
        raise NotFound(_("部门名录中没有数源部门：%s。") % authority, remedy=_("请先装入部门名录。"))
    if _is_open(register, authority):
        raise Conflict(_("该部门还有一份未销号的通报。"), remedy=_("请等它整改复核后再发，或在其中查看进展。"))
    report = QualityReport.objects.create(
        register=register, authority=authority, authority_uuid=organisation.uuid, run_day=run.day,
        text=text.strip(), sender_uuid=actor.posts[0].organisation_uuid if actor.posts else None,
        sent_by_urn=actor.urn, sent_at=at,
    )  # fmt: skip
    ReportedRule.objects.bulk_create(_reported(report, definition, one) for one in chosen)
    deadlines.start_clock(
        report.urn, CLOCK, "review", DAYS, basis=BASIS, at=at, organisation_uuid=report.authority_uuid
    )
    audit.record(actor, "registers.quality.reported", report, at=at, detail=_detail(report))
    return report


def _is_open(register: str, authority: str) -> bool:
    found = QualityReport.objects.filter(register=register, authority=authority)
    return found.exclude(status=QualityReport.Status.CLOSED).exists()


def _chosen(
    definition: Definition, run: QualityRun | None, authority: str, keys: set[str], text: str
) -> list[QualityResult]:  # fmt: skip
    """The results to tell of. Raises Invalid with every fault."""
    faults = []
    if authority not in {one.key for one in definition.authorities}:
        faults.append(FieldError("authority", _("请选择数源部门。"), _("数源部门")))
    known = {one.key for one in definition.quality}
    failing = run.results.filter(authority=authority, rule__in=keys & known, failing__gt=0) if run else []
    found = sorted(failing, key=lambda one: (-one.failing, one.rule))
    if not found:
        faults.append(FieldError("rules", _("请至少选择一条该部门负责、上次检查有问题的规则。"), _("规则")))
    if not text.strip() or len(text) > MOST_TEXT:
        faults.append(FieldError("text", _("请写明通报的内容和要求，不超过 %d 字。") % MOST_TEXT, _("通报内容")))
    if faults:
        raise Invalid(_("没有发出，请先修改。"), fields=faults)
    return found


def _reported(report: QualityReport, definition: Definition, one: QualityResult) -> ReportedRule:
    rule = next(rule for rule in definition.quality if rule.key == one.rule)
    found = QualityFinding.objects.filter(register=definition.key, rule=one.rule).order_by("record_id")
    records = list(found.values_list("record_uuid", flat=True))
    return ReportedRule(
        report=report, rule=one.rule, label=dict(rule.label), severity=one.severity, looked_at=one.looked_at,
        failing=one.failing, records=records, left=len(records),
    )  # fmt: skip


@verb
def answer_report(*, actor: Actor, report_uuid: UUID, answer: str, at: datetime) -> QualityReport:
    """The authority says what it found and did; the next run says whether the records are mended.

    It may answer again while the report is open. Raises Denied, NotFound, Conflict (closed), Invalid.
    """
    report = QualityReport.objects.select_for_update().filter(uuid=report_uuid).first()
    if report is None:
        raise NotFound(_("没有这份通报。"))
    permissions.require(actor, "registers.quality.answer", report)
    if report.is_closed:
        raise Conflict(_("这份通报已经销号。"))
    if not answer.strip() or len(answer) > MOST_TEXT:
        told = _("请说明核查和整改的情况，不超过 %d 字。") % MOST_TEXT
        raise Invalid(told, fields=[FieldError("answer", told, _("反馈"))])
    report.status, report.answer = QualityReport.Status.ANSWERED, answer.strip()
    report.answered_by_urn, report.answered_at = actor.urn, at
    report.save(update_fields=["status", "answer", "answered_by_urn", "answered_at"])
    deadlines.stop(report.urn, CLOCK, at=at)
    audit.record(actor, "registers.quality.answered", report, at=at, detail=_detail(report))
    return report


def _detail(report: QualityReport) -> dict[str, str]:
    return {"register": report.register, "authority": report.authority, "day": report.run_day.isoformat()}
