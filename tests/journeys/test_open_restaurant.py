"""The main journey (docs/explanation/design.md, section 4), through the pages, without JavaScript."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile

from zhengtong.applications.cases.models import Case
from zhengtong.config.story import Answers
from zhengtong.config.story.restaurant import PNG
from zhengtong.kernel.clock import CHINA, now
from zhengtong.security.audit import wire
from zhengtong.security.identity import queries as identity

from .pages import Browser


def test_a_restaurant_opens(enter) -> None:
    # 1  the enterprise reads the guide and answers the eligibility questions
    enterprise: Browser = enter("")
    enterprise.open("/services/open-restaurant/")
    assert enterprise.status == 200
    assert "开办餐饮店" in enterprise.text

    # 2  signs in and acts for its company
    enterprise = enter("chen", capacity="representative")
    enterprise.open("/hall/apply/open-restaurant/")
    _answer(enterprise)

    # 3  the form opens with what the registers know already filled in, each value with its source
    assert "来自" in enterprise.text
    assert "好味来" in enterprise.text
    draft = re.search(r"/hall/drafts/([0-9a-f-]{36})/", enterprise.path)[1]
    for _step in range(4):
        _fill(enterprise)

    # 4  evidence already held is referenced, not uploaded
    assert enterprise.path.endswith("/evidence/"), enterprise.text[:600]
    reuse = enterprise.page.xpath('//button[starts-with(@value, "reuse:")]/@value')
    assert reuse, "the property certificate is held and should be offered"
    enterprise.send(button=f"do={reuse[0]}")
    _upload_the_rest(enterprise)
    enterprise.send(button="do=next")

    # 5  submits: version pinned, number given, signed receipt
    assert enterprise.path.endswith("/confirm/")
    enterprise.send("")
    assert enterprise.path.endswith("/done/"), enterprise.text[:1500]
    case = Case.objects.get()
    assert case.number in enterprise.text
    receipt_url = enterprise.links("/receipts/")[0]
    receipt = json.loads(enterprise.client.get(receipt_url).content)
    assert wire.verify(receipt).ok
    assert receipt["disclosed"]["detail"]["value"]["case"] == case.number
    altered = b64encode(b64decode(receipt["leaf"]).replace(b'"representative"', b'"agent"')).decode()
    assert not wire.verify(receipt | {"leaf": altered}).ok
    assert enterprise.client.get(f"/hall/drafts/{draft}/").status_code == 404  # the draft became the case

    # 6  the window accepts
    window = enter("window")
    window.open("/workbench/")
    assert case.number in window.text
    window.open(f"/workbench/cases/{case.uuid}/").send("/accept/")
    case.refresh_from_db()
    assert case.status == "in_review"

    # 7  the reviews open at once; a site visit is shared by two officers
    assert {r.key for r in case.reviews.filter(state="open")} == {"food", "fire", "drainage", "signboard"}
    food = enter("food")
    food.open(f"/workbench/cases/{case.uuid}/")
    today = now().astimezone(CHINA)
    officers = [str(identity.find_account(name).uuid) for name in ("food", "fire")]  # one of each authority
    food.send("/visit/", officers=officers, scheduled_at=f"{today:%Y-%m-%dT%H:%M}", place="民生路 1 号")
    assert food.status == 200, food.text[:500]
    assert "现场核查" in food.text
    food.send("/record-visit/", conducted_at=f"{today:%Y-%m-%dT%H:%M}", findings="布局合理，设施符合要求。")

    # 8, 9  opinions come in; the last one closes the joint review
    for key in ("food", "fire", "drainage", "signboard"):
        officer = enter(key)
        officer.open(f"/workbench/cases/{case.uuid}/")
        officer.send("/opinion/", outcome="favourable", remarks="符合要求，同意。")
        assert officer.status == 200, officer.text[:600]
    case.refresh_from_db()
    assert case.status == "awaiting_decision"

    # 10  the lead authority decides
    lead = enter("lead")
    lead.open(f"/workbench/cases/{case.uuid}/")
    lead.send("/decide/", outcome="granted", reasons="各部门意见一致，准予许可。")
    case.refresh_from_db()
    assert case.status == "granted", lead.text[:800]

    # 11  the credentials are issued, signed, findable; anyone can verify
    enterprise.open("/hall/credentials/")
    assert "食品经营许可证" in enterprise.text
    (verify,) = enterprise.page.xpath('//article[contains(., "食品经营许可证")]//a[contains(@href, "/verify/")]/@href')
    stranger = enter("").open(verify)
    assert stranger.status == 200
    assert "真实有效" in stranger.text

    # 12  the applicant is told, receives, rates
    enterprise.open("/hall/messages/")
    assert "您的申请已获准予" in enterprise.text
    enterprise.open(f"/hall/cases/{case.uuid}/").send("/collect/")
    enterprise.send("/rate/", score="5", remarks="很方便")
    case.refresh_from_db()
    assert case.delivered_at
    assert case.rating.score == 5


def _answer(browser: Browser) -> None:
    form = next(f for f in browser.page.forms if "area_m2" in f.fields)
    values = dict(form.form_values()) | {
        "has_business_licence": "yes", "premises_ready": "yes", "area_m2": "320", "has_signboard": "yes",
    }  # fmt: skip
    browser._arrive(browser.client.post(browser.path, values, follow=True), browser.path)
    assert "/step/" in browser.path, browser.text[:800]


def _fill(browser: Browser) -> None:
    """Fill in what the present step asks for and go on."""
    form = next(f for f in browser.page.forms if f.get("id") == "step-form")
    values: dict[str, object] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    for name, value in Answers.BUSINESS.items():
        if name in form.fields:
            values[name] = _as_posted(form, name, value)
    values["action"] = "next"
    before = browser.path
    browser._arrive(browser.client.post(browser.path, values, follow=True), browser.path)
    assert browser.path != before, browser.text[:3000]


def _as_posted(form, name: str, value: object) -> object:
    if value is True or value is False:
        options = form.xpath(f'.//input[@name="{name}"]/@value')
        return options[0] if value else options[-1]
    return [str(v) for v in value] if isinstance(value, list) else str(value)


def _upload_the_rest(browser: Browser) -> None:
    for _ in range(12):
        missing = [f for f in browser.page.forms if "file" in f.fields and "必要" in _heading_of(f)]
        if not missing:
            return
        values = dict(missing[0].form_values()) | {
            "do": "attach",
            "file": SimpleUploadedFile("图纸.png", BytesIO(PNG).read(), "image/png"),
        }
        browser._arrive(browser.client.post(browser.path, values, follow=True), browser.path)
        assert browser.status == 200, browser.text[:800]


def _heading_of(form) -> str:
    return form.xpath('string(ancestor::section[1]//div[contains(@class, "card__head")])')
