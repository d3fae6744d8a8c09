"""The pictures of README, taken from a running demonstration node in Debian's Chromium.

python scripts/screenshots.py [http://127.0.0.1:8000]

Files one application (everybody in it is invented), lets the window accept it and two of the four authorities give
their opinion, then takes each picture in both languages. The node must be running with --demo.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PASSWORD = "Guangan-Demo-2026"
SERVICE = "open-restaurant"
WIDTH, LARGEST = 1280, 300_000  # pixels, bytes
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-component-update"]
sys.path.insert(0, str(ROOT / "src"))


class Refused(SystemExit):
    """The node did not do what was asked; the message says what it answered."""


class Person:
    """A demo account signed in, in a browser of its own."""

    def __init__(self, browser: Any, address: str, username: str, *, official: bool = True) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": WIDTH, "height": 900}
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        if username:
            self.sign_in(username, official)

    def sign_in(self, username: str, official: bool) -> None:
        self.page.goto("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("main form button").first.click()
        if official:
            self.page.fill("input[name=code]", one_time_code(username))
            self.page.locator("main form button.btn--primary").first.click()
        self.page.wait_for_url("**/" + ("workbench/**" if official else "**"))

    def send(self, path: str, body: Any = None, file: tuple[str, bytes] | None = None) -> Any:
        """POST to the open interface with the session of this person."""
        token = next((c["value"] for c in self.context.cookies() if c["name"] == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Idempotency-Key": secrets.token_hex(12), "Referer": self.address}
        if file:
            part = {"name": file[0], "mimeType": "image/png", "buffer": file[1]}
            answer = self.context.request.post(path, headers=headers, multipart={"file": part})
        else:
            answer = self.context.request.post(path, headers=headers, data=body)
        if not answer.ok:
            raise Refused(f"{path}: {answer.status} {answer.text()[:600]}")
        return answer.json()

    def picture(self, path: str, name: str, *, most: int = 1500) -> None:
        """Both languages of one page, at most so many pixels high."""
        for language in ("zh", "en"):
            self.page.goto(path + ("&" if "?" in path else "?") + f"lang={language}", wait_until="networkidle")
            tall = min(self.page.evaluate("document.documentElement.scrollHeight"), most)
            shown = self.page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": tall})
            keep(shown, IMAGES / f"{name}.{language}.jpg")


def one_time_code(username: str) -> str:
    command = [sys.executable, "-m", "zhengtong", "demo", "otp", username]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, env=environment, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def keep(shown: bytes, target: Path) -> None:
    """As JPEG, as good as LARGEST allows."""
    picture = Image.open(io.BytesIO(shown)).convert("RGB")
    for quality in (85, 75, 65, 55, 45):
        picture.save(target, quality=quality, optimize=True, progressive=True)
        if target.stat().st_size <= LARGEST:
            print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KB")
            return
    raise Refused(f"{target.name} stays above {LARGEST} bytes")


def drawing() -> bytes:
    """A small sheet that stands for every drawing and certificate of the story."""
    sheet = io.BytesIO()
    Image.new("RGB", (420, 297), "#eef2f7").save(sheet, "PNG")
    return sheet.getvalue()


def answers() -> dict[str, Any]:
    """What the enterprise of the demonstration writes into the form."""
    from zhengtong.config.cli import django_setup

    django_setup(database=False)
    from zhengtong.config.story.restaurant import Answers

    return Answers.BUSINESS


def file_a_case(browser: Any, address: str) -> tuple[Person, str]:
    """The enterprise applies through the open interface. Gives its browser and the case's uuid."""
    enterprise = Person(browser, address, "chen", official=False)
    enterprise.page.goto("/identity/capacity/")
    enterprise.page.locator("main section:has-text('好味来') form button").first.click()
    enterprise.page.wait_for_load_state()
    manifest = enterprise.context.request.get(f"/api/v1/services/{SERVICE}").json()["version"]["manifest"]
    evidence = []
    for requirement in manifest["requirements"]:
        stored = enterprise.send("/api/v1/files", file=(f"{requirement['key']}.png", drawing()))
        evidence.append({"requirement_key": requirement["key"], "file_uuid": stored["uuid"]})
    filed = enterprise.send("/api/v1/cases", {"service_key": SERVICE, "data": answers(), "evidence": evidence})
    return enterprise, filed["case"]["uuid"]


def carry_on(browser: Any, address: str, case: str) -> None:
    """The window accepts; two of the four authorities give their opinion."""
    window = Person(browser, address, "window")
    window.send(f"/api/v1/cases/{case}/accept", {})
    reviews = {r["key"]: r["uuid"] for r in window.context.request.get(f"/api/v1/cases/{case}").json()["reviews"]}
    for key in ("drainage", "signboard"):
        officer = Person(browser, address, key)
        said = {"outcome": "favourable", "remarks": "经审查，符合要求，同意。"}
        officer.send(f"/api/v1/cases/reviews/{reviews[key]}/opinion", said)


def main(address: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise Refused("No Chromium on this machine: apt install chromium")
    if urllib.parse.urlsplit(address).hostname not in ("127.0.0.1", "localhost"):
        raise Refused("Pictures are taken from a demonstration node of this machine only.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        Person(browser, address, "").picture("/", "home")
        Person(browser, address, "").picture(f"/services/{SERVICE}/", "guide")
        enterprise, case = file_a_case(browser, address)
        carry_on(browser, address, case)
        enterprise.picture(f"/hall/cases/{case}/", "case")
        reviewer = Person(browser, address, "food")
        reviewer.picture("/workbench/", "queue", most=900)
        reviewer.picture(f"/workbench/cases/{case}/", "workbench")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
