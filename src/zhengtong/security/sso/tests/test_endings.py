"""What takes an account out of somebody's hands takes the systems he signed in at with it."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from zhengtong.kernel.clock import now
from zhengtong.security.identity import services as identity
from zhengtong.security.identity.models import Account, Person, Representation
from zhengtong.security.identity.tests.factories import (
    Someone,
    make_agent,
    make_official,
    make_representative,
    make_resident,
    sign_in,
)
from zhengtong.security.sso.models import SignIn, UpstreamLink
from zhengtong.security.sso.services import Vouched, arrive

from .conftest import OPERATOR, told
from .test_refusals import code_of, exchange, proved, query, refused


def recover(someone: Someone) -> None:
    assert someone.person
    clerk = make_official("window_clerk").actor
    asked = identity.request_recovery(
        actor=clerk, username=someone.account.username, name=someone.person.name,
        id_number=str(someone.person.id_number), reason="手机遗失", at=now(),
    )  # fmt: skip
    identity.decide_recovery(
        actor=make_official("decider").actor, recovery_uuid=asked.uuid, approve=True, at=now()
    )  # fmt: skip
    identity.issue_recovery(actor=clerk, recovery_uuid=asked.uuid, at=now())


def reset_factor(someone: Someone) -> None:
    Authenticator.objects.create(user=someone.account, type="totp", data={"secret": "x"})
    identity.reset_second_factor(actor=OPERATOR, username=someone.account.username, at=now())


def lock_and_unlock(someone: Someone) -> None:
    """Locked, a person is nobody anyway; what was handed out before must not come back with the unlocking."""
    identity.lock_account(actor=OPERATOR, username=someone.account.username, reason="离岗", at=now())
    identity.unlock_account(actor=OPERATOR, username=someone.account.username, at=now())


def reset(someone: Someone) -> None:
    identity.reset_password(actor=OPERATOR, username=someone.account.username, at=now())


@pytest.mark.parametrize("take_away", [recover, reset, reset_factor, lock_and_unlock])
def test_tokens_and_codes_of_before_are_refused_after(caller, someone, browser, take_away) -> None:
    scope = "openid offline_access"
    token = exchange(caller, code_of(browser, scope=scope)).json()
    code = code_of(browser, scope=scope)
    take_away(someone)
    refused(proved(caller, grant_type="refresh_token", refresh_token=token["refresh_token"]), "invalid_grant")
    refused(exchange(caller, code), "invalid_grant")
    header = {"Authorization": f"Bearer {token['access_token']}"}
    assert Client().get("/oidc/userinfo", headers=header).status_code == 401
    assert not SignIn.objects.filter(ended_at=None).exists()


def test_another_account_keeps_its_sign_in(caller, browser) -> None:
    token = exchange(caller, code_of(browser, scope="openid offline_access")).json()
    recover(make_resident("李演示"))
    assert proved(caller, grant_type="refresh_token", refresh_token=token["refresh_token"]).status_code == 200


def test_after_a_recovery_nobody_arrives_from_above_but_on_proof(someone) -> None:
    number = str(someone.person.id_number)
    proof = Vouched("https://above.example", "p-1", someone.person.name, number, 2)
    assert arrive(proof, at=now()) == someone.account
    recover(someone)
    assert not UpstreamLink.objects.exists()
    unproved = Vouched("https://above.example", "p-1", "周演示", "", 1)
    stranger = arrive(unproved, at=now())
    assert stranger != someone.account
    assert Person.objects.get(account=stranger).id_number is None
    assert arrive(Vouched("https://above.example", "p-2", someone.person.name, number, 2), at=now()) == someone.account
    assert Account.objects.filter(pk=someone.account.pk).exists()


def test_a_power_for_some_services_is_not_told_as_one_without_limits(caller) -> None:
    agent, browser = make_agent(make_representative()), Client()
    sign_in(browser, agent)
    scope = "openid capacity offline_access"
    token = exchange(caller, code_of(browser, scope=scope)).json()
    Representation.objects.filter(person=agent.person).update(scope=["open-restaurant"])
    refused(proved(caller, grant_type="refresh_token", refresh_token=token["refresh_token"]), "invalid_grant")
    answer = browser.get(f"/oidc/authorize?{query(scope=scope)}")
    assert answer.status_code == 409
    assert "切换为本人身份" in answer.content.decode()
    assert browser.post(f"/oidc/consent?{query(scope=scope)}", {"decision": "agree"}).status_code == 409
    assert told(browser.get(f"/oidc/authorize?{query(prompt='none')}"))["error"] == "interaction_required"
    assert SignIn.objects.count() == 1


def test_who_has_no_password_signs_in_again_above_or_the_system_is_told(caller, someone, browser, settings) -> None:
    someone.account.set_unusable_password()
    someone.account.save()
    sign_in(browser, someone.account, mfa=False)
    address = f"/oidc/authorize?{query(prompt='login')}"
    assert told(browser.get(address))["error"] == "login_required"
    settings.ZT_UPSTREAM_ISSUER, settings.ZT_UPSTREAM_CLIENT_ID = "http://127.0.0.1:9", "zhengtong"
    settings.ZT_UPSTREAM_SECRET = "a secret for tests, for nothing but"
    there = browser.get(address)["Location"]
    assert there.startswith("/identity/upstream/?next=%2Foidc%2Fauthorize")
    assert "prompt" not in there
