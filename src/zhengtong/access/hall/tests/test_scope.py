"""An agent with power over one service is shown nothing of the company's other matters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import file_case
from zhengtong.config.story.restaurant import actor as person
from zhengtong.config.story.restaurant import representative
from zhengtong.kernel.clock import now
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity import services as identity_services
from zhengtong.security.identity.models import LegalEntity
from zhengtong.security.identity.tests.factories import Someone, make_agent, make_resident, sign_in
from zhengtong.support.notifications import queries as notifications
from zhengtong.support.notifications import services as notification_services

PAGES = ("/hall/", "/hall/cases/", "/hall/messages/", "/hall/credentials/", "/hall/reads/", "/api/v1/cases")


@pytest.fixture
def case(seeded) -> Case:
    """Filed, told about, read by an official, with a credential of the company used in it."""
    case = file_case(now())
    services.accept_case(actor=person("window", at=now()), case_uuid=case.uuid, at=now())
    services.reveal_submission(
        actor=person("food", at=now()), case_uuid=case.uuid, purpose="case-handling", reason="电话联系核查", at=now()
    )
    return case


def enter(*scope: str) -> Client:
    """A new agent of the demo company, signed in."""
    boss = representative("chen", at=now())
    entity = LegalEntity.objects.get(uuid=boss.party_urn.rpartition(":")[2])
    account = identity.find_account("chen")
    assert account is not None
    client = Client()
    sign_in(client, make_agent(Someone(boss, account, entity=entity), *scope))
    return client


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_outside_the_scope_nothing_is_shown(case) -> None:
    within, outside = enter("open-restaurant"), enter("hr-services-filing")
    for path in PAGES:
        assert case.number not in shown(outside, path), path
    assert "电话联系核查" not in shown(outside, "/hall/reads/")
    for path in PAGES[:4] + PAGES[5:]:
        assert case.number in shown(within, path), path
    assert "电话联系核查" in shown(within, "/hall/reads/")


def test_an_agent_outside_marks_nothing_as_read(case) -> None:
    unread = notifications.count_unread(case.applicant_urn)
    assert unread
    outside = enter("hr-services-filing")
    assert outside.post("/hall/messages/read/", {"idempotency_key": "k" * 30}).status_code == 302
    assert notifications.count_unread(case.applicant_urn) == unread
    assert notifications.count_unread(case.applicant_urn, {"hr-services-filing"}) == 0
    assert enter("open-restaurant").post("/hall/messages/read/", {"idempotency_key": "k" * 30}).status_code == 302
    assert notifications.count_unread(case.applicant_urn) == 0


def test_power_over_everything_shows_everything(case) -> None:
    client = enter()
    assert case.number in shown(client, "/hall/messages/")
    assert case.number in shown(client, "/hall/credentials/")


@pytest.mark.django_db
def test_what_concerns_ones_account_is_told_to_no_agent_whatever_his_power() -> None:
    principal, hand = make_resident("王老伯"), make_resident("王大")
    until = now() + timedelta(days=9)
    agency = identity_services.grant_agency(
        actor=principal.actor, agent_name="王大", agent_id_number=str(hand.person.id_number), scope=["*"],
        valid_to=until, at=now(),
    )  # fmt: skip
    urn, agent, himself = principal.person.urn, Client(), Client()
    for kind, word in (("identity.recovery", "账号已恢复"), ("cases.case", "材料已补")):
        told = {"zh": word, "en": word}
        notification_services.send(recipient_urn=urn, kind=kind, subject=told, body=told, at=now())
    sign_in(agent, hand.account, str(agency.uuid))
    sign_in(himself, principal)
    for path in ("/hall/", "/hall/messages/"):
        assert "材料已补" in shown(agent, path)
        assert "账号已恢复" not in shown(agent, path), path
    assert agent.post("/hall/messages/read/", {"idempotency_key": "k" * 30}).status_code == 302
    assert notifications.count_unread(urn) == 1, "the agent hides no notice"
    assert "账号已恢复" in shown(himself, "/hall/messages/")
    assert himself.post("/hall/messages/read/", {"idempotency_key": "l" * 30}).status_code == 302
    assert notifications.count_unread(urn) == 0
