"""The portal in Debian's Chromium, both languages, desktop and phone: axe, width, keyboard, and no script needed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as node
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.test.testcases import LiveServerThread

from zhengtong.access.portal.services import seed_site
from zhengtong.kernel import clock
from zhengtong.kernel.actors import system_actor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(node.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES = (
    "/", "/services/", "/services/?q=许可&audience=person", "/services/open-restaurant/",
    "/services/open-restaurant/?q_has_business_licence=no", "/services/senior-card/", "/events/",
    "/events/starting-a-restaurant/", "/departments/", "/notices/", "/notices/restaurant-one-thing/", "/verify/",
    "/verify/AAAA", "/progress/", "/receipts/", "/receipts/by-hand/", "/receipts/check/",
    "/site-map/", "/nowhere/", "/design/",
)  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM or not AXE.is_file(), reason="needs Chromium and axe-core (make test fetches it)"),
]


@pytest.fixture(scope="module")
def address(seeded_database, django_db_blocker):
    """A server over a seeded node of this module's own."""
    with django_db_blocker.unblock():
        cache.clear()
        seed_site(actor=system_actor("tests"), at=clock.now(), demo=True)
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert not server.error, server.error
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()
        cache.clear()


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def open_page(chromium, address, *, lang="zh-hans", size="desktop", script=True):
    width, height = WIDTHS[size]
    context = chromium.new_context(
        base_url=address, viewport={"width": width, "height": height}, java_script_enabled=script
    )
    context.add_cookies([{"name": "django_language", "value": lang, "url": address}])
    return context.new_page()


@pytest.mark.parametrize(("lang", "size"), [("zh-hans", "desktop"), ("en", "phone")])
def test_pages_are_accessible_and_fit(chromium, address, lang, size):
    page = open_page(chromium, address, lang=lang, size=size)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" and "status of 404" not in m.text else None)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    faults = []
    for path in PAGES:
        page.goto(path)
        page.evaluate(AXE.read_text())
        for found in page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]:
            faults.append((path, found["id"], [n["html"][:160] for n in found["nodes"]]))
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > WIDTHS[size][0]:
            faults.append((path, "wider than the window", wide))
    assert faults == []
    assert said == []  # also what the content security policy blocks


def test_by_keyboard_alone(chromium, address):
    page = open_page(chromium, address, size="phone")
    page.goto("/services/open-restaurant/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator(".nav-toggle > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".nav-toggle__panel a").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".nav-toggle__panel a").first.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_search_is_reached_by_keyboard_and_no_single_key_is_caught(chromium, address):
    page = open_page(chromium, address)
    page.goto("/")
    page.keyboard.press("/")  # WCAG 2.1.4: a public page has no switch for such keys, hence none
    assert page.evaluate("document.activeElement === document.body")
    page.locator("#hero-q").focus()
    page.keyboard.type("kbcyd")
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/?q=kbcyd")
    assert page.get_by_role("link", name="开办餐饮店", exact=True).is_visible()


def test_without_script(chromium, address):
    page = open_page(chromium, address, size="phone", script=False)
    page.goto("/")
    page.locator(".nav-toggle > summary").click()
    page.locator(".nav-toggle__panel").get_by_text("长者模式").click()
    assert page.locator("html.elder").count() == 1
    page.goto("/services/open-restaurant/")
    page.get_by_text("English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Open a restaurant"
    page.locator("[name=q_area_m2]").fill("120")
    for key in ("has_business_licence", "premises_ready"):
        page.locator(f"[name=q_{key}][value=yes]").check()
    page.locator("[name=q_has_signboard][value=no]").check()
    page.get_by_role("button", name="Show the result").click()
    assert page.get_by_role("heading", name="You can apply").is_visible()


def test_targets_are_large_enough_for_a_thumb(chromium, address):
    page = open_page(chromium, address, size="phone")
    small = []
    for path in ("/", "/services/", "/services/open-restaurant/", "/verify/", "/progress/"):
        page.goto(path)
        small += page.evaluate("""() => [...document.querySelectorAll('a, button, summary, select')].filter(e => {
            const box = e.getBoundingClientRect(), style = getComputedStyle(e);
            return box.width > 1 && box.height > 0 && box.height < 44 && style.display !== 'inline';
        }).map(e => location.pathname + ' ' + e.outerHTML.slice(0, 100))""")
    assert small == []


def test_nothing_moves_when_the_system_asks(chromium, address):
    page = open_page(chromium, address)
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    moving = page.evaluate("""() => [...document.querySelectorAll('*')].filter(e => {
        const s = getComputedStyle(e);
        return s.animationName !== 'none' || s.transitionDuration.split(', ').some(d => parseFloat(d) > 0);
    }).length""")
    assert moving == 0


def test_on_paper_the_guide_has_no_frame(chromium, address):
    page = open_page(chromium, address)
    page.emulate_media(media="print")
    page.goto("/services/open-restaurant/")
    for frame in (".topline", ".mainnav", ".phonebar", ".toc", ".summary__actions"):
        assert not page.locator(frame).first.is_visible(), frame
    assert page.locator("#requirements").is_visible()
