"""What the law asks of the pages: the words and days of the service at hand, and no act by accident."""

from __future__ import annotations

from zhengtong.applications.cases import services
from zhengtong.applications.cases.tests.conftest import file_card
from zhengtong.config.story.restaurant import actor
from zhengtong.kernel.clock import now


def test_the_page_after_filing_names_the_days_of_this_service(enter) -> None:
    card = file_card(now())
    page = enter("wang").open(f"/hall/cases/{card.uuid}/done/")
    assert "窗口在 1 个工作日内决定是否受理" in page.text


def test_a_public_service_is_not_called_a_licence(enter) -> None:
    """GB/T 39046 type 20: nothing a resident or officer reads speaks of 行政许可."""
    at = now()
    card = file_card(at)
    services.accept_case(actor=actor("minzheng", at=at), case_uuid=card.uuid, at=at)
    review = card.reviews.get()
    services.record_opinion(
        actor=actor("minzheng", at=at), review_uuid=review.uuid, outcome="favourable", remarks="年龄与人口库一致。",
        at=at,
    )  # fmt: skip
    services.decide_case(
        actor=actor("minzheng-lead", at=at), case_uuid=card.uuid, granted=True, reasons="符合条件。", at=at
    )
    page = enter("wang").open(f"/hall/cases/{card.uuid}/")
    assert "办理结果通知书" in page.text
    assert "已办结" in page.text
    for word in ("行政许可", "准予许可"):
        assert word not in page.text
    page.send("/collect/")
    assert card.papers.get(kind="delivery").data["documents"] == ["办理结果通知书", "老年人优待证"]
