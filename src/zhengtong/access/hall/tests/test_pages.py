"""The applicant's pages: few queries, nothing of another party, one case for one confirmation."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.test import Client
from lxml import html

from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import draft_restaurant, file_case
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import SERVICE, Answers, representative
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import services as directory
from zhengtong.security.directory.tests.factories import make_post
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in
from zhengtong.support.forms import services as forms
from zhengtong.support.notifications import services as notifications

MOST_QUERIES = 12
PAGES = ("/hall/", "/hall/cases/", "/hall/cases/?box=open", "/hall/credentials/", "/hall/messages/", "/hall/reads/")


def enter(username: str, capacity: str = "") -> Client:
    client, account = Client(), identity.find_account(username)
    key = next((o.key for o in identity.list_capacities(account, now()) if o.capacity == capacity), "")
    sign_in(client, account, key)
    return client


@pytest.fixture
def enterprise(seeded) -> Client:
    return enter("chen", "representative")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_few_queries_however_many_cases(enterprise, path, django_assert_max_num_queries) -> None:
    for _ in range(3):
        file_case()
    assert enterprise.get(path).status_code == 200  # warm
    with django_assert_max_num_queries(MOST_QUERIES):
        enterprise.get(path)


def test_a_case_page_asks_few_queries(enterprise, django_assert_max_num_queries) -> None:
    case = file_case()
    services.accept_case(actor=_official("window"), case_uuid=case.uuid, at=now())
    enterprise.get(f"/hall/cases/{case.uuid}/")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = enterprise.get(f"/hall/cases/{case.uuid}/")
    assert case.number in page.content.decode()


def _official(username: str):
    return identity.actor_for_account(identity.find_account(username), "", at=now(), mfa=True)


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(seeded, path) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?" + urlencode({"next": path})


def test_another_partys_case_is_refused_with_a_page_that_helps(seeded) -> None:
    case = file_case()
    answer = enter("wang").get(f"/hall/cases/{case.uuid}/")
    text = answer.content.decode()
    assert answer.status_code in (403, 404)
    assert "<main" in text
    assert case.number not in text
    assert "好味来" not in text


def test_an_unknown_case_is_not_found(enterprise) -> None:
    answer = enterprise.get("/hall/cases/00000000-0000-4000-8000-000000000000/")
    assert answer.status_code == 404
    assert "<main" in answer.content.decode()


def test_who_read_is_named_by_the_post_held_then(enterprise) -> None:
    """The officer has moved to another authority since, and another has left."""
    case, fire, begun = file_case(), _official("fire"), now()
    audit.record_read(fire, [case.applicant_urn], "防火检查", case, at=begun, case_urn=case.urn)
    gone = replace(_official("drainage"), urn=fire.urn[:-36] + str(UUID(int=7)))
    audit.record_read(gone, [case.applicant_urn], "排水", case, at=begun, case_urn=case.urn)
    admin, later = system_actor("tests"), begun + timedelta(seconds=1)
    moved = make_post("market-regulation", title="新岗位")
    directory.release(actor=admin, post_uuid=fire.posts[0].uuid, account_uuid=fire.account_uuid, at=later)
    directory.appoint(actor=admin, post_uuid=moved.uuid, account_uuid=fire.account_uuid, holder_name="某某", at=later)
    page = enterprise.get("/hall/reads/").content.decode()
    assert "消防" in page
    assert "新岗位" not in page
    assert "岗位不详" in page
    assert "official</td>" not in page


def test_every_read_and_every_message_can_be_reached(enterprise) -> None:
    case, food = file_case(), _official("food")
    for number in range(52):
        audit.record_read(food, [case.applicant_urn], f"目的{number:02}。", case, at=now())
        notifications.send(
            recipient_urn=case.applicant_urn, kind="tests.note", subject={"zh": f"消息{number:02}。", "en": "m"},
            body={"zh": "无", "en": "none"}, at=now(),
        )  # fmt: skip
    for path, word in (("/hall/reads/", "目的"), ("/hall/messages/", "消息")):
        seen, address = "", path
        while address:
            page = enterprise.get(address).content.decode()
            seen += page
            link = re.search(r'href="(\?before=\d+)"', page)
            address = path + link[1] if link else ""
        assert all(f"{word}{number:02}。" in seen for number in range(52)), path


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 40, "9" * 5000])
def test_a_strange_page_mark_is_no_fault_of_ours(enterprise, before) -> None:
    assert enterprise.get("/hall/messages/", {"before": before}).status_code < 500
    assert enterprise.get("/hall/cases/", {"before": before}).status_code < 500


def test_who_may_not_apply_is_told_before_any_question(seeded) -> None:
    answer = enter("wang").get("/hall/apply/open-restaurant/")
    page = html.document_fromstring(answer.content.decode())
    assert answer.status_code == 422
    assert "本事项由单位申请" in page.text_content()
    assert page.xpath('//main//a[contains(@href, "/identity/capacity/")]')
    assert not page.xpath("//main//form")


def test_a_supplement_thrown_away_begins_again_from_what_was_filed(enterprise) -> None:
    case = file_case(now())
    services.request_supplement(
        actor=_official("window"), case_uuid=case.uuid, items=[{"requirement_key": "floor-plan", "what": "标明出口"}],
        at=now(),
    )  # fmt: skip
    first = _post(enterprise, f"/hall/cases/{case.uuid}/", "supplement")
    step = enterprise.get(first["Location"])["Location"]
    assert "标明出口" in enterprise.get(step).content.decode()
    gone = _post(enterprise, step, "discard")
    assert gone["Location"] == f"/hall/cases/{case.uuid}/"
    again = _post(enterprise, f"/hall/cases/{case.uuid}/", "supplement")
    assert enterprise.get(again["Location"], follow=True).status_code == 200


def _post(client: Client, page: str, act: str):
    """Press the button of the form on a page whose address ends with the act."""
    document = html.document_fromstring(client.get(page).content.decode())
    form = document.xpath(f'//main//form[contains(@action, "/{act}/")]')[0]
    return client.post(form.get("action"), dict(form.form_values()))


def test_confirming_twice_files_one_case(enterprise) -> None:
    draft = draft_restaurant(now())
    page = enterprise.get(f"/hall/drafts/{draft}/confirm/")
    form = html.document_fromstring(page.content.decode()).xpath('//main//form[@method="post"]')[-1]
    posted = dict(form.form_values())
    first = enterprise.post(f"/hall/drafts/{draft}/confirm/", posted)
    again = enterprise.post(f"/hall/drafts/{draft}/confirm/", posted)
    assert (first.status_code, again.status_code) == (302, 302), first.content.decode()[:800]
    assert first["Location"] == again["Location"]
    assert Case.objects.count() == 1
    assert (
        enterprise.post(f"/hall/drafts/{draft}/confirm/", {"idempotency_key": "another-" + "k" * 20}).status_code == 404
    )
    assert Case.objects.count() == 1


def _confirm(enterprise: Client, draft) -> tuple[str, dict]:
    """The confirmation page's address, and what its form would send."""
    path = f"/hall/drafts/{draft}/confirm/"
    page = html.document_fromstring(enterprise.get(path).content.decode())
    return path, dict(page.xpath('//main//form[@method="post"]')[-1].form_values())


