"""Two at the same time: of a code, a refresh token and an assertion one use counts, and the other ends the sign-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from zhengtong.security.identity.tests.factories import make_resident, sign_in
from zhengtong.security.sso.models import SignIn, Token

from .conftest import make_caller
from .test_refusals import assertion, code_of, exchange, proved


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
