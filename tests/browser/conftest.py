"""Debian's Chromium against a node with its first data. ZT_SCREENSHOTS=FOLDER keeps every page that is judged."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread

from zhengtong.kernel.clock import now
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
READY = bool(CHROMIUM) and AXE.is_file()
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NOISE = ("Failed to load resource",)  # a refusal answered with 4xx is a page like any other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(not READY, reason="needs Chromium and axe-core (make test fetches it)"))


@pytest.fixture(scope="module")
def site(seeded_database: str, django_db_blocker: Any) -> Iterator[str]:
    """The address of a node that serves the module's database; what is done there is committed."""
    settings.ALLOWED_HOSTS, hosts = ["*"], settings.ALLOWED_HOSTS
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    with django_db_blocker.unblock():
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()
        thread.join()
    settings.ALLOWED_HOSTS = hosts


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """Somebody at a browser. `look` has axe judge the page at both widths and in both languages."""

    def __init__(self, page: Any, site: str, name: str) -> None:
        self.page, self.site, self.name = page, site, name
        self.said: list[str] = []
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)

    def _note(self, text: str) -> None:
        if not text.startswith(NOISE):
            self.said.append(text)

    def open(self, path: str) -> Visitor:
        self.page.goto(self.site + path)
        return self

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.site)

    def look(self, name: str) -> None:
        """The present page in English and Chinese, at 1440 and 390 px: axe finds nothing, nothing scrolls sideways."""
        here = self.page.url
        for language in ("en", "zh"):
            self._speak(language)
            self.page.goto(here)
            for size in (PHONE, WIDE):
                self.page.set_viewport_size(size)
                self.judge(f"{name}-{language}-{size['width']}")

    def _speak(self, language: str) -> None:
        self.page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": COOKIES[language], "url": self.site}]
        )

    def judge(self, name: str) -> None:
        """What axe says of the page as it stands, and whether it scrolls sideways."""
        if folder := os.environ.get("ZT_SCREENSHOTS"):
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run({iframes: false})")["violations"]
        faults = [(v["id"], [n["html"][:200] for n in v["nodes"]][:4]) for v in found]
        assert faults == [], f"{name}: {self.page.url}"
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{name} scrolls sideways"
        )
        if "-en-" in name:
            assert_speaks_english(self.page, name)

    def close(self) -> None:
        self.page.context.close()
        assert self.said == [], f"{self.name}'s browser complains"


COOKIES = {"zh": "zh-hans", "en": "en"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def assert_speaks_english(page: Any, name: str) -> None:
    """Headings, buttons and labels of an English page hold Chinese only as data, which is marked or a name."""
    texts = page.evaluate(
        "Array.from(document.querySelectorAll('main button, main legend, main label, main th, main summary, nav a'),"
        " e => e.closest('[lang^=zh]') ? '' : e.innerText)"
    )
    assert [t for t in texts if CHINESE.search(t) and not DATA.search(t)] == [], name


DATA = re.compile(r"演示|中文|公司")


@pytest.fixture(scope="module")
def visitor(chromium: Any, site: str) -> Iterator[Callable[..., Visitor]]:
    """`visitor("window")`: a browser with the demo account's session; `visitor("")`: a stranger's."""
    open_ones: list[Visitor] = []

    def enter(username: str = "", capacity: str = "") -> Visitor:
        context = chromium.new_context(viewport=WIDE, locale="zh-CN", reduced_motion="reduce")
        context.set_default_timeout(15_000)
        if username:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(username, capacity), "url": site}]
            )
        open_ones.append(Visitor(context.new_page(), site, username or "a stranger"))
        return open_ones[-1]

    yield enter
    for one in open_ones:
        one.close()


def session_of(username: str, capacity: str = "") -> str:
    """The key of a session opened without password and one-time code."""
    client, account = Client(), identity.find_account(username)
    key = next((o.key for o in identity.list_capacities(account, now()) if o.capacity == capacity), "")
    sign_in(client, account, key)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
