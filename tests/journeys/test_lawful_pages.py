"""What the law asks of the pages: the words and days of the service at hand, and no act by accident."""

from __future__ import annotations

from zhengtong.applications.cases import services
from zhengtong.applications.cases.tests.conftest import file_card, file_case
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


def test_a_guide_cites_the_licensing_law_for_licences_only(enter) -> None:
    def limits(key: str) -> str:
        page = enter("").open(f"/services/{key}/").page
        return page.xpath('string(//*[@id="clocks"])')

    assert "行政许可法第三十二条" in limits("open-restaurant")
    assert "行政许可法" not in limits("senior-card")


def test_a_decision_without_a_choice_decides_nothing(enter) -> None:
    """A missing radio button once was a denial."""
    at = now()
    card = file_card(at)
    services.accept_case(actor=actor("minzheng", at=at), case_uuid=card.uuid, at=at)
    services.record_opinion(
        actor=actor("minzheng", at=at), review_uuid=card.reviews.get().uuid, outcome="favourable", remarks="符合。",
        at=at,
    )  # fmt: skip
    desk = enter("minzheng-lead").open(f"/workbench/cases/{card.uuid}/")
    assert all(button.get("required") is not None for button in desk.page.xpath('//input[@name="outcome"]'))
    desk.send("/decide/", reasons="材料齐全，符合条件，准予办理。")
    assert desk.status == 422
    assert "请选择“准予”或“不予”" in desk.text
    assert "材料齐全，符合条件，准予办理。" in desk.text  # nothing typed is lost
    card.refresh_from_db()
    assert card.status == "awaiting_decision"


def test_a_refusal_to_accept_shows_reason_remedies_and_can_be_received(enter) -> None:
    at, reason = now(), "该事项不属于本机关职权范围，请向有关机关申请。"
    case = file_case(at)
    services.refuse_case(actor=actor("window", at=at), case_uuid=case.uuid, reason=reason, at=at)
    window = enter("window").open("/workbench/")
    assert "送达：不予受理" in window.text
    page = enter("chen", capacity="representative").open(f"/hall/cases/{case.uuid}/")
    assert reason in page.text
    assert "行政复议" in page.text
    page.send("/collect/")
    case.refresh_from_db()
    assert case.delivered_at


def test_a_notice_that_is_refused_keeps_what_was_typed(enter) -> None:
    at = now()
    case = file_case(at)
    window = enter("window").open(f"/workbench/cases/{case.uuid}/")
    form = window.form("/request-supplement/")
    keys = form.xpath('.//input[@name="requirement"]/@value')
    long = [f"{key}：{'补' * 400}" for key in keys[:2]] + ["补" * 501] + [""] * (len(keys) - 3)
    window.send("/request-supplement/", what=long)
    assert window.status == 422
    assert [i.get("value") for i in window.form("/request-supplement/").xpath('.//input[@name="what"]')][:2] == long[:2]
