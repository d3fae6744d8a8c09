"""Systems are told that somebody signed out here: a process of its own receives, verifies, refuses, is tried again."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from allauth.usersessions.models import UserSession
from django.test import Client
from joserfc import jwk, jwt
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.kernel.clock import now
from zhengtong.security.identity import services as identity_services
from zhengtong.security.identity.tests.factories import make_resident, sign_in
from zhengtong.security.sso import services
from zhengtong.security.sso.models import LogoutNotice, SignIn
from zhengtong.security.sso.services import logouts
from zhengtong.security.sso.services.id_tokens import issuer, sign

from .conftest import BYE, OPERATOR, make_caller
from .test_provider import acts, enter
from .test_provider import identity as verified


class Receiver:
    """The other system, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys.json"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("receiver.py")), str(self.keys), issuer(), "permits"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.address = f"http://127.0.0.1:{self._line().strip()}/logout"

    def _line(self) -> str:
        """What it says next, within ten seconds."""
        assert self.process.stdout is not None
        ready, _to_write, _faulty = select.select([self.process.stdout], [], [], 10)
        assert ready, "the receiver said nothing"
        return self.process.stdout.readline()

    def take_keys(self) -> None:
        self.keys.write_text(json.dumps(Client().get("/oidc/jwks").json()))

    def next_one(self) -> dict:
        """The claims of the next token it believed."""
        return json.loads(self._line())


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    yield receiver
    receiver.process.terminate()
    receiver.process.communicate(timeout=10)


@pytest.fixture
def receiver(running, db):
    return running


@pytest.fixture
def caller(receiver):
    made = make_caller(backchannel_logout_uri=receiver.address)
    receiver.take_keys()
    return made


def jobs() -> list[int]:
    rows = ProcrastinateJob.objects.filter(task_name=logouts.TELL).order_by("id")
    return [row.args["notice_id"] for row in rows]


def run() -> None:
    """What the worker does with the jobs that wait."""
    for notice_id in jobs():
        services.tell_logout(notice_id=notice_id, at=now())


def test_signing_out_here_tells_the_system_which_believes_it(caller, receiver, browser) -> None:
    session, token, nonce = enter(caller, browser)
    claims = verified(session, token, nonce)
    browser.post("/accounts/logout/")
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 401, "its tokens end with the session"
    assert LogoutNotice.objects.get().told_at is None, "signing out waits for nobody"
    run()
    told = receiver.next_one()
    assert (told["sub"], told["sid"]) == (claims["sub"], claims["sid"])
    assert told["exp"] - told["iat"] == 120
    assert LogoutNotice.objects.get().told_at
    run()
    assert LogoutNotice.objects.get().attempts == 1, "a job that runs twice tells once"
    assert acts()[-1] == "sso.logout.told"


def test_only_systems_of_the_session_that_ended_are_told(caller, receiver, browser, someone) -> None:
    make_caller("silent")
    enter(caller, browser)
    elsewhere = Client()
    sign_in(elsewhere, someone.account)
    elsewhere.get("/identity/security/")
    elsewhere.post("/accounts/logout/")
    assert jobs() == []
    other = Client()
    sign_in(other, make_resident("李演示").account)
    other.post("/accounts/logout/")
    assert jobs() == []


def test_a_session_ended_from_another_device_is_told(caller, receiver, browser, someone) -> None:
    session, token, nonce = enter(caller, browser)
    sid = verified(session, token, nonce)["sid"]
    desk = Client()
    sign_in(desk, someone.account)
    for client in (browser, desk):  # as a sign-in by the form notes it
        key = client.session.session_key
        UserSession.objects.create(user=someone.account, session_key=key, ip="192.0.2.1", user_agent="tests")
    desk.get("/identity/security/")
    assert desk.post("/identity/sessions/end-others/", {"idempotency_key": "end-others"}).status_code == 302
    run()
    assert receiver.next_one()["sid"] == sid


