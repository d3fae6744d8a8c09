"""The pages of capacities and powers of agency."""

from datetime import timedelta

import pytest
from django.urls import reverse

from zhengtong.kernel.clock import china_date, now
from zhengtong.security.audit.models import Entry

from .. import providers, queries
from ..models import Person, Representation
from . import factories as make

TITLES = {"open-restaurant": {"zh": "开办餐饮店", "en": "Open a restaurant"}}


@pytest.fixture
def _known(monkeypatch):
    monkeypatch.setattr(providers.SERVICE_TITLES, "_items", {"tests": lambda _audience: TITLES})


def key() -> dict[str, str]:
    return {"idempotency_key": f"test-{next(make._serial)}"}


@pytest.mark.django_db
def test_a_capacity_is_changed_visibly_and_on_record(client) -> None:
    chen = make.make_representative()
    make.sign_in(client, chen.account, "resident")
    page = client.get("/identity/capacity/").content.decode()
    assert chen.entity.name in page
    assert page.count("当前身份") == 1
    [option] = [o for o in queries.list_capacities(chen.account, now()) if o.key != "resident"]
    answer = client.post("/identity/capacity/", {"key": option.key, "next": "/hall/agencies/", **key()})
    assert answer["Location"] == "/hall/agencies/"
    assert f"谁可以代理{chen.entity.name}" in client.get("/hall/agencies/").content.decode()
    entry = Entry.objects.get(action="identity.capacity.switched")
    assert (entry.on_behalf_urn, entry.capacity) == (chen.entity.urn, "representative")


@pytest.mark.django_db
def test_a_capacity_of_somebody_else_is_refused(client) -> None:
    chen, wang = make.make_representative(), make.make_resident()
    foreign = str(chen.person.representations.get().uuid)
    make.sign_in(client, wang)
    for wrong in (foreign, "official", "nonsense", ""):
        answer = client.post("/identity/capacity/", {"key": wrong, **key()})
        assert answer.status_code == 422
        assert "您没有这个办事身份" in answer.content.decode()
    assert client.session.get("capacity") == "resident"


@pytest.mark.django_db
def test_next_leads_nowhere_else(client) -> None:
    wang = make.make_resident()
    make.sign_in(client, wang)
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert client.post("/identity/capacity/", {"key": "resident", "next": evil, **key()})["Location"] == "/hall/"


@pytest.mark.django_db
@pytest.mark.usefixtures("_known")
def test_a_power_is_granted_and_revoked_on_the_page(client) -> None:
    chen, agent = make.make_representative(), make.make_resident("李演示")
    make.sign_in(client, chen)
    until = (china_date(now()) + timedelta(days=30)).isoformat()
    data = {
        "agent_name": agent.person.name,
        "agent_id_number": agent.person.id_number,
        "whole": "some",
        "scope": ["open-restaurant"],
        "valid_to": until,
    }
    wrong = client.post(reverse("identity:grant-agency"), {**data, "scope": [], **key()})
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "请至少选择一个事项" in page
    assert agent.person.name in page, "what was typed stays"
    for bad_day in ("", "2026-02-30", "9999-12-31", "tomorrow"):
        answer = client.post(reverse("identity:grant-agency"), {**data, "valid_to": bad_day, **key()})
        assert answer.status_code == 422, bad_day
    unknown = client.post(reverse("identity:grant-agency"), {**data, "agent_name": "别人", **key()})
    assert unknown.status_code == 422
    assert "没有找到姓名与身份证号一致、并已核验身份的注册用户" in unknown.content.decode()
    assert not Representation.objects.filter(kind="agent").exists()
    assert client.post(reverse("identity:grant-agency"), {**data, **key()}).status_code == 302
    agency = Representation.objects.get(kind="agent")
    assert agency.valid_to.astimezone().isoformat()
    page = client.get("/hall/agencies/").content.decode()
    assert "李**" in page
    assert agent.person.id_number not in page
    assert client.post(reverse("identity:revoke-agency", args=[agency.uuid]), key()).status_code == 302
    assert not queries.list_agencies_granted(chen.entity.urn, now())


@pytest.mark.django_db
def test_who_is_not_proved_grants_nothing_and_an_agent_may_give_up_his_power(client) -> None:
    chen, wang = make.make_representative(), make.make_resident()
    agent = make.make_agent(chen, "open-restaurant")
    make.sign_in(client, wang)
    Person.objects.filter(pk=wang.person.pk).update(assurance_level=1)
    assert client.post(reverse("identity:grant-agency"), key()).status_code == 403, "who is not proved"
    agency = agent.person.representations.get()
    assert client.post(reverse("identity:revoke-agency", args=[agency.uuid]), key()).status_code == 403
    assert Entry.objects.filter(outcome="denied", action="identity.agency.revoke").exists()
    make.sign_in(client, agent.account, "resident")
    assert chen.entity.name in client.get("/hall/agencies/").content.decode()
    assert client.post(reverse("identity:revoke-agency", args=[agency.uuid]), key()).status_code == 302


@pytest.mark.django_db
def test_strangers_are_sent_to_sign_in(client) -> None:
    for address in ("/identity/capacity/", "/identity/security/", "/hall/agencies/", "/after-sign-in/"):
        assert client.get(address)["Location"] == f"/accounts/login/?next={address.replace('/', '%2F')}"


@pytest.mark.django_db
def test_an_official_without_second_factor_is_led_to_it(client) -> None:
    official = make.make_official("administrator")
    make.sign_in(client, official, "official", mfa=False)
    from django.test import RequestFactory

    from zhengtong.kernel.answers import ProblemAnswer
    from zhengtong.security.permissions.services import Denied, require

    from ..middleware import ActorOfRequest  # the workbench is above: its refusal stands in for it

    def workbench(request):
        try:
            require(request.actor, "permissions.role.bind")
        except Denied as denied:
            return ProblemAnswer(denied)

    request = RequestFactory().get("/workbench/")
    request.session, request.user = client.session, official.account
    request._messages = type("M", (), {"add": lambda *a, **k: None})()
    assert ActorOfRequest(workbench)(request)["Location"] == "/accounts/2fa/totp/activate/"


@pytest.mark.django_db
def test_pages_cost_few_queries(client, django_assert_max_num_queries) -> None:
    chen = make.make_representative()
    make.make_agent(chen)
    make.sign_in(client, chen)
    for address in ("/identity/capacity/", "/hall/agencies/", "/identity/security/"):
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200
