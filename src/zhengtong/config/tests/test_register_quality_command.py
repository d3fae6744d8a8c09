"""`zt register quality` and `statistics`, and what the worker does at night."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.config.cli import main
from zhengtong.resources.registers import catalogue, tasks
from zhengtong.resources.registers.models import QualityFinding, QualityRun, StatisticsEdition
from zhengtong.resources.registers.tests.factories import make_legal_entity

pytestmark = pytest.mark.django_db


def zt(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["register", "--lang", "en", *arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_rules_are_run_and_told(engine: str) -> None:
    made = make_legal_entity(status="deregistered")
    make_legal_entity(name="演示其他")
    said = zt("quality", "legal-entities", "--engine", engine, "--recheck").stdout
    assert "✗         1 / 1" in said
    assert "Ended without a date" in said
    told = json.loads(zt("quality", "legal-entities", "--engine", engine, "--json").stdout)
    assert told["engine"] == engine
    assert [one["divisions"] for one in told["rules"] if one["rule"] == "ended-date-missing"] == [{"511602": [1, 1]}]
    assert QualityRun.objects.count() == 1, "the second run of a day takes the place of the first"
    assert QualityFinding.objects.get(rule="ended-date-missing").record_uuid == made.uuid


def test_what_cannot_be_run_is_said() -> None:
    assert "legal-entities" in zt("quality", "nowhere", code=1).stderr, "which there are"
    zt("quality", "legal-entities", "--engine", "spark", code=2)
    assert "has no statistics" in zt("statistics", "places", code=1).stderr


def test_statistics_are_made_and_told() -> None:
    make_legal_entity()
    told = json.loads(zt("statistics", "legal-entities", "--json").stdout)
    assert (told["cells"], told["suppressed"], told["threshold"], told["open"]) == (4, 4, 5, True)
    assert "4 suppressed" in zt("statistics", "legal-entities", "--engine", "duckdb").stdout


@pytest.mark.parametrize(("day", "tables"), [(1, 3), (2, 0)])
def test_the_worker_runs_every_register_at_night(monkeypatch: pytest.MonkeyPatch, day: int, tables: int) -> None:
    monkeypatch.setattr(tasks, "now", lambda: datetime(2026, 12, day, 1, tzinfo=UTC))
    tasks.start_quality(0)
    names = list(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert names.count(tasks.run_quality.name) == len(catalogue.definitions())
    assert names.count(tasks.make_statistics.name) == tables
    make_legal_entity()
    tasks.run_quality("legal-entities")
    tasks.make_statistics("legal-entities")
    assert (QualityRun.objects.count(), StatisticsEdition.objects.count()) == (1, 1)