def test_who_agreed_to_twelve_hours_keeps_them_and_the_system_is_told(caller, receiver, browser) -> None:
    session, token, _nonce = enter(caller, browser, "openid offline_access")
    browser.post("/accounts/logout/")
    run()
    assert receiver.next_one()["sid"]
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 200
    assert session.refresh_token(f"{issuer()}/oidc/token", refresh_token=token["refresh_token"])["access_token"]


def test_a_locked_account_is_told_for_all_its_sessions(caller, receiver, browser, someone) -> None:
    enter(caller, browser, "openid offline_access")
    identity_services.lock_account(actor=OPERATOR, username=someone.account.username, reason="遗失", at=now())
    run()
    told = receiver.next_one()
    assert "sid" not in told
    assert SignIn.objects.get().ended_at


def test_signing_out_at_one_system_tells_the_others_and_withdrawing_tells_its_own(caller, receiver, browser) -> None:
    other = make_caller("other", redirect_uris=["https://permits.example/back"])
    enter(caller, browser)
    _session, token, _nonce = enter(other, browser)
    browser.get("/oidc/logout", {"id_token_hint": token["id_token"], "post_logout_redirect_uri": BYE})
    run()
    assert receiver.next_one()["aud"] == "permits"


def test_a_system_that_is_late_is_told_again_with_a_new_token(caller, receiver, browser) -> None:
    services.set_backchannel_logout(
        actor=OPERATOR, key="permits", address=receiver.address.replace("/logout", "/late"), at=now()
    )
    enter(caller, browser)
    browser.post("/accounts/logout/")
    for _ in range(2):
        with pytest.raises(logouts.NotYetTold, match="HTTP 503"):
            run()
    run()
    assert receiver.next_one()["jti"]
    assert LogoutNotice.objects.get().attempts == 3


def test_a_system_that_is_not_there_is_given_up_on_record(caller, browser) -> None:
    services.set_backchannel_logout(actor=OPERATOR, key="permits", address="http://127.0.0.1:9/x", at=now())
    enter(caller, browser)
    assert browser.post("/accounts/logout/").status_code == 302
    for _ in range(logouts.MOST_ATTEMPTS - 1):
        with pytest.raises(logouts.NotYetTold):
            run()
    run()
    assert acts()[-1] == "sso.logout.undelivered"
    notice = LogoutNotice.objects.get()
    assert (notice.told_at, notice.attempts) == (None, logouts.MOST_ATTEMPTS)
    services.prune(at=now() + timedelta(days=8))
    assert not LogoutNotice.objects.exists()


def test_the_receiver_believes_no_identity_token_and_nobody_elses_word(caller, receiver, browser) -> None:
    _session, token, _nonce = enter(caller, browser)
    notice = LogoutNotice(system=caller.system, subject="x")
    genuine = logouts.logout_token(notice, now())
    late = logouts.logout_token(notice, now() - timedelta(minutes=10))
    claims = {**jwt.decode(genuine, jwk.KeySet.import_key_set(json.loads(receiver.keys.read_text()))).claims}
    forged = jwt.encode({"alg": "RS256", "typ": "logout+jwt"}, claims, jwk.RSAKey.generate_key(2048))
    for text in (token["id_token"], late, forged, sign({**claims, "aud": "other"}, typ="logout+jwt"), "nonsense"):
        assert requests.post(receiver.address, data={"logout_token": text}, timeout=10).status_code == 400
    assert requests.post(receiver.address, data={"logout_token": genuine}, timeout=10).status_code == 200
    assert requests.post(receiver.address, data={"logout_token": genuine}, timeout=10).status_code == 400
    assert receiver.next_one()["sub"] == "x"
    assert services.id_tokens.read(genuine, now()) is None, "no logout token passes for an identity token here"


def test_discovery_says_so_and_an_address_without_https_is_not_taken(db) -> None:
    document = Client().get("/.well-known/openid-configuration").json()
    assert document["backchannel_logout_supported"] is document["backchannel_logout_session_supported"] is True
    with pytest.raises(services.systems.Invalid):
        make_caller(backchannel_logout_uri="http://permits.example/logout")
