"""The whole stepper through HTTP, without JavaScript: what a browser sends is what the page offers."""

import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from zhengtong.support.files.models import StoredFile
from zhengtong.support.forms.models import Draft

from .test_pages import PNG

pytestmark = [pytest.mark.django_db, pytest.mark.urls("zhengtong.support.forms.tests.stepper_site")]


@pytest.fixture(autouse=True)
def own_store(tmp_path, settings, register):
    settings.ZT_FILES, settings.ZT_CLAMD_SOCKET = tmp_path, ""


class Fields(HTMLParser):
    """What a browser would send from the page as it is."""

    def __init__(self, html):
        super().__init__()
        self.sent, self.offered = {}, set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name", "")
        if tag not in ("input", "textarea", "select") or not name:
            return
        self.offered.add(name)
        if given.get("type") in ("radio", "checkbox") and "checked" not in given:
            return
        if given.get("type") != "file" and tag == "input":
            self.sent[name] = given.get("value", "")


def send(client, key, action="next", **answers):
    page = client.get(f"/try/{key}/").content.decode()
    page = page[page.index('id="step-form"') :]
    fields = Fields(page)
    assert set(answers) <= fields.offered, set(answers) - fields.offered
    return client.post(f"/try/{key}/", {**fields.sent, **answers, "action": action})


def test_an_application_from_beginning_to_end(client):
    answer = send(client, "shop", shop_name="好味道", area_m2="80", industry="服务", kinds=["hot"])
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "相符的有 2 项" in page
    assert 'value="好味道"' in page  # nothing is lost
    answer = client.post(
        "/try/shop/", {**Fields(page).sent, "kinds": "hot", "industry.choice": "6220", "action": "next"}
    )
    assert answer["Location"] == "/try/people/"
    assert send(client, "people", phone="199 0000 0007")["Location"] == "/try/more/"
    photo = SimpleUploadedFile("平面图.png", PNG)
    answer = send(client, "more", has_signboard="true", plan=photo)
    assert answer.status_code == 200  # the promise is missing; the file is not lost
    assert "平面图.png" in answer.content.decode()
    answer = send(client, "more", sign_text="好味道", has_signboard="true", promise="true")
    assert answer["Location"] == "/try-summary/"
    summary = client.get("/try-summary/").content.decode()
    for words in ("快餐服务（6220）", "199****0007", "好味道", "平面图.png", "来自：市场监管登记"):
        assert words in summary


def test_a_field_that_appears_is_offered_by_the_next_page(client):
    answer = send(client, "more", action="refresh", has_signboard="true")
    assert 'name="sign_text"' in answer.content.decode()
    assert "error-summary" not in answer.content.decode()


def test_a_stale_page_is_refused_and_nothing_overwritten(client):
    send(client, "people", phone="19900000007")
    first = Fields(client.get("/try/people/").content.decode()).sent
    send(client, "people", phone="19900000008")
    answer = client.post("/try/people/", {**first, "phone": "19900000009", "action": "save"})
    assert answer.status_code == 409
    assert "另一个页面" in answer.content.decode()
    assert Draft.objects.get().data["phone"] == "19900000008"


def test_the_same_post_twice_is_done_once(client):
    page = client.get("/try/more/").content.decode()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)[1]
    for _again in range(2):
        sent = {"idempotency_key": key, "action": "save", "plan": SimpleUploadedFile("p.png", PNG)}
        assert client.post("/try/more/", sent).status_code == 200
    assert Draft.objects.get().revision == 1
    assert StoredFile.objects.count() == 1


def test_junk_is_answered_without_a_crash(client):
    for junk in (
        {"area_m2": "9" * 400},
        {"kinds": ["x"] * 500},
        {"shop_name": "\x00\ud7ff"},
        {"action": "explode"},
        {"opens": "0000-00-00"},
    ):
        for step in ("shop", "people"):
            page = client.get(f"/try/{step}/").content.decode()
            answer = client.post(f"/try/{step}/", {**Fields(page).sent, **junk})
            assert answer.status_code == 200


@pytest.mark.parametrize("url", ["/forms/options/industries/", "/forms/options/x' OR 1=1/"])
def test_addresses_with_junk(client, url):
    assert client.get(url, {"q": "'"}).status_code in (200, 404)
