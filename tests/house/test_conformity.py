"""What docs/reference claims of standards of security: every number answered once, and no claim without a test."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from zhengtong.config.cli import _conformity_page as conformity

ROOT = Path(settings.ROOT)
FOLDER = ROOT / "docs" / "reference"
SHEETS = {sheet.name: sheet for sheet in conformity.SHEETS}


@pytest.mark.parametrize("sheet", conformity.SHEETS, ids=lambda s: s.name)
def test_every_number_is_answered_once_and_every_claim_has_its_test(sheet: conformity.Sheet) -> None:
    told = conformity.faults(conformity.read(FOLDER, sheet), conformity.levels(FOLDER, sheet), ROOT)
    assert not told, "\n".join(told)


def test_the_numbers_are_all_of_levels_one_and_two() -> None:
    """As OWASP publishes them: 70 requirements of level 1 and 183 of level 2 in seventeen chapters."""
    levels = conformity.levels(FOLDER, SHEETS["asvs"])
    assert Counter(levels.values()) == {"1": 70, "2": 183}
    assert {number.partition(".")[0] for number in levels} == {f"V{chapter}" for chapter in range(1, 18)}


@pytest.mark.parametrize("sheet", conformity.SHEETS, ids=lambda s: s.name)
def test_no_row_is_left_out_of_the_page(sheet: conformity.Sheet) -> None:
    page = conformity.conformity_pages("", FOLDER)[f"{sheet.name}.md"]
    for number in conformity.levels(FOLDER, sheet):
        assert page.count(f"| {number} |") == 1, number


def _without(document: dict[str, Any]) -> None:
    document["requirements"].pop()


def _twice(document: dict[str, Any]) -> None:
    document["requirements"].append(document["requirements"][0])


def _invented(document: dict[str, Any]) -> None:
    document["requirements"][0]["number"] = "V99.9.9"


def _with(**changes: Any) -> Any:
    return lambda document: document["requirements"][0].update(changes)


FILE = "tests/house/test_conformity.py"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without, "stands nowhere"),
        (_twice, "stands 2 times"),
        (_invented, "no number of the standard"),
        (_with(status="met", tests=[]), "no test shows it"),
        (_with(status="met", tests=[f"{FILE}::test_that_never_was"]), "there is no test"),
        (_with(status="met", tests=["tests/house/test_nowhere.py"]), "there is no test"),
        (_with(status="met", tests=["tests/house/canary.py"]), "there is no test"),
        (_with(status="partly", how=" "), "how says nothing"),
        (_with(status="not met", how="", tests=[]), "how says nothing"),
        (_with(status="not met", tests=[FILE]), "and yet tests"),
        (_with(status="fulfilled"), "is none of"),
        (_with(how="x" * 500), "too long"),
        (_with(comment="x"), "is not known"),
    ],
)
def test_a_false_claim_is_named(change: Any, said: str) -> None:
    document = copy.deepcopy(conformity.read(FOLDER, SHEETS["asvs"]))
    change(document)
    assert any(said in fault for fault in conformity.faults(document, conformity.levels(FOLDER, SHEETS["asvs"]), ROOT))


def test_a_test_is_found_by_file_by_name_and_by_class() -> None:
    assert conformity.exists(FILE, ROOT)
    assert conformity.exists(f"{FILE}::test_a_false_claim_is_named", ROOT)
    proxies = "src/zhengtong/kernel/design/tests/test_middleware.py"
    assert conformity.exists(f"{proxies}::TestHeaders::test_the_editor_may", ROOT)
    assert not conformity.exists(f"{proxies}::test_the_editor_may", ROOT)
