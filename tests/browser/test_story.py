"""The story by hand: enterprise, window, four reviewers, lead authority, verifier; every page they see is judged."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from zhengtong.config.story import Answers
from zhengtong.kernel.clock import CHINA, china_date, now
from zhengtong.security.audit import wire
from zhengtong.security.identity import queries as identity

from .conftest import Visitor
from .pictures import drawing

PASSWORD = "Guangan-Demo-2026"
REVIEWERS = ("food", "fire", "drainage", "signboard")


@pytest.fixture(scope="module")
def enterprise(visitor: Any) -> Visitor:
    return visitor("chen", "representative")


def test_a_restaurant_opens(visitor: Any, enterprise: Visitor) -> None:
    """One story, told in the order in which it happens."""
    _apply(enterprise)
    case = enterprise.path.split("/")[3]
    enterprise.look("hall-done")
    enterprise.open(f"/hall/cases/{case}/").look("hall-case-submitted")
    _accept(visitor(), case)
    _visit(visitor("food"), case)
    for name in REVIEWERS:
        _give_opinion(visitor(name), case, look=name == "food")
    enterprise.open(f"/hall/cases/{case}/").look("hall-case-awaiting")
    _decide(visitor("lead"), case)
    _receive(enterprise, case)
    _verify(visitor(), enterprise)
    for path, name in (
        ("/hall/", "home"),
        ("/hall/cases/", "cases"),
        ("/hall/messages/", "messages"),
        ("/hall/reads/", "reads"),
    ):
        enterprise.open(path).look(f"hall-{name}")


def _apply(enterprise: Visitor) -> None:
    page = enterprise.page
    enterprise.open("/hall/").look("hall-empty")
    enterprise.open("/services/open-restaurant/")
    page.locator("a[href='/hall/apply/open-restaurant/']").first.click()
    enterprise.look("hall-start")
    page.check("[name=has_business_licence][value=yes]")
    page.check("[name=premises_ready][value=yes]")
    page.fill("[name=area_m2]", "320")
    page.check("[name=has_signboard][value=yes]")
    page.locator("main form .btn--primary").last.click()
    while "/step/" in enterprise.path:
        key = enterprise.path.split("/")[-2]
        _fill(page)
        if key == "business":
            page.locator("#step-form [value=save]").first.click()
            enterprise.look(f"hall-step-{key}")
        page.locator(".form__actions [value=next]").click()
        page.wait_for_url(lambda url, key=key: f"/step/{key}/" not in url)
    _hand_in(enterprise)
    page.get_by_role("button", name="下一步：确认提交").click()
    enterprise.look("hall-confirm")
    page.get_by_role("button", name="确认并提交").click()
    page.wait_for_url("**/done/")


def _fill(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    names = [
        n for n in Answers.BUSINESS if n[0] != "$" and page.locator(f"#step-form [name={n}]:not([readonly])").count()
    ]
    for name in names:
        field, value = page.locator(f"#step-form [name={name}]"), Answers.BUSINESS[name]
        kind = field.last.get_attribute("type")
        if kind == "radio" or kind == "checkbox":
            _choose(page, name, value, kind)
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def _choose(page: Any, name: str, value: Any, kind: str) -> None:
    texts = [
        "true" if value is True else "false" if value is False else str(v)
        for v in ([value] if not isinstance(value, list) else value)
    ]
    for text in texts:
        box = page.locator(f"#step-form input[type={kind}][name={name}]")
        wanted = page.locator(f"#step-form input[type={kind}][name={name}][value='{text}']")
        (wanted if wanted.count() else box.first).check()
    page.wait_for_load_state("networkidle")


def _hand_in(enterprise: Visitor) -> None:
    page = enterprise.page
    enterprise.judge("hall-evidence-empty")
    page.locator("button[value^='reuse:']").first.click()
    page.locator("button[value^='remove:']").first.wait_for()
    uploaded = 0
    while (waiting := page.locator("section.card:has(.tag--yellow) input[type=file]")).count():
        picture = drawing(f"图纸 {uploaded + 1}")
        waiting.first.set_input_files({"name": f"图纸{uploaded + 1}.png", "mimeType": "image/png", "buffer": picture})
        waiting.first.locator("xpath=ancestor::form").locator("button[value=attach]").click()
        uploaded += 1
        page.wait_for_function(f"document.querySelectorAll(\"button[value^='remove:']\").length > {uploaded}")
    enterprise.look("hall-evidence-full")


def _accept(window: Visitor, case: str) -> None:
    """The window signs in with password and one-time code, finds the case in the queue by keyboard, and accepts."""
    page = window.page
    window.open("/workbench/")
    page.fill("[name=login]", "window")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").first.click()
    page.fill("[name=code]", identity.demo_otp("window", now()))
    page.locator("main form .btn--primary").first.click()
    page.wait_for_url("**/workbench/")
    window.look("bench-queue")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == "number"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/workbench/cases/{case}/")
    assert not page.locator(".viewer__image").count(), "nothing is opened before it is asked for"
    page.locator(".viewer__list a", has_not=page.locator(".tag--green")).first.click()
    page.locator(".viewer__image img").wait_for()
    assert page.locator(".viewer__image img").evaluate("i => i.naturalWidth") > 100, "the evidence is shown in the page"
    window.look("bench-case-window")
    page.keyboard.press("s")
    assert page.evaluate("document.activeElement.name") == "what", "s leads to the supplement notice"
    window.judge("bench-case-supplement")
    page.locator("h1").click()  # a key typed into a field is text
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.locator(".reviews").wait_for()
    assert "审查中" in page.inner_text("main header")
    page.locator(".clocks a").first.click()
    window.look("bench-clock")
    number = page.locator(".breadcrumbs .number").inner_text()
    page.fill("#bench-q", number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/workbench/cases/{case}/")
    window.open("/workbench/find/?q=91999999999").look("bench-found-nothing")  # a link finds by case number only
    window.open("/workbench/permissions/").look("bench-permissions")


def _visit(food: Visitor, case: str) -> None:
    page = food.page
    food.open(f"/workbench/cases/{case}/").look("bench-case-reviewer")
    page.locator(".viewer__list a", has=page.locator(".tag--green")).first.click()
    page.locator("iframe.viewer__page").wait_for()
    assert "view=" in page.url
    page.wait_for_timeout(1500)
    food.judge("bench-case-credential")
    form = page.locator("form[action$='/visit/']")
    page.locator("details", has=form).locator("summary").click()
    for name in ("吴刚", "冯涛"):  # one of each authority that needs the visit
        form.locator("label", has_text=name).locator("[name=officers]").check()
    today = china_date(now()).isoformat()
    form.locator("[name=scheduled_at]").fill(f"{today}T00:01")
    form.locator("[name=place]").fill("演示路18号")
    food.judge("bench-case-visit")
    form.locator("button[type=submit]").click()
    record = page.locator("form[action$='/record-visit/']")
    record.locator("[name=conducted_at]").fill(f"{now().astimezone(CHINA):%Y-%m-%dT%H:%M}")
    record.locator("[name=findings]").fill("布局合理，设施符合要求。")
    record.locator("button[type=submit]").click()
    page.get_by_text("布局合理，设施符合要求。").wait_for()


def _give_opinion(officer: Visitor, case: str, *, look: bool) -> None:
    page = officer.page
    officer.open(f"/workbench/cases/{case}/")
    form = page.locator("form[data-opinion]")
    form.locator("[value=favourable]").check()
    form.locator("[data-phrase]").first.click()
    assert form.locator("textarea").input_value().startswith("经审查")
    if look:
        with page.expect_navigation():
            form.get_by_role("button", name="保存草稿").click()
        assert form.locator("textarea").input_value().startswith("经审查"), "a draft of an opinion is kept"
    form.get_by_role("button", name="提交意见").click()
    form.wait_for(state="detached")


def _decide(lead: Visitor, case: str) -> None:
    lead.open("/workbench/").look("bench-queue-lead")
    lead.open(f"/workbench/cases/{case}/").look("bench-case-lead")
    form = lead.page.locator("form[action$='/decide/']")
    form.locator("[value=granted]").check()
    form.locator("textarea").fill("各部门意见一致，符合法定条件，准予许可。")
    form.locator("button[type=submit]").click()
    lead.page.wait_for_load_state("networkidle")
    lead.look("bench-case-granted")
    lead.open("/workbench/?box=done").look("bench-done")


def _receive(enterprise: Visitor, case: str) -> None:
    page = enterprise.page
    enterprise.open(f"/hall/cases/{case}/").look("hall-case-granted")
    page.get_by_role("button", name="确认收到").click()
    page.check("[name=score][value='5']")
    page.get_by_role("button", name="提交评价").click()
    page.get_by_text("您的评价").wait_for()
    receipt = page.locator("a[href*='/receipts/']").first.get_attribute("href")
    assert wire.verify(page.request.get(enterprise.site + receipt).json()).ok


def _verify(stranger: Visitor, enterprise: Visitor) -> None:
    enterprise.open("/hall/credentials/").look("hall-credentials")
    link = enterprise.page.locator("article", has_text="食品经营许可证").locator("a[href*='/verify/']")
    stranger.open(link.get_attribute("href"))
    assert "真实有效" in stranger.page.inner_text("main")
    stranger.look("verify")
    drawn = enterprise.page.locator("a[href*='/credentials/'][href$='.pdf']").first.get_attribute("href")
    assert BytesIO(enterprise.page.request.get(enterprise.site + drawn).body()).read(5) == b"%PDF-"
