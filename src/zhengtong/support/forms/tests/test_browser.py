"""The stepper in Debian's Chromium: comforts of forms.js, keyboard, phone width, and what axe says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as node

from .test_pages import PNG

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(node.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("zhengtong.support.forms.tests.stepper_site"),
    pytest.mark.skipif(not CHROMIUM or not AXE.is_file(), reason="needs Chromium and axe-core (make test fetches it)"),
]


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server, tmp_path, settings, register):
    settings.ZT_FILES, settings.ZT_CLAMD_SOCKET = tmp_path, ""
    return live_server.url


@pytest.fixture
def page(chromium, site):
    page = chromium.new_page(base_url=site, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert faults == []


def axe_faults(page):
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")
    return [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found["violations"]]


def test_a_change_redraws_what_depends_on_it(page):
    page.goto("/try/more/")
    assert page.locator("p[data-refresh]").first.is_hidden()
    assert page.locator("[name=sign_text]").count() == 0
    page.set_input_files("[name=plan]", {"name": "平面图.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_label("是", exact=True).check()
    page.wait_for_selector("[name=sign_text]")
    assert page.evaluate("document.activeElement.name") == "has_signboard"
    assert page.get_by_text("平面图.png").count() >= 1  # a chosen file is not lost
    page.fill("[name=sign_text]", "好味道")
    page.get_by_label("否", exact=True).check()
    page.wait_for_selector("[name=sign_text]", state="detached")


def test_haste_loses_nothing(page):
    """Answers given, and a button pressed, while a redrawing is under way."""
    page.goto("/try/more/")
    page.set_input_files("[name=plan]", {"name": "p.png", "mimeType": "image/png", "buffer": PNG})
    page.evaluate("""() => {
        document.querySelector('[name=has_signboard][value=true]').click();
        document.querySelector('[name=promise]').click();
        document.querySelector('[name=has_signboard][value=false]').click();
        document.querySelector('[name=notes]').value = '马上';
        document.querySelector('.form__actions button[value=next]').click();
    }""")
    page.wait_for_url("**/try-summary/")
    assert page.get_by_text("马上").count() == 1
    assert page.get_by_text("p.png").count() == 1


def test_a_long_table_offers_its_items_while_one_types(page):
    page.goto("/try/shop/")
    page.locator("[name=industry]").press_sequentially("正餐")
    page.wait_for_selector("#l-industry option", state="attached")
    assert page.locator("#l-industry option").first.get_attribute("value") == "6210 正餐服务"


def test_faults_are_found_by_keyboard(page):
    page.goto("/try/shop/")
    page.get_by_role("button", name="下一步").last.press("Enter")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "shop_name"


def test_enter_in_a_field_goes_on_and_not_back(page):
    page.goto("/try/people/")
    page.fill("[name=phone]", "19900000007")
    page.locator("[name=phone]").press("Enter")
    page.wait_for_url("**/try/more/")


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_and_nothing_overflows(chromium, site, width, language, tmp_path):
    page = chromium.new_page(base_url=site, viewport={"width": width, "height": 800}, locale=language)
    for step, action in (("shop", "next"), ("people", "next"), ("more", "next"), ("more", "refresh")):
        page.goto(f"/try/{step}/")
        if step == "shop":
            page.fill("[name=industry]", "服务")
            page.locator(".field details summary").first.click()
        if action == "next":
            page.locator(".form__actions button[value=next]").click()
            page.wait_for_selector(".error-summary")
        assert axe_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("ZT_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/forms-{step}-{action}-{width}-{language}.png", full_page=True)
    page.goto("/try-summary/")
    assert axe_faults(page) == []
    if folder := os.environ.get("ZT_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/forms-summary-{width}-{language}.png", full_page=True)
    page.close()
