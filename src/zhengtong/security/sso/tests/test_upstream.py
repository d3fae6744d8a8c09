"""Signing in by a provider above: a small one on loopback, real HTTP, Authlib's client in between."""

from __future__ import annotations

import base64
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.test import Client
from joserfc import jwk

from zhengtong.kernel.identifiers import id_check_character
from zhengtong.security.audit.models import Entry
from zhengtong.security.crypto import services as crypto
from zhengtong.security.identity.models import Account, Person
from zhengtong.security.identity.tests.factories import make_resident
from zhengtong.security.sso.models import UpstreamLink
from zhengtong.security.sso.rules import acr_of

from .above import CLIENT, SECRET, Above


@pytest.fixture(scope="module")
def running():
    server = Above()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def above(running, settings, db):
    running.lies = {}
    running.person = {"sub": "p-1", "name": "周演示", "id_number": number_of(77), "acr": acr_of(2)}
    settings.ZT_UPSTREAM_ISSUER, settings.ZT_UPSTREAM_CLIENT_ID = running.issuer, CLIENT
    settings.ZT_UPSTREAM_SECRET = SECRET
    return running


def number_of(serial: int) -> str:
    """A sound number; those of area 999999 count in demonstrations only."""
    body = f"81000019790504{serial:03d}"
    return body + id_check_character(body)


def known(above, level: int = 2, name: str = "周演示"):
    """Somebody here who has proved (or only stated) the number that the provider above tells."""
    someone = make_resident(name)
    someone.person.set_id_number(above.person["id_number"])
    someone.person.assurance_level = level
    someone.person.save()
    return someone


def go(above, client: Client, query: str = "", **parameters):
    """Out and back again."""
    answer = client.get("/identity/upstream/", parameters)
    assert answer.status_code == 302, answer.content.decode()[:400]
    return client.get(f"/identity/upstream/back?{query or above.sign_in(answer['Location'])}")


def whoever(client: Client) -> Account:
    return Account.objects.get(pk=client.session["_auth_user_id"])


def test_it_is_off_unless_configured(db) -> None:
    assert Client().get("/identity/upstream/").status_code == 404
    assert "upstream" not in Client().get("/accounts/login/").content.decode()


def test_the_sign_in_page_shows_the_way(above) -> None:
    page = Client().get("/accounts/login/?next=/hall/").content.decode()
    assert "/identity/upstream/?next=/hall/" in page
    assert "Sign in by the platform above" in Client(headers={"Accept-Language": "en"}).get(
        "/accounts/login/"
    ).content.decode()  # fmt: skip


def test_somebody_new_gets_an_account_with_the_level_the_provider_proved(above) -> None:
    client = Client()
    answer = go(above, client, next="/hall/cases/")
    assert answer["Location"] == "/hall/cases/"
    person = Person.objects.get(account=whoever(client))
    assert (person.name, person.id_number, person.assurance_level) == ("周演示", above.person["id_number"], 2)
    again = Client()
    go(above, again, next="https://evil.example/")
    assert whoever(again) == whoever(client)
    assert UpstreamLink.objects.count() == 1
    assert Entry.objects.filter(action="sso.upstream.linked").count() == 1
    assert not whoever(client).has_usable_password()


def test_who_has_proved_the_number_here_finds_the_own_account(above) -> None:
    someone = known(above)
    client = Client()
    go(above, client)
    assert whoever(client) == someone.account


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"acr": acr_of(1)}, 409),
        ({"acr": None}, 409),
        ({"acr": "urn:zhengtong:assurance:9"}, 409),
        ({"acr": 3}, 409),
        ({"name": "吴演示"}, 409),
    ],
)
def test_nobody_gets_into_an_account_without_the_providers_proof(above, changes, status) -> None:
    known(above)
    above.person |= changes
    client = Client()
    assert go(above, client).status_code == status
    assert "_auth_user_id" not in client.session
    assert not UpstreamLink.objects.exists()


def test_a_number_only_stated_here_is_nobodys(above) -> None:
    """Whoever typed another's number at registration does not receive the owner's arrival."""
    squatter = known(above, 1, "冒演示")
    client = Client()
    go(above, client)
    assert whoever(client) != squatter.account


def test_without_a_number_one_arrives_at_level_one(above) -> None:
    above.person |= {"id_number": None, "acr": acr_of(3)}
    client = Client()
    go(above, client)
    person = Person.objects.get(account=whoever(client))
    assert (person.id_number, person.assurance_level) == (None, 1)


def test_the_providers_own_words_for_levels_are_mapped(above, settings) -> None:
    settings.ZT_UPSTREAM_LEVELS = "loa2=2, loa3=3"
    above.person["acr"] = "loa3"
    client = Client()
    go(above, client)
    assert Person.objects.get(account=whoever(client)).assurance_level == 3
    above.person |= {"sub": "p-2", "acr": acr_of(3), "id_number": number_of(78)}
    other = Client()
    go(above, other)
    assert Person.objects.get(account=whoever(other)).assurance_level == 1


