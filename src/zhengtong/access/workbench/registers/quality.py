"""数据质量: how good a register is, rule by rule, and the records that fail, masked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhengtong.kernel.errors import Invalid, NotFound
from zhengtong.kernel.texts import localised, whole_number
from zhengtong.resources.registers import queries, services
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from . import showing


@guard("registers.quality.read")
@require_GET
def page(request: HttpRequest, register_key: str) -> HttpResponse:
    """Scores of the last run, their trend, the rules with the worst first, reports to the authorities."""
    return shown(request, register_key)


def shown(request: HttpRequest, register_key: str, *, fault: Invalid | None = None) -> HttpResponse:
    """The page; with a fault of the form that sends a report."""
    register = queries.get_register(register_key)
    runs = queries.list_runs(register_key)
    standings = queries.standings(register, runs) if runs else []
    trend = _trend(queries.trend(register_key, until=runs[0].day)) if runs else None
    names = showing.authority_names(register)
    context = {
        "register": register, "run": runs[0] if runs else None, "names": names,
        "failing": [one for one in standings if one.result.failing or one.result.fault],
        "fine": [one for one in standings if not (one.result.failing or one.result.fault)],
        "dimensions": queries.dimension_scores(standings), "trend": trend, "chart": _drawn(trend),
        "score": queries.quality_score(
            sum(one.result.looked_at for one in standings), sum(one.result.failing for one in standings)
        ),
        "reports": queries.reports_of_register(register_key), "fault": fault, "typed": request.POST,
        "addressees": _addressees(register, standings) if _may_report(request) else [],
        "chosen": request.POST.getlist("rules"),
    }  # fmt: skip
    return render(request, "workbench/registers/quality.html", context, status=fault.status if fault else 200)


def _may_report(request: HttpRequest) -> bool:
    return permissions.could(request.actor, "registers.quality.report")


def _addressees(register: Any, standings: list[Any]) -> list[tuple[str, list[Any]]]:
    """Authorities with the rules of theirs by which something fails."""
    found = [
        (one.key, [s for s in standings if s.rule.authority == one.key and s.result.failing])
        for one in register.authorities
    ]
    return [(key, rules) for key, rules in found if rules]


def _trend(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """`dimensions` and a row for each day: scores in their order, None where there was no rule."""
    if not rows:
        return None
    dimensions = list(dict.fromkeys(one["dimension"] for one in rows))
    days = list(dict.fromkeys(one["day"] for one in rows))
    scores = {(one["day"], one["dimension"]): queries.quality_score(one["looks"], one["failures"]) for one in rows}
    labels = {one.value: one.label for one in queries.Dimension}
    return {
        "dimensions": [labels[name] for name in dimensions],
        "days": [(day, [scores.get((day, name)) for name in dimensions]) for day in days],
    }


def _drawn(trend: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the script draws: the same figures as the table."""
    if trend is None:
        return None
    return {
        "kind": "line", "categories": [day.isoformat() for day, _scores in trend["days"]],
        "series": [
            {"name": str(label), "values": [scores[place] for _day, scores in trend["days"]]}
            for place, label in enumerate(trend["dimensions"])
        ],
    }  # fmt: skip


@guard("registers.quality.read")
@require_GET
def rule(request: HttpRequest, register_key: str, rule_key: str) -> HttpResponse:
    """What a rule found: by division, and the failing records masked, a page at a time."""
    register = queries.get_register(register_key)
    runs = queries.list_runs(register_key)
    found = [one for one in queries.standings(register, runs) if one.rule.key == rule_key] if runs else []
    if not found:
        raise NotFound(_("没有这条规则的检查结果。"), remedy=_("规则发布后，夜间检查才有结果。"))
    division = request.GET.get("division", "")[:12]
    after = whole_number(request.GET.get("after", "")) or 0
    findings = queries.list_findings(register_key, rule_key, after=after, division=division)
    answers = services.look_at_many(register=register_key, uuids=[one.record_uuid for one in findings])
    context = {
        "register": register, "run": runs[0], "standing": found[0], "division": division,
        "names": showing.authority_names(register), "divisions": _divisions(found[0].result.divisions),
        "records": [_record(found[0].rule, answers[one.record_uuid], runs[0]) for one in findings],
        "next": findings[-1].record_id if len(findings) == queries.PAGE else None,
        "kept": queries.MOST_FINDINGS,
        "fields": [register.by_name[name] for name in found[0].rule.fields if register.find(name)],
    }  # fmt: skip
    return render(request, "workbench/registers/quality_rule.html", context)


def _record(told: Any, answer: Any, run: Any) -> dict[str, Any]:
    """A record with the fields that the rule speaks of, as far as they are shown."""
    seen = [(one, showing.text_of(one)) for one in answer.fields if one.name in told.fields]
    return {
        "answer": answer, "title": showing.titled(answer), "fields": seen,
        "is_changed": answer.recorded_at > run.started_at,
    }  # fmt: skip


def _divisions(counts: dict[str, list[int]]) -> list[tuple[str, str, int, int]]:
    """(code, name, failing, looked at) of divisions where something fails, the most first."""
    failing = {code: pair for code, pair in counts.items() if pair[1]}
    names = directory.division_names(failing)
    found = [(code, localised(names.get(code, code)), pair[1], pair[0]) for code, pair in failing.items()]
    return sorted(found, key=lambda one: (-one[2], one[0]))
