"""Forged, replayed, truncated, downgraded, expired, revoked, misdirected: refused, on record, clear; no 500."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.test import Client
from joserfc import jwk, jwt

from zhengtong.kernel.clock import now
from zhengtong.security.audit.models import Entry
from zhengtong.security.sso import services
from zhengtong.security.sso.models import SignIn, Token
from zhengtong.security.sso.provider.clients import ASSERTION_TYPE
from zhengtong.security.sso.services.id_tokens import issuer

from .conftest import BACK, OPERATOR, agree, make_caller, make_key

VERIFIER = "v" * 64


def assertion(caller, *, key=None, alg="", header=None, **claims) -> str:
    at = int(time.time())
    fixed = {
        "iss": caller.system.key, "sub": caller.system.key, "aud": issuer(), "iat": at, "exp": at + 300,
        "jti": generate_token(24),
    }  # fmt: skip
    told = {name: value for name, value in {**fixed, **claims}.items() if value is not None}
    alg = alg or caller.alg
    return jwt.encode({"alg": alg, **(header or {})}, told, key or caller.key, algorithms=[alg])


def proved(caller, text: str = "", **form):
    return caller.post(client_assertion_type=ASSERTION_TYPE, client_assertion=text or assertion(caller), **form)


def query(**changes) -> str:
    fixed = {
        "client_id": "permits", "redirect_uri": BACK, "response_type": "code", "scope": "openid", "state": "s",
        "code_challenge": create_s256_code_challenge(VERIFIER), "code_challenge_method": "S256",
    }  # fmt: skip
    return urlencode({name: value for name, value in {**fixed, **changes}.items() if value is not None})


def code_of(browser, **changes) -> str:
    return agree(browser, f"{issuer()}/oidc/authorize?{query(**changes)}")["code"]


def exchange(caller, fetched: str, **changes):
    form = {"grant_type": "authorization_code", "code": fetched, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return proved(caller, **{**form, **changes})


def refused(answer, error: str, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400, 401)), answer.content
    assert json.loads(answer.content)["error"] == error, answer.content
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    assert (entry.outcome, error in entry.detail.get("reason", "")) == ("denied", True), (entry.outcome, entry.detail)


# -- the request of a person ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "openid id_number"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "n" * 600}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_not_supported"),
    ],
)
def test_a_faulty_request_goes_back_with_its_fault(caller, browser, changes, error) -> None:
    told = agree(browser, f"{issuer()}/oidc/authorize?{query(**changes)}")
    assert told["error"] == error
    assert not SignIn.objects.exists()
    assert Entry.objects.filter(outcome="denied", object_urn=caller.system.urn).count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "permits\x00"},
        {"redirect_uri": None},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "https://permits.example.evil.example/back"},
        {"redirect_uri": "http://permits.example/back"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": 'https://permits.example/"><script>'},
        {"redirect_uri": "https://许可.example/"},
        {"scope": "openid 姓名"},
        {"response_type": "代码"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(caller, browser, changes) -> None:
    answer = browser.get("/oidc/authorize?" + query(**changes))
    assert answer.status_code == 400
    assert "<script>" not in answer.content.decode().split("<main", 1)[1].replace("<script src", "")
    assert not SignIn.objects.exists()


def test_the_answer_to_the_question_needs_the_persons_own_page(caller, someone, browser) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(f"/oidc/consent?{query()}", {"decision": "agree"}).status_code == 403
    assert not SignIn.objects.exists()
    assert Client().post(f"/oidc/consent?{query()}", {"decision": "agree"}).status_code == 302  # to sign in
    assert not SignIn.objects.exists()


def test_a_disabled_system_signs_nobody_in_and_its_tokens_end(caller, browser) -> None:
    token = exchange(caller, code_of(browser)).json()["access_token"]
    code = code_of(browser)
    services.set_system(actor=OPERATOR, key="permits", is_enabled=False, at=now())
    assert browser.get("/oidc/authorize?" + query()).status_code == 400
    refused(exchange(caller, code), "invalid_client", 401)
    assert Client().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    services.set_system(actor=OPERATOR, key="permits", is_enabled=True, at=now())
    assert Client().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


# -- the code ---------------------------------------------------------------------------------------------------------
def test_a_code_serves_once_and_its_replay_ends_what_came_of_it(caller, browser) -> None:
    code = code_of(browser)
    token = exchange(caller, code).json()["access_token"]
    refused(exchange(caller, code), "invalid_grant")
    assert Client().get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert Entry.objects.filter(action="sso.sign_in.reused").count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://permits.example/other"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"code": "x" * 43}, "invalid_grant"),
        ({"code": "码" * 43}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": '"\\'}, "invalid_request"),
    ],
)
def test_a_code_with_anything_wrong_gives_nothing(caller, browser, changes, error) -> None:
    refused(exchange(caller, code_of(browser), **changes), error)
    assert not Token.objects.exists()


def test_a_code_is_no_use_to_another_system_nor_after_a_minute(caller, browser) -> None:
    other = make_caller("other")
    refused(exchange(other, code_of(browser)), "invalid_grant")
    code = code_of(browser)
    SignIn.objects.update(opened_at=now() - timedelta(seconds=61))
    refused(exchange(caller, code), "invalid_grant")


# -- who the system is ------------------------------------------------------------------------------------------------
def _bare(caller, **claims) -> dict:
    at = int(time.time())
    fixed = {"iss": "permits", "sub": "permits", "aud": issuer(), "exp": at + 300, "jti": generate_token(24)}
    return {**fixed, **claims}


def _unsigned(caller) -> str:
    parts = ({"alg": "none"}, _bare(caller))
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def _by_shared_secret(caller) -> str:
    """The old trick: the public key, known to everybody, taken as the secret of HS256."""
    public = caller.key.as_pem(private=False)
    import hashlib
    import hmac

    parts = ({"alg": "HS256"}, _bare(caller))
    head = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts)
    code = hmac.new(public, head.encode(), hashlib.sha256).digest()
    return head + "." + base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def _nested() -> str:
    """Smaller than an assertion may be, and deeper than a reader of JSON goes."""
    return base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()


FORGERIES = {
    "unsigned": _unsigned,
    "shared secret": _by_shared_secret,
    "another key": lambda c: assertion(c, key=make_key("Ed25519")[0]),
    "another key, our kid": lambda c: assertion(c, key=make_key("Ed25519")[0], header={"kid": c.system.keys.get().kid}),
    "a key inside": lambda c: assertion(c, key=(k := make_key("Ed25519")[0]), header={"jwk": k.as_dict(private=False)}),
    "another audience": lambda c: assertion(c, aud="https://elsewhere.example"),
    "no audience": lambda c: assertion(c, aud=None),
    "expired": lambda c: assertion(c, exp=int(time.time()) - 120),
    "no end": lambda c: assertion(c, exp=None),
    "an end that is no number": lambda c: assertion(c, exp="tomorrow"),
    "an end in a year": lambda c: assertion(c, exp=int(time.time()) + 365 * 86400),
    "an end beyond time": lambda c: assertion(c, exp=10**300),
    "an endless end": lambda c: assertion(c, exp=float("inf")),
    "an end that is not a number": lambda c: assertion(c, exp=float("nan")),
    "not yet": lambda c: assertion(c, nbf=int(time.time()) + 600),
    "no name": lambda c: assertion(c, jti=None),
    "a name that is a list": lambda c: assertion(c, jti=["x"]),
    "in another's name": lambda c: assertion(c, iss="other"),
    "of nobody": lambda c: assertion(c, sub="nobody", iss="nobody"),
    "of a number": lambda c: assertion(c, sub=7, iss=7),
    "no subject": lambda c: assertion(c, sub=None),
    "truncated": lambda c: assertion(c)[:-8],
    "half": lambda c: assertion(c)[: len(assertion(c)) // 2],
    "no JWT": lambda _c: "x.y.z",
    "characters": lambda _c: "断言",
    "nothing": lambda _c: " ",
    "an endless one": lambda _c: "e" * 20_000,
    "nested without end": lambda _c: f"a.{_nested()}.c",
    "nested in the head": lambda c: f"{_nested()}.{assertion(c).split('.', 1)[1]}",
    "a list": lambda _c: "eyJhbGciOiJFZDI1NTE5In0." + base64.urlsafe_b64encode(b"[1]").decode().rstrip("=") + ".AA",
}


@pytest.fixture
def client_caller(db):
    return make_caller(scopes=["credentials.read"])


@pytest.mark.parametrize("how", FORGERIES)
def test_a_system_proves_itself_or_gets_nothing(client_caller, how) -> None:
    text = FORGERIES[how](client_caller)
    answer = proved(client_caller, text, grant_type="client_credentials", scope="credentials.read")
    refused(answer, "invalid_client", 401)
    assert not Token.objects.exists()
    answer = Client().post(
        "/oidc/revoke", {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text, "token": "x"}
    )
    refused(answer, "invalid_client", 401)
    assert not Entry.objects.filter(outcome="denied", actor_urn=client_caller.system.urn).exists(), "it proved nothing"


def test_nobody_writes_the_log_in_a_systems_name(client_caller) -> None:
    """The library refuses an unknown way to a token before it asks who is there."""
    mine = Entry.objects.filter(outcome="denied", actor_urn=client_caller.system.urn)
    forged = _unsigned(client_caller)
    for form in (
        {"grant_type": "x"},
        {"grant_type": '"'},
        {"grant_type": "x", "client_assertion_type": ASSERTION_TYPE, "client_assertion": forged},
    ):
        assert client_caller.post(client_id="permits", **form).status_code == 400
        last = Entry.objects.order_by("-id").first()
        assert last is not None
        assert (last.action, last.outcome, last.actor_urn) == ("sso.token.issue", "denied", "anonymous")
    assert not mine.exists()
    refused(proved(client_caller, grant_type="client_credentials", scope="cases.read"), "invalid_scope")
    assert mine.count() == 1, "who has proved itself is named"


def test_an_assertion_serves_once(client_caller) -> None:
    text = assertion(client_caller)
    form = {"grant_type": "client_credentials", "scope": "credentials.read"}
    assert proved(client_caller, text, **form).status_code == 200
    refused(proved(client_caller, text, **form), "invalid_client", 401)
    assert Token.objects.count() == 1


def test_without_a_key_nothing_is_believed(client_caller) -> None:
    form = {"grant_type": "client_credentials", "scope": "credentials.read", "client_id": "permits"}
    refused(client_caller.post(**form), "invalid_client")
    refused(client_caller.post(**form, client_secret="secret"), "invalid_client")
    basic = base64.b64encode(b"permits:secret").decode()
    answer = Client().post("/oidc/token", form, headers={"Authorization": f"Basic {basic}"})
    refused(answer, "invalid_client")
    assert Client().get("/oidc/token").status_code == 405
    assert Client().post("/oidc/token", b"{", content_type="application/json").status_code == 400


@pytest.mark.parametrize("scope", ["openid", "profile credentials.read", "cases.read", "", "*"])
def test_a_system_gets_no_more_than_it_registered_and_nobodys_identity(client_caller, scope) -> None:
    answer = proved(client_caller, grant_type="client_credentials", scope=scope)
    refused(answer, "invalid_scope")


# -- tokens -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mutate", [
    lambda t: t[:-1], lambda t: t + "A", lambda t: t.swapcase(), lambda t: "", lambda t: "令牌", lambda t: "x" * 9000,
])  # fmt: skip
def test_a_token_that_was_not_given_is_worth_nothing(client_caller, mutate) -> None:
    token = proved(client_caller, grant_type="client_credentials", scope="credentials.read").json()["access_token"]
    header = {"Authorization": f"Bearer {mutate(token)}".encode().decode("latin-1")}
    for path in ("/api/v1/credentials", "/oidc/userinfo"):
        answer = Client().get(path, headers=header)
        assert answer.status_code == 401, path
        assert "invalid_token" in answer["WWW-Authenticate"]
        assert Entry.objects.order_by("-id").first().outcome == "denied"


def test_refresh_and_access_tokens_do_not_stand_in_for_each_other(caller, browser) -> None:
    told = exchange(caller, code_of(browser, scope="openid offline_access")).json()
    answer = Client().get("/oidc/userinfo", headers={"Authorization": f"Bearer {told['refresh_token']}"})
    assert answer.status_code == 401
    refused(proved(caller, grant_type="refresh_token", refresh_token=told["access_token"]), "invalid_grant")
    other = make_caller("other")
    refused(proved(other, grant_type="refresh_token", refresh_token=told["refresh_token"]), "invalid_grant")
    answer = proved(caller, grant_type="refresh_token", refresh_token=told["refresh_token"], scope="openid profile")
    refused(answer, "invalid_scope")
    Token.objects.update(expires_at=now())
    refused(proved(caller, grant_type="refresh_token", refresh_token=told["refresh_token"]), "invalid_grant")


def test_a_token_that_was_given_back_is_worth_nothing(caller, browser) -> None:
    told = exchange(caller, code_of(browser, scope="openid offline_access")).json()
    other = make_caller("other")

    def give_back(who, token):
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(who), "token": token}
        return Client().post("/oidc/revoke", form)

    assert give_back(other, told["refresh_token"]).status_code == 200  # says nothing, does nothing
    assert give_back(caller, "unknown").status_code == 200
    header = {"Authorization": f"Bearer {told['access_token']}"}
    assert Client().get("/oidc/userinfo", headers=header).status_code == 200
    assert give_back(caller, told["refresh_token"]).status_code == 200
    assert Client().get("/oidc/userinfo", headers=header).status_code == 401
    assert Client().post("/oidc/revoke", {"token": told["access_token"]}).status_code == 400


def test_a_forged_identity_token_signs_nobody_out(caller, browser) -> None:
    forged = jwt.encode(
        {"alg": "RS256", "kid": "x"}, {"iss": issuer(), "aud": "permits", "sub": "x"}, jwk.RSAKey.generate_key(2048)
    )
    for hint in (forged, forged[:-5], "x", "令牌", "e30.e30."):
        page = browser.get("/oidc/logout", {"id_token_hint": hint, "post_logout_redirect_uri": BACK})
        assert "保持登录" in page.content.decode()
    assert browser.get("/identity/security/").status_code == 200
