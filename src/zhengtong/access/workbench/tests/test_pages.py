"""The officers' pages: few queries, the rules explained, the log for auditors only, no act on a stale page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from lxml import html
from tests.journeys.states import STATES

from zhengtong.access.hall.tests.test_pages import MOST_QUERIES, enter
from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases import services
from zhengtong.applications.cases.tests.conftest import START, act_as, file_case
from zhengtong.config.story.restaurant import Answers
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.idempotency.models import IdempotentRequest
from zhengtong.resources.credentials.models import Credential
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory.models import Post
from zhengtong.security.identity.models import Account, LegalEntity, Person, Representation
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.models import Delegation
from zhengtong.security.permissions.providers import POLICIES

PAGES = (
    "/workbench/", "/workbench/?box=open", "/workbench/?box=done", "/workbench/?box=all", "/workbench/find/",
    "/workbench/find/?q=919", "/workbench/permissions/", "/workbench/permissions/?action=cases.case.decide",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_few_queries_however_many_cases(seeded, path, django_assert_max_num_queries) -> None:
    for _ in range(3):
        file_case()
    window = enter("window")
    assert window.get(path).status_code in (200, 404)  # warm
    with django_assert_max_num_queries(MOST_QUERIES):
        window.get(path)


def test_the_desk_of_a_case_asks_few_queries(seeded, django_assert_max_num_queries) -> None:
    case = file_case()
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    food = enter("food")
    food.get(f"/workbench/cases/{case.uuid}/")
    with django_assert_max_num_queries(MOST_QUERIES):
        page = food.get(f"/workbench/cases/{case.uuid}/").content.decode()
    assert 'class="viewer__image"' not in page, "nothing is opened before it is asked for"
    page = food.get(f"/workbench/cases/{case.uuid}/", {"view": _drawing(case)}).content.decode()
    assert "审查要点" in page
    assert "布局和流程合理" in page
    assert "data-phrase" in page
    assert 'class="viewer__image"' in page


def _drawing(case) -> str:
    """The first file handed in with the case."""
    return str(next(e.file_uuid for e in cases.list_evidence(case) if e.file_uuid))


def test_an_officials_look_at_a_file_is_told_to_the_applicant_once_a_day(seeded) -> None:
    case = file_case()
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    file = f"/hall/cases/{case.uuid}/files/{_drawing(case)}/"
    assert b"".join(enter("chen", "representative").get(file).streaming_content)
    assert audit.list_reads_of(case.applicant_urn) == [], "the applicant's own look"
    for officer in ("food", "food", "fire"):
        assert b"".join(enter(officer).get(file).streaming_content).startswith(b"\x89PNG")
    reads = audit.list_reads_of(case.applicant_urn)
    assert {read.actor_urn for read in reads} == {act_as("food").urn, act_as("fire").urn}
    assert len(reads) == 2
    assert reads[0].case_urn == case.urn
    assert case.number in reads[0].purpose
    assert enter("chen", "representative").get("/hall/reads/").content.decode().count(case.number) == 2


def test_a_look_on_another_day_is_another_look(seeded) -> None:
    case, food = file_case(), act_as("food")
    urn = case.urn.replace("cases:case", "files:file")
    for hours in (0, 1, 24, 25):
        services.note_look(actor=food, case=case, urn=urn, at=START + timedelta(hours=hours))
    assert [read.at - START for read in audit.list_reads_of(case.applicant_urn)] == [timedelta(days=1), timedelta()]


@pytest.mark.parametrize("username", ["window", "food", "lead", "auditor", "admin"])
def test_every_permission_is_explained_for_every_kind_of_thing(seeded, username) -> None:
    case, actor = file_case(), act_as(username)
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    things = [case, case.reviews.first(), case.papers.first(), *_things()]
    for action in POLICIES:
        for thing in things:
            assert permissions.explain(actor, action, thing), (action, thing)
    page = enter(username).get("/workbench/permissions/", {"action": "cases.review.decide", "number": case.number})
    assert page.status_code == 200


def test_a_number_that_does_not_matter_is_said_not_to(seeded) -> None:
    case, food = file_case(), enter("food")
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    asked = {"number": case.number, "action": "cases.review.decide"}
    assert "不影响结论" in food.get("/workbench/permissions/", asked).content.decode()
    asked["action"] = "cases.case.visit"
    assert "不影响结论" not in food.get("/workbench/permissions/", asked).content.decode()


def test_who_could_names_the_pair_of_acts_that_excludes_somebody(seeded) -> None:
    """The clerk who accepted, and has come to the role of deciding too, is named with what he did."""
    case = file_case(now())
    window = act_as("window", now())
    permissions.bind_role(actor=system_actor("tests"), role="decider", post_uuid=window.posts[0].uuid, at=now())
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    asked = {"number": case.number, "action": "cases.case.decide"}
    text = enter("lead").get("/workbench/permissions/", asked).content.decode()
    assert "不得决定本人受理的件" in text
    assert "本人已办理“受理”，不能再办理“作出决定”" in text
    english = enter("lead").get("/workbench/permissions/", {**asked, "lang": "en"}, follow=True).content.decode()
    assert "Has done “Accept” and may not also do “Decide”" in english


def test_my_permissions_say_how_far_a_role_reaches_and_take_a_purpose(seeded) -> None:
    case, supervisor = file_case(), enter("supervisor")
    page = supervisor.get("/workbench/permissions/").content.decode()
    assert "范围：本级及下级行政区划 · 知悉级别：内部" in page
    asked = {"number": case.number, "action": "cases.case.reveal"}
    text = enter("window").get("/workbench/permissions/", {**asked, "purpose": "supervision"}).content.decode()
    assert "不满足" in text
    text = enter("window").get("/workbench/permissions/", {**asked, "purpose": "case-handling"}).content.decode()
    assert "不满足" not in text


def test_a_supervisor_reads_the_cases_of_his_area_and_handles_none(seeded) -> None:
    case, supervisor = file_case(), enter("supervisor")
    assert case.number in supervisor.get("/workbench/").content.decode(), "he begins with what is in progress"
    page = supervisor.get(f"/workbench/cases/{case.uuid}/")
    assert page.status_code == 200
    assert "/reveal/" not in page.content.decode()
    assert "/accept/" not in page.content.decode()


def _things() -> list:
    kinds = (Person, LegalEntity, Account, Representation, Credential, Post)
    return [kind.objects.first() for kind in kinds]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "9" * 5000])
def test_a_strange_page_mark_is_no_fault_of_ours(seeded, before) -> None:
    assert enter("window").get("/workbench/", {"box": "open", "before": before}).status_code == 200
    assert enter("auditor").get("/workbench/log/", {"before": before}).status_code == 200


@pytest.mark.parametrize(
    ("state", "offered", "recordable"),
    [("in_review", True, False), ("visit_arranged", False, True), ("visit_recorded", False, False)],
)
def test_a_visit_is_offered_once(seeded, state, offered, recordable) -> None:
    case = STATES[state]()
    page = enter("food").get(f"/workbench/cases/{case.uuid}/").content.decode()
    assert (f'action="/workbench/cases/{case.uuid}/visit/"' in page) is offered
    assert (f'action="/workbench/cases/{case.uuid}/record-visit/"' in page) is recordable
    assert ("先登记两名以上人员的核查结果" in page) is (state != "visit_recorded")


@pytest.mark.parametrize("path", [*PAGES, "/workbench/log/"])
def test_a_stranger_is_sent_to_sign_in(seeded, path) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_an_applicant_has_no_business_here(seeded) -> None:
    assert enter("wang").get("/workbench/").status_code == 403


def test_a_case_of_another_authority_is_refused_with_a_page_that_helps(seeded) -> None:
    case = file_case()
    answer = enter("renshe").get(f"/workbench/cases/{case.uuid}/")
    text = answer.content.decode()
    assert answer.status_code in (403, 404)
    assert "<main" in text
    assert case.number not in text


def test_search_finds_by_number_and_by_credit_code(seeded) -> None:
    case, window = file_case(), enter("window")
    place = f"/workbench/cases/{case.uuid}/"
    assert window.get("/workbench/find/", {"q": f" {case.number} "})["Location"] == place
    assert window.post("/workbench/find/", {"q": f" {case.number} "})["Location"] == place
    other = file_case()
    found = window.post("/workbench/find/", {"q": "91999999202600012A"}).content.decode()
    assert case.number in found
    assert other.number in found
    assert enter("renshe").post("/workbench/find/", {"q": case.number}).status_code == 404
    assert window.post("/workbench/find/", {"q": "x'--"}).status_code == 404
    assert window.post("/workbench/find/", {"q": "x\x00"}).status_code in (400, 404)


def test_whose_case_it_is_never_stands_in_an_address(seeded) -> None:
    case, window = file_case(), enter("window")
    by_address = window.get("/workbench/find/", {"q": "91999999202600012A"})
    assert by_address.status_code == 404
    assert case.number not in by_address.content.decode()
    form = html.document_fromstring(window.get("/workbench/").content.decode()).xpath('//form[@role="search"]')[0]
    assert form.method == "POST"
    assert form.fields["csrfmiddlewaretoken"]
    assert not IdempotentRequest.objects.exists()


def test_the_clock_is_explained_day_by_day(seeded) -> None:
    case, window = file_case(), enter("window")
    page = window.get(f"/workbench/cases/{case.uuid}/").content.decode()
    address = re.search(rf"/workbench/cases/{case.uuid}/clocks/[0-9a-f-]{{36}}/", page)[0]
    explained = window.get(address).content.decode()
    assert "起算日，不计入" in explained
    assert "周末" in explained
    assert "第 5 天" in explained
    assert window.get(address.replace("/clocks/", "/clocks/0")[:-2] + "/").status_code == 404
    unknown = f"/workbench/cases/{case.uuid}/clocks/00000000-0000-4000-8000-000000000000/"
    assert window.get(unknown).status_code == 404


def test_permissions_are_explained_for_one_case(seeded) -> None:
    case = file_case()
    page = enter("lead").get("/workbench/permissions/", {"action": "cases.case.accept", "number": case.number})
    text = page.content.decode()
    assert page.status_code == 200
    assert "不满足" in text
    assert enter("lead").get("/workbench/permissions/", {"action": "no.such.act", "number": "1"}).status_code == 200


def test_the_log_is_for_auditors(seeded) -> None:
    case = file_case()
    assert enter("window").get("/workbench/log/").status_code == 403
    page = enter("auditor").get("/workbench/log/", {"object": case.urn})
    assert page.status_code == 200
    assert "提交申请" in page.content.decode()
    assert enter("auditor").get("/workbench/log/", {"before": "9" * 30}).status_code == 200


def test_a_stale_page_acts_on_nothing(seeded) -> None:
    case, window = file_case(), enter("window")
    page = window.get(f"/workbench/cases/{case.uuid}/").content.decode()
    seen = re.search(r'name="revision" value="(\d+)"', page)[1]
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=now())
    reason = "材料与所申请的事项不相符，不属于本机关职权范围。"
    posted = {"revision": seen, "reason": reason, "idempotency_key": "stale-form-000000000001"}
    answer = window.post(f"/workbench/cases/{case.uuid}/refuse/", posted)
    assert answer.status_code == 409
    assert "<main" in answer.content.decode()
    case.refresh_from_db()
    assert case.status == "in_review"


def test_unmasked_data_are_not_kept_and_every_look_is_recorded(seeded) -> None:
    case, window = file_case(), enter("window")
    posted = {"purpose": "case-handling", "reason": "核对联系电话", "idempotency_key": "reveal-the-data-000001"}
    pages = [window.post(f"/workbench/cases/{case.uuid}/reveal/", posted).content.decode() for _ in range(2)]
    phone = Answers.BUSINESS["contact_mobile"]
    assert all(phone in page for page in pages)
    assert len(audit.list_reads_of(case.applicant_urn)) == 2
    assert not IdempotentRequest.objects.filter(route__contains="reveal").exists()


def test_what_was_typed_is_not_lost_when_it_is_refused(seeded) -> None:
    case, window = file_case(now()), enter("window")
    posted = {"revision": "1", "reason": "太短", "idempotency_key": "short-reason-0000000001"}
    answer = window.post(f"/workbench/cases/{case.uuid}/refuse/", posted)
    assert answer.status_code == 422
    assert "太短" in answer.content.decode()
    assert "至少 10 个字" in answer.content.decode()


def test_a_head_delegates_less_than_the_post_reaches(seeded) -> None:
    lead, window = act_as("lead"), Account.objects.get(username="window")
    today = china_date(now())
    typed = {
        "post": lead.posts[0].uuid, "receiver": window.uuid, "actions": "cases.case.decide", "since": today,
        "until": today + timedelta(days=2), "reason": "出差", "extent": "organisation", "clearance": "open",
        "purposes": "case-handling",
    }  # fmt: skip
    head = enter("lead")
    wrong = head.post(
        "/workbench/permissions/delegations/",
        typed | {"extent": "everywhere", "idempotency_key": "delegate-too-far-000001"},
    )
    assert wrong.status_code == 422
    assert "请从列出的范围中选择" in wrong.content.decode()
    assert not Delegation.objects.exists()
    assert (
        head.post(
            "/workbench/permissions/delegations/", typed | {"idempotency_key": "delegate-a-little-00001"}
        ).status_code
        == 302
    )
    given = Delegation.objects.get()
    assert given.reach == permissions.Reach(
        permissions.Extent.ORGANISATION, permissions.Secrecy.OPEN, frozenset({"case-handling"})
    )
    page = head.get("/workbench/permissions/").content.decode()
    for said in ("本部门", "公开", "办理本办件"):
        assert said in page
