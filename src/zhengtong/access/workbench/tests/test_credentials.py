"""Ending a credential at the workbench: by its own authority, with a reason, told to its holder, seen by the public."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from zhengtong.access.hall.tests.test_pages import MOST_QUERIES, enter
from zhengtong.config.story.restaurant import representative
from zhengtong.kernel.clock import now
from zhengtong.resources.credentials.models import Credential
from zhengtong.resources.credentials.tests.factories import make_credential, make_type
from zhengtong.security.audit import queries as audit
from zhengtong.support.notifications import queries as notifications

PLACE = "/workbench/credentials/"
REASON = "经查，经营场所已不符合食品安全条件，某市监罚〔2026〕1号。"


@pytest.fixture
def licence(seeded) -> Credential:
    make_type()
    return make_credential(representative("chen", at=now()).party_urn)


def end(client: Client, licence: Credential, **fields: str):
    return client.post(f"{PLACE}{licence.uuid}/end/", {"idempotency_key": uuid4().hex, **fields})


def test_it_is_found_by_number_and_by_verification_code(licence, django_assert_max_num_queries) -> None:
    lead = enter("lead")
    lead.get(PLACE)
    for words in ("", licence.number, licence.printed_code.lower()):
        with django_assert_max_num_queries(MOST_QUERIES):
            page = lead.get(PLACE, {"number": words})
        assert str(licence.uuid) in page.content.decode(), words
    assert lead.get(PLACE, {"number": "无此编号"}).status_code == 404
    assert str(licence.uuid) not in enter("minzheng").get(PLACE).content.decode(), "another authority's"


def test_the_authority_ends_it_and_the_holder_reads_why(licence) -> None:
    lead = enter("lead")
    page = lead.get(f"{PLACE}{licence.uuid}/").content.decode()
    assert "不能恢复" in page
    assert end(lead, licence, status="revoked", reason=REASON).status_code == 302
    licence.refresh_from_db()
    assert (licence.status, licence.ended_reason) == ("revoked", REASON)
    assert audit.list_for_object(licence.urn)[0].action == "credentials.credential.revoked"
    assert REASON in notifications.list_messages(licence.holder_urn)[0].body["zh"]
    shown = lead.get(f"{PLACE}{licence.uuid}/").content.decode()
    assert REASON in shown
    assert f"{PLACE}{licence.uuid}/end/" not in shown
    assert "真实有效" not in Client().get(f"/verify/{licence.verification_code}").content.decode()
    assert end(lead, licence, status="annulled", reason=REASON).status_code == 409


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [("revoked", " ", "请说明原因"), ("", REASON, "请选择终止方式"), ("revoked", "长" * 1001, "最多 1000 个字")],
)
def test_what_is_missing_is_named_and_what_was_typed_stays(licence, status, reason, said) -> None:
    answer = end(enter("lead"), licence, status=status, reason=reason)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert reason.strip() in page
    licence.refresh_from_db()
    assert licence.status == "valid"


@pytest.mark.parametrize("username", ["window", "food", "minzheng", "auditor", "wang"])
def test_nobody_else_ends_it(licence, username) -> None:
    assert end(enter(username), licence, status="revoked", reason=REASON).status_code == 403
    assert enter(username).get(f"{PLACE}{licence.uuid}/").status_code == 403
    licence.refresh_from_db()
    assert licence.status == "valid"


def test_programs_end_it_too(licence) -> None:
    body = {"status": "cancelled", "reason": "持证人申请注销。"}

    def send(client: Client, **changes: str):
        return client.post(
            f"/api/v1/credentials/{licence.uuid}/end", body | changes, content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )  # fmt: skip

    assert send(enter("food")).status_code == 403
    assert send(enter("lead"), status="valid").status_code == 422
    answer = send(enter("lead"))
    assert answer.status_code == 200, answer.content
    assert answer.json() | {"status": "cancelled", "number": licence.number} == answer.json()
    assert send(enter("lead")).status_code == 409
