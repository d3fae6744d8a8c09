"""What is counted: bands of age on a day, codes by their beginning, the same on both engines; nothing small is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.errors import Conflict

from .. import catalogue, queries, services
from ..definition.rules import Axis, Statistics
from ..models import StatisticsEdition
from ..quality import counting
from .factories import AT, make_legal_entity, make_person
from .test_loading import number

pytestmark = pytest.mark.django_db
NODE = system_actor("tests")
DAY = date(2026, 2, 28)
TEXTS = {"zh": "年龄", "en": "Age"}


def people(*born: str) -> None:
    for serial, day in enumerate(born):
        make_person(id_number=number(serial), birth_date=day, sex="1")


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_who_turns_so_old_on_the_day_is_so_old(engine: str) -> None:
    people("2011-02-28", "2011-03-01", "2026-02-28", "1961-02-28", "1960-02-29")
    told = Statistics(TEXTS, (Axis("birth_date", TEXTS, bands=(0, 15, 65)),), threshold=1)
    counted = counting.count(catalogue.get("population"), told, engine=engine, today=DAY)
    assert counted.axes == [["511602"], ["0", "15", "65"]]
    assert counted.table[-1, -1] == 5
    shown = {counted.axes[1][band]: count for (_division, band), count in counted.table.items() if band >= 0}
    assert shown == {"0": 2, "15": 1, "65": 2}


def test_nobody_is_counted_twice_and_who_has_no_value_is_counted() -> None:
    for place, code in enumerate(["6210", "6220", "5212", ""] * 6):
        make_legal_entity(name=f"演示统计{place}", industry_code=code)
    definition = catalogue.get("legal-entities")
    assert definition.statistics
    counted = counting.count(definition, definition.statistics, engine="postgres", today=DAY)
    assert counted.axes[1] == ["52", "62", ""], "by two digits, unknown last"
    assert [counted.table[0, place] for place in range(3)] == [6, 12, 6]
    assert counted.table[-1, -1] == 24
    assert counted.hidden == 0


def test_the_edition_of_a_day_is_made_once_and_holds_no_small_count() -> None:
    for place in range(3):
        make_legal_entity(name=f"演示统计{place}")
    for _again in range(2):
        services.make_statistics(actor=NODE, register="legal-entities", at=AT)
    edition = StatisticsEdition.objects.get()
    assert {cell[-1] for cell in edition.cells} == {None}
    assert edition.axes[1]["categories"] == [["62", {"zh": "餐饮业", "en": "Catering"}]]
    shown = queries.statistics_shown(edition, "511602")
    assert shown["chart"]["series"][0]["values"] == [None]
    with pytest.raises(Conflict):
        services.make_statistics(actor=NODE, register="places", at=AT)


def test_two_engines_count_the_same() -> None:
    people(*[f"{year}-05-06" for year in range(1930, 2020, 7)])
    definition = catalogue.get("population")
    assert definition.statistics
    found: list[Any] = [
        counting.count(definition, definition.statistics, engine=engine, today=DAY) for engine in ("postgres", "duckdb")
    ]
    assert found[0] == found[1]
