"""Every step that matters leaves a receipt in the applicant's hands, the issue of a credential too."""

from __future__ import annotations

import pytest
from django.test import Client
from lxml import html

from zhengtong.access.hall.tests.test_pages import enter
from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases.tests.conftest import file_case
from zhengtong.config.story import restaurant
from zhengtong.kernel.clock import now
from zhengtong.security.audit import services as audit
from zhengtong.security.audit import wire


@pytest.fixture
def enterprise(seeded) -> Client:
    return enter("chen", "representative")


def test_the_issue_of_a_credential_has_its_receipt(enterprise) -> None:
    story = restaurant.tell(start=now())
    page = html.document_fromstring(enterprise.get("/hall/credentials/").content.decode())
    (licence,) = [c for c in story.credentials if c.type.key == "food-business-licence"]
    (link,) = page.xpath(f'//main//a[@href="/hall/credentials/{licence.uuid}/receipt.json"]/@href')
    answer = enterprise.get(link)
    receipt = answer.json()
    assert receipt["statement"]["action"] == "credentials.credential.issued"
    assert receipt["statement"]["object"] == licence.urn
    assert wire.verify(receipt).ok
    assert enter("wang").get(link).status_code == 403
    assert enterprise.get(link.replace(str(licence.uuid), "00000000-0000-4000-8000-000000000000")).status_code == 404


def test_however_often_a_case_is_read_its_receipts_stay(enterprise) -> None:
    case = file_case()
    food = restaurant.actor("food", at=now())
    for _ in range(205):
        audit.record_read(food, [case.applicant_urn], "核查", case, at=now(), case_urn=case.urn)
    history = cases.view_case(case, at=now()).history
    assert [act.action for act in cases.receipts_of(history)] == ["cases.case.submitted"]
    assert "/receipts/" in enterprise.get(f"/hall/cases/{case.uuid}/").content.decode()
