"""Beside the story: who may not apply yet and why, the window that changes it, a second shop, the why of a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhengtong.applications.cases.tests.conftest import file_case
from zhengtong.config.story.restaurant import representative
from zhengtong.kernel.clock import now
from zhengtong.resources.registers.tests.factories import give_up_premises, make_premises
from zhengtong.security.identity.models import Person

from .conftest import Visitor


def test_who_may_not_apply_yet_is_told_why_and_where_to_go(visitor: Callable[..., Visitor]) -> None:
    wang = visitor("wang")
    wang.open("/hall/apply/open-restaurant/").look("hall-wrong-party")
    Person.objects.filter(account__username="wang").update(assurance_level=1)
    wang.open("/hall/apply/senior-card/").look("hall-not-proved")
    assert "窗口" in wang.page.inner_text("main")
    wang.open("/identity/security/").look("hall-security-level-1")
    person = Person.objects.get(account__username="wang")
    clerk = visitor("window")
    clerk.open("/workbench/identity/").look("bench-identity")
    _type(clerk.page, person.name, "510000000000000000")
    clerk.judge("bench-identity-faults-zh-1440")
    assert "不一致" in clerk.page.inner_text("main")
    _type(clerk.page, person.name, str(person.id_number))
    clerk.page.get_by_text("现为二级").wait_for()
    wang.open("/hall/apply/senior-card/")
    assert wang.page.locator("main form").count()


def _type(page: Any, name: str, number: str) -> None:
    page.fill("[name=username]", "wang")
    page.fill("[name=name]", name)
    page.fill("[name=id_number]", number)
    page.check("[name=seen]")
    page.get_by_role("button", name="确认核验").click()
    page.wait_for_load_state("networkidle")


def test_the_second_shop_is_chosen_and_what_hangs_on_it_follows(visitor: Callable[..., Visitor]) -> None:
    company = representative("chen", at=now())
    second = make_premises(owner_urn=company.party_urn, address="演示路99号", area_m2=500)
    chen = visitor("chen", "representative")
    asked = "q_has_business_licence=yes&q_premises_ready=yes&q_area_m2=320&q_has_signboard=no"
    chen.open(f"/hall/apply/open-restaurant/?{asked}").look("hall-start-answered")
    page = chen.page
    page.locator("main form .btn--primary").last.click()
    page.locator(".form__actions [value=next]").click()
    page.wait_for_url("**/step/premises/")
    chen.look("hall-premises")
    page.check("[name=premises_certificate_number][value='{}']".format(second["certificate_number"]))
    page.locator("input[readonly][value='演示路99号']").wait_for()
    page.check("[name=premises_certificate_number][value='*']")
    page.locator("[name=premises_address]").wait_for()
    page.fill("[name='premises_certificate_number.other']", "川（2026）广安区不动产权第7号（演示）")
    page.locator("[value=save]").first.click()
    page.wait_for_load_state("networkidle")
    chen.look("hall-premises-other")
    assert "第7号" in page.input_value("[name='premises_certificate_number.other']")


def test_the_applicant_sees_how_a_limit_was_counted(visitor: Callable[..., Visitor]) -> None:
    give_up_premises("演示路99号")
    case = file_case(now())
    chen = visitor("chen", "representative")
    chen.open(f"/hall/cases/{case.uuid}/").look("hall-case-limits")
    chen.page.locator("main a[href*='/clocks/']").first.click()
    chen.look("hall-clock")
    chen.open("/hall/credentials/").look("hall-credentials-receipts")
