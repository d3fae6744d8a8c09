"""A system with a key pair, a person with a browser, and the wire between: Authlib's client on Django's test client."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from django.test import Client
from joserfc import jwk
from requests import Response
from requests.adapters import BaseAdapter

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.rules import signatures
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.identity.tests.factories import Someone, make_resident, sign_in
from zhengtong.security.sso import services
from zhengtong.security.sso.models import System
from zhengtong.security.sso.services.id_tokens import issuer

OPERATOR = system_actor("tests")
BACK = "https://permits.example/back"
BYE = "https://permits.example/bye"


@functools.cache
def _ready_made(number: int) -> bytes:
    return _slow()


_slow = signatures._make_rsa


@pytest.fixture(autouse=True)
def quick_rsa(monkeypatch):
    """An RSA key takes half a second: the tests share two of them."""
    turn = itertools.cycle((0, 1))
    monkeypatch.setattr(signatures, "_make_rsa", lambda: _ready_made(next(turn)))
    crypto.forget_keys()
    yield
    crypto.forget_keys()


class Wire(BaseAdapter):
    """What Authlib sends with `requests` goes to the node in this process, without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.node = Client()

    def send(self, request, **_options):
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("content-type", "content-length")}
        answer = self.node.generic(
            request.method, path, request.body or b"",
            content_type=request.headers.get("Content-Type", ""), headers=headers,
        )  # fmt: skip
        response = Response()
        response.status_code, response._content, response.url = answer.status_code, answer.content, request.url
        response.headers.update(answer.headers)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Caller:
    """A registered system with its private key."""

    system: System
    key: jwk.Key
    alg: str

    def session(self, scope: str = "openid profile capacity", **options) -> OAuth2Session:
        session = OAuth2Session(
            self.system.key, self.key, token_endpoint_auth_method="private_key_jwt", scope=scope,
            redirect_uri=BACK, code_challenge_method="S256", **options,
        )  # fmt: skip
        session.register_client_auth_method(PrivateKeyJWT(f"{issuer()}/oidc/token", alg=self.alg))
        session.mount(issuer(), Wire())
        return session

    def post(self, **form):
        """A token request made by hand, for what the library would never send."""
        return Client().post("/oidc/token", form)


def make_caller(key: str = "permits", kind: str = "Ed25519", *, scopes=None, organisation="housing", **more) -> Caller:
    ensure_directory()
    scopes = ["openid", "profile", "capacity", "offline_access"] if scopes is None else scopes
    values = {"redirect_uris": [BACK], "logout_uris": [BYE]} if "openid" in scopes else {}
    system = services.register_system(
        actor=OPERATOR, key=key, title={"zh": "施工许可系统", "en": "Permits"}, organisation_key=organisation,
        scopes=scopes, at=now(), **{**values, **more},
    )  # fmt: skip
    private, alg = make_key(kind)
    services.add_key(actor=OPERATOR, key=key, data=private.as_pem(private=False), at=now())
    return Caller(system, private, alg)


def make_key(kind: str) -> tuple[jwk.Key, str]:
    if kind == "Ed25519":
        return jwk.OKPKey.generate_key("Ed25519"), "Ed25519"
    if kind == "P-256":
        return jwk.ECKey.generate_key("P-256"), "ES256"
    return jwk.RSAKey.import_key(_pem(_ready_made(1))), "RS256"


def _pem(der: bytes) -> bytes:
    key = serialization.load_der_private_key(der, None)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@pytest.fixture
def caller(db) -> Caller:
    return make_caller()


@pytest.fixture
def someone(db) -> Someone:
    return make_resident("王演示")


@pytest.fixture
def browser(someone) -> Client:
    client = Client()
    sign_in(client, someone.account)
    return client


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def agree(browser: Client, address: str, decision: str = "agree") -> dict[str, str]:
    """Open the authorization address, answer the question if there is one; what the system is told at its address."""
    answer = browser.get(path_of(address))
    if answer.status_code == 200:
        answer = browser.post("/oidc/consent?" + urlsplit(address).query, {"decision": decision})
    assert answer.status_code == 302, answer.content.decode()[:500]
    return told(answer)


def told(answer) -> dict[str, str]:
    assert answer["Location"].startswith(BACK + "?"), answer["Location"]
    return {name: values[-1] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
