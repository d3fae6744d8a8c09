"""Registers at the workbench and the own data in the hall, as axe sees them at both widths and in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.services import DEMO_RESTAURANT


@pytest.mark.parametrize(
    "path",
    [
        "", "population/", "legal-entities/find/", "legal-entities/grants/", "legal-entities/records/{uuid}/",
        "legal-entities/records/{uuid}/change/",
    ],
)  # fmt: skip
def test_pages_of_registers(visitor: Any, site: str, path: str) -> None:
    entity = queries.find_legal_entity(DEMO_RESTAURANT)
    name = "registers-" + (path.format(uuid="x").strip("/").replace("/", "-") or "overview")
    visitor("lead").open("/workbench/registers/" + path.format(uuid=entity.uuid)).look(name)


def test_pages_of_quality_and_statistics(visitor: Any, site: str) -> None:
    node, base = system_actor("tests"), "/workbench/registers/legal-entities"
    services.run_quality(actor=node, register="legal-entities", at=now())
    services.make_statistics(actor=node, register="legal-entities", at=now())
    lead = visitor("lead")
    lead.open(f"{base}/quality/").look("registers-quality")
    lead.open(f"{base}/quality/representative-number-missing/").look("registers-quality-rule")
    lead.open(f"{base}/statistics/").look("registers-statistics")
    lead.open("/workbench/quality-reports/").look("quality-reports")
    visitor("").open("/statistics/legal-entities/").look("portal-statistics")


def test_disputes_and_own_data(visitor: Any, site: str) -> None:
    visitor("lead").open("/workbench/disputes/").look("disputes")
    visitor("wang").open("/hall/data/").look("hall-data")
