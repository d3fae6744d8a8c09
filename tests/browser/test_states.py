"""A case in its less happy states, as applicant and officers see it."""

from __future__ import annotations

from typing import Any

import pytest

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Review
from zhengtong.applications.cases.tests.conftest import act_as, file_case, visit
from zhengtong.kernel.clock import now

REASON = "经审查，招牌设置方案与街区容貌标准不符，请按标准修改后重新提交。"


@pytest.fixture
def filed(site: str) -> Any:
    return file_case(now())


def test_a_supplement_is_asked_for_and_answered(visitor: Any, filed: Any) -> None:
    items = [{"requirement_key": "form", "what": "请补充经营场所的实际使用面积说明。"}]
    services.request_supplement(actor=act_as("window", now()), case_uuid=filed.uuid, items=items, reason="", at=now())
    enterprise = visitor("chen", "representative")
    enterprise.open(f"/hall/cases/{filed.uuid}/").look("hall-case-supplement")
    enterprise.page.get_by_role("button", name="现在补正").click()
    enterprise.page.wait_for_url("**/step/**")
    assert "实际使用面积说明" in enterprise.page.inner_text("main")
    enterprise.judge("hall-supplement-step")


def test_a_special_procedure_stops_the_clocks(visitor: Any, filed: Any) -> None:
    services.accept_case(actor=act_as("window", now()), case_uuid=filed.uuid, at=now())
    services.suspend_case(
        actor=act_as("lead", now()), case_uuid=filed.uuid, procedure="expert_review", reason=REASON, planned_days=10,
        at=now(),
    )  # fmt: skip
    visitor("chen", "representative").open(f"/hall/cases/{filed.uuid}/").look("hall-case-suspended")
    lead = visitor("lead").open(f"/workbench/cases/{filed.uuid}/")
    lead.look("bench-case-suspended")
    lead.page.locator(".clocks a").first.click()
    assert "中止" in lead.page.inner_text("main")


def test_an_unfavourable_review_ends_in_a_denial(visitor: Any, filed: Any) -> None:
    at = now()
    services.accept_case(actor=act_as("window", at), case_uuid=filed.uuid, at=at)
    visit(filed, at)
    for key in ("food", "fire", "drainage", "signboard"):
        review = Review.objects.get(case=filed, key=key)
        outcome = "unfavourable" if key == "food" else "favourable"
        services.record_opinion(actor=act_as(key, at), review_uuid=review.uuid, outcome=outcome, remarks=REASON, at=at)
    lead = visitor("lead").open(f"/workbench/cases/{filed.uuid}/")
    assert lead.page.locator("form[action$='/decide/'] [value=granted]").is_disabled()
    lead.look("bench-case-blocking")
    services.decide_case(actor=act_as("lead", at), case_uuid=filed.uuid, granted=False, reasons=REASON, at=at)
    visitor("chen", "representative").open(f"/hall/cases/{filed.uuid}/").look("hall-case-denied")


def test_refusals_are_pages_that_help(visitor: Any, filed: Any) -> None:
    stranger = visitor("wang")
    stranger.open(f"/hall/cases/{filed.uuid}/").look("refused")
    auditor = visitor("auditor")
    auditor.open("/workbench/log/").look("bench-log")
