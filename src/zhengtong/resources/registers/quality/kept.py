"""What runs found and reports say, for pages and commands: results, trends, findings, editions of statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions import services as permissions

from ..definition.model import Definition
from ..definition.rules import Dimension, Rule
from ..models import QualityFinding, QualityReport, QualityResult, QualityRun, StatisticsEdition

PAGE = 30
TREND_DAYS = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule with what the last run found. `before`: how many failed in the run before, None where there was none."""

    rule: Rule
    result: QualityResult
    before: int | None

    @property
    def share(self) -> float:
        return self.result.failing / self.result.looked_at if self.result.looked_at else 0.0

    @property
    def change(self) -> int | None:
        return None if self.before is None else self.result.failing - self.before


def score(looked_at: int, failing: int) -> float | None:
    """Of 100 looks how many found nothing wrong, to one decimal; None where nothing was looked at. Never rounded up to
    100."""
    if not looked_at:
        return None
    return min(round(100 - 100 * failing / looked_at, 1), 99.9) if failing else 100.0


def list_runs(register: str, *, limit: int = 2) -> list[QualityRun]:
    """The latest first."""
    return list(QualityRun.objects.filter(register=register).order_by("-day")[:limit])


def standings(definition: Definition, runs: list[QualityRun]) -> list[Standing]:
    """The rules that still stand, the worst first: what could not run, then errors before warnings, by share."""
    by_key = {rule.key: rule for rule in definition.quality}
    results = list(QualityResult.objects.filter(run__in=runs))
    before = {one.rule: one.failing for one in results if len(runs) > 1 and one.run_id == runs[1].pk}
    found = [
        Standing(by_key[one.rule], one, before.get(one.rule))
        for one in results
        if one.run_id == runs[0].pk and one.rule in by_key
    ]
    return sorted(found, key=lambda one: (
        not one.result.fault, not one.result.failing, one.rule.severity, -one.share, one.rule.key
    ))  # fmt: skip


def dimension_scores(found: Iterable[Standing]) -> list[tuple[Dimension, float | None, int, int]]:
    """(dimension, score, rules, failing) of each dimension that has a rule."""
    told = []
    for dimension in Dimension:
        own = [one.result for one in found if one.rule.dimension == dimension]
        if own:
            failing = sum(one.failing for one in own)
            told.append((dimension, score(sum(one.looked_at for one in own), failing), len(own), failing))
    return told


def trend(register: str, *, until: date) -> list[dict[str, Any]]:
    """Day by day the looks and failures of each dimension, over the last 90 days. One query."""
    since = until - timedelta(days=TREND_DAYS)
    rows = QualityResult.objects.filter(run__register=register, run__day__gt=since, run__day__lte=until)
    summed = rows.values("dimension", day=F("run__day")).annotate(looks=Sum("looked_at"), failures=Sum("failing"))
    return [dict(row) for row in summed.order_by("day", "dimension")]


def scores_of_registers() -> dict[str, tuple[date, float | None]]:
    """Register → day and score of its last run. One query."""
    latest = QualityRun.objects.order_by("register", "-day").distinct("register").values("pk")
    rows = QualityResult.objects.filter(run__in=latest).values("run__register", "run__day")
    summed = rows.annotate(looks=Sum("looked_at"), failures=Sum("failing"))
    return {row["run__register"]: (row["run__day"], score(row["looks"], row["failures"])) for row in summed}


def list_findings(register: str, rule: str, *, after: int = 0, division: str = "") -> list[QualityFinding]:
    """Records that failed the rule in the last run, by key set: those behind `after`."""
    found = QualityFinding.objects.filter(register=register, rule=rule, record_id__gt=after)
    return list((found.filter(division=division) if division else found).order_by("record_id")[:PAGE])


# -- reports ----------------------------------------------------------------------------------------------------------
def list_quality_reports(
    actor: Actor, *, sent: bool = False, before: int | None = None, limit: int = PAGE
) -> list[QualityReport]:  # fmt: skip
    """Reports to the actor's authority, or (`sent`) those its own office sent; the newest first."""
    if sent:
        found = QualityReport.objects.filter(sender_uuid__in=actor.organisation_uuids)
    else:
        found = permissions.filter(actor, "registers.quality.answer", QualityReport.objects.all())
    found = found.filter(pk__lt=before) if before is not None else found
    return list(found.prefetch_related("rules").order_by("-pk")[:limit])


def count_quality_reports(actor: Actor) -> int:
    """Reports that wait for the actor's authority."""
    found = permissions.filter(actor, "registers.quality.answer", QualityReport.objects.all())
    return found.filter(status=QualityReport.Status.SENT).count()


def reports_of_register(register: str, *, limit: int = 10) -> list[QualityReport]:
    return list(QualityReport.objects.filter(register=register).prefetch_related("rules").order_by("-pk")[:limit])


def get_quality_report(report_uuid: UUID) -> QualityReport:
    """Raises NotFound."""
    found = QualityReport.objects.filter(uuid=report_uuid).prefetch_related("rules").first()
    if found is None:
        raise NotFound(_("没有这份通报。"))
    return found


# -- statistics -------------------------------------------------------------------------------------------------------
def find_edition(register: str, *, is_open: bool | None = None) -> StatisticsEdition | None:
    """The latest edition of a register's statistics; with `is_open` only one that everybody may see."""
    found = StatisticsEdition.objects.filter(register=register)
    return (found if is_open is None else found.filter(is_open=is_open)).order_by("-day").first()


def get_edition(register: str, *, is_open: bool | None = None) -> StatisticsEdition:
    """As `find_edition`. Raises NotFound."""
    found = find_edition(register, is_open=is_open)
    if found is None:
        raise NotFound(
            _("还没有这个基础库的统计表。"), remedy=_("每月1日生成；系统管理员可运行 zt register statistics。")
        )
    return found


def open_editions() -> list[StatisticsEdition]:
    """The latest edition of each register of which everybody may see one. One query."""
    found = StatisticsEdition.objects.filter(is_open=True).order_by("register", "-day").distinct("register")
    return list(found.defer("cells"))