LIES = {
    "another's key": lambda: {"key": jwk.ECKey.generate_key("P-256", {"kid": "above"})},
    "unsigned": lambda: {"alg": "none"},
    "shared secret": lambda: {"alg": "HS256"},
    "another issuer": lambda: {"claims": {"iss": "https://elsewhere.example"}},
    "another audience": lambda: {"claims": {"aud": "elsewhere"}},
    "another party": lambda: {"claims": {"aud": [CLIENT, "elsewhere"], "azp": "elsewhere"}},
    "several audiences": lambda: {"claims": {"aud": [CLIENT, "elsewhere"]}},
    "another nonce": lambda: {"claims": {"nonce": "x"}},
    "no nonce": lambda: {"claims": {"nonce": None}},
    "run out": lambda: {"claims": {"exp": int(time.time()) - 3600}},
    "endless": lambda: {"claims": {"exp": None}},
    "nobody": lambda: {"claims": {"sub": None}},
    "no text": lambda: {"claims": {"sub": 7}},
    "no name": lambda: {"claims": {"name": ["周演示"]}},
    "somebody else in userinfo": lambda: {"userinfo": {"sub": "p-2"}},
    "no token": lambda: {"token": {"id_token": None}},
    "half a token": lambda: {"token": {"id_token": "e30.e30"}},
    "no JSON": lambda: {"raw": b"<html>"},
    "a list": lambda: {"raw": b"[]"},
    "another's discovery": lambda: {"discovery": {"issuer": "https://elsewhere.example"}},
    "an address without https": lambda: {"discovery": {"token_endpoint": "http://elsewhere.example/token"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_cannot_be_believed_is_refused_and_on_record(above, lie) -> None:
    client = Client()
    address = client.get("/identity/upstream/")["Location"]
    query = above.sign_in(address)
    above.lies = LIES[lie]()
    answer = client.get(f"/identity/upstream/back?{query}")
    assert answer.status_code == 400, answer.content.decode()[:300]
    assert "_auth_user_id" not in client.session
    entry = Entry.objects.order_by("-id").first()
    assert (entry.action, entry.outcome) == ("sso.upstream.arrive", "denied")


def test_only_who_set_out_comes_back_and_once(above) -> None:
    client, thief = Client(), Client()
    query = above.sign_in(client.get("/identity/upstream/")["Location"])
    assert thief.get(f"/identity/upstream/back?{query}").status_code == 400
    assert client.get(f"/identity/upstream/back?{query}".replace("state=", "state=x")).status_code == 400
    assert client.get(f"/identity/upstream/back?{query}").status_code == 400, "what was kept serves once"
    for odd in ("error=access_denied&state=STATE", "state=STATE", "code=x&state=STATE&iss=https://elsewhere.example"):
        fresh = Client()
        fresh.get("/identity/upstream/")
        state = fresh.session["sso.upstream"]["state"]
        assert fresh.get(f"/identity/upstream/back?{odd.replace('STATE', state)}").status_code == 400


def test_a_provider_that_does_not_answer_is_said_to(above, settings) -> None:
    settings.ZT_UPSTREAM_ISSUER = "http://127.0.0.1:9"
    assert Client().get("/identity/upstream/").status_code == 503


def test_a_locked_account_stays_locked_and_a_second_factor_is_asked_for(above) -> None:
    client = Client()
    go(above, client)
    account = whoever(client)
    account.is_active = False
    account.save()
    other = Client()
    go(above, other)
    assert "_auth_user_id" not in other.session


def test_the_second_step_says_what_the_first_one_was(above) -> None:
    someone = known(above)
    secret = crypto.encrypt(generate_totp_secret())
    Authenticator.objects.create(user=someone.account, type="totp", data={"secret": base64.b64encode(secret).decode()})
    client = Client()
    answer = go(above, client)
    page = client.get(answer["Location"]).content.decode()
    assert "上级平台已确认您的身份" in page
    assert "密码正确" not in page


def test_level_3_by_the_provider_above_has_an_end_and_ends_when_it_says_less(above) -> None:
    someone = known(above)
    above.person["acr"] = acr_of(3)
    for acr, level in ((3, 3), (3, 3), (2, 2)):
        above.person["acr"] = acr_of(acr)
        go(above, Client())
        person = Person.objects.get(account=someone.account)
        assert (person.assurance_level, person.assurance_until is not None) == (level, level == 3)
    acts = list(Entry.objects.filter(object_urn=person.urn).order_by("id").values_list("action", flat=True))
    assert acts[-2:] == ["identity.person.vouched", "identity.person.lowered"]