def test_what_another_tab_changed_is_not_filed_unseen(enterprise) -> None:
    draft = draft_restaurant(now())
    path, posted = _confirm(enterprise, draft)
    actor, version = representative("chen", at=now()), public_services.get_current_version(SERVICE)
    forms.save_draft(
        actor=actor, service_key=SERVICE, version_uuid=version.uuid, data=Answers.BUSINESS | {"seats": 12}, step="x",
        at=now(),
    )  # fmt: skip
    refused = enterprise.post(path, posted)
    assert refused.status_code == 409
    assert "草稿在别处有了改动" in refused.content.decode()
    assert not Case.objects.exists()
    assert enterprise.post(*_confirm(enterprise, draft)).status_code == 302
    assert cases.latest_submission(Case.objects.get())["seats"] == 12


def test_evidence_another_tab_took_out_is_not_missed(enterprise) -> None:
    draft = draft_restaurant(now())
    path, posted = _confirm(enterprise, draft)
    actor = representative("chen", at=now())
    services.detach(actor=actor, draft_uuid=draft, evidence_id=cases.list_draft_evidence(draft)[0].pk)
    assert enterprise.post(path, posted).status_code == 409
    assert not Case.objects.exists()


def test_the_query_password_is_shown_once_and_kept_nowhere(enterprise) -> None:
    done = enterprise.post(*_confirm(enterprise, draft_restaurant(now())))["Location"]
    assert "查询密码" in enterprise.get(done).content.decode()
    assert "查询密码" not in enterprise.get(done).content.decode()
    assert not [key for key in enterprise.session.keys() if key.startswith("password:")]  # noqa: SIM118


def test_answers_given_on_the_guide_are_not_asked_for_again(enterprise) -> None:
    asked = {"q_has_business_licence": "yes", "q_premises_ready": "yes", "q_area_m2": "320", "q_has_signboard": "no"}
    page = html.document_fromstring(enterprise.get("/hall/apply/open-restaurant/", asked).content.decode())
    form = page.xpath('//main//form[@method="post"]')[-1]
    assert {f"q_{name}": value for name, value in form.form_values() if f"q_{name}" in asked} == asked


def test_a_draft_without_answers_is_led_to_the_questions(enterprise) -> None:
    draft = draft_restaurant(now())
    actor, version = representative("chen", at=now()), public_services.get_current_version(SERVICE)
    silent = {name: value for name, value in Answers.BUSINESS.items() if name != forms.ANSWERS}
    forms.save_draft(actor=actor, service_key=SERVICE, version_uuid=version.uuid, data=silent, step="contact", at=now())
    answer = enterprise.post(*_confirm(enterprise, draft))
    page = html.document_fromstring(answer.content.decode())
    assert answer.status_code == 422
    assert page.xpath('//div[@id="error-summary"]//a[@href="/hall/apply/open-restaurant/"]')


def test_the_applicant_sees_why_it_is_that_day(enterprise) -> None:
    case = file_case()
    page = html.document_fromstring(enterprise.get(f"/hall/cases/{case.uuid}/").content.decode())
    link = page.xpath('//main//a[contains(@href, "/clocks/")]/@href')[0]
    text = enterprise.get(link).content.decode()
    assert "行政许可法" in text
    assert "第 1 天" in text
    assert enter("wang").get(link).status_code in (403, 404)
    other = file_case()
    assert enterprise.get(link.replace(str(case.uuid), str(other.uuid))).status_code == 404


def test_a_message_stands_in_its_own_place_and_not_as_an_answer_of_the_page(enterprise) -> None:
    party = representative("chen", at=now()).party_urn
    notifications.send(
        recipient_urn=party, kind="tests", subject={"zh": "您的办件已受理", "en": "Accepted"},
        body={"zh": "详见办件页。", "en": "See the case."}, at=now(),
    )  # fmt: skip
    page = enterprise.get("/hall/").content.decode()
    assert page.count("您的办件已受理") == 1
    assert party not in page
