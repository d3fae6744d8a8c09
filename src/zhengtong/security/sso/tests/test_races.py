"""Two at the same time: of a code, a refresh token and an assertion one use counts, and the other ends the sign-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.test import Client

from zhengtong.kernel.clock import now
from zhengtong.security.identity.tests.factories import make_resident, sign_in
from zhengtong.security.sso import services
from zhengtong.security.sso.models import Consent, SignIn, Token

from .conftest import make_caller
from .test_refusals import assertion, code_of, exchange, proved, query


def at_once(work) -> list[int]:
    def run(_number: int) -> int:
        try:
            return work().status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        return sorted(pool.map(run, range(4)))


@pytest.mark.django_db(transaction=True)
def test_of_several_uses_at_once_one_counts() -> None:
    caller, browser = make_caller(), Client()
    sign_in(browser, make_resident().account)
    code = code_of(browser, scope="openid offline_access")
    assert at_once(lambda: exchange(caller, code)) == [200, 400, 400, 400]
    assert SignIn.objects.get().ended_at is not None
    assert not Token.objects.filter(revoked_at=None).exists()

    refresh = exchange(caller, code_of(browser, scope="openid offline_access")).json()["refresh_token"]
    answers = at_once(lambda: proved(caller, grant_type="refresh_token", refresh_token=refresh))
    assert answers == [200, 400, 400, 400]
    assert not Token.objects.filter(revoked_at=None).exists()

    text = assertion(caller)
    answers = at_once(lambda: proved(caller, text, grant_type="client_credentials", scope=""))
    assert answers == [400, 401, 401, 401], "proved once, and then asked for no scope"


@pytest.mark.django_db(transaction=True)
def test_several_clicks_at_once_are_one_consent() -> None:
    make_caller()
    browser = Client()
    sign_in(browser, make_resident().account)

    def click():
        other = Client()
        other.cookies = browser.cookies
        return other.post(f"/oidc/consent?{query()}", {"decision": "agree"})

    assert at_once(click) == [302, 302, 302, 302]
    assert Consent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_crosses_a_withdrawal_gives_no_code() -> None:
    caller, browser, someone = make_caller(), Client(), make_resident()
    sign_in(browser, someone.account)
    code_of(browser)

    def enter() -> int:
        try:
            return browser.get(f"/oidc/authorize?{query()}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            consent = caller.system.consents.get()
            services.withdraw_consent(actor=someone.actor, consent_uuid=consent.uuid, at=now())
            crossing = pool.submit(enter)
            with pytest.raises(TimeoutError):
                crossing.result(timeout=1)
        assert crossing.result(timeout=20) == 409
    assert not SignIn.objects.filter(ended_at=None).exists()
