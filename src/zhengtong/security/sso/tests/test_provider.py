"""The provider as Authlib's client meets it: discovery, code with PKCE, identity token, userinfo, renewal, leaving."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from django.test import Client
from joserfc import jwk, jwt

from zhengtong.kernel.clock import CHINA, now
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.audit.models import Entry
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.identity import services as identity_services
from zhengtong.security.identity.models import Person, Representation
from zhengtong.security.identity.tests.factories import make_official, make_representative, make_resident, sign_in
from zhengtong.security.sso import services
from zhengtong.security.sso.services.id_tokens import issuer

from .conftest import BACK, BYE, OPERATOR, agree, make_caller, path_of

TOKEN = f"{issuer()}/oidc/token"


def acts(prefix: str = "sso.") -> list[str]:
    return list(Entry.objects.filter(action__startswith=prefix).order_by("id").values_list("action", flat=True))


def enter(caller, browser, scope="openid profile capacity", **options):
    """The whole way by the library: the address, the person's answer, the tokens."""
    session = caller.session(scope)
    verifier, nonce = generate_token(64), generate_token(20)
    address, state = session.create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=verifier, nonce=nonce, **options
    )
    told = agree(browser, address)
    assert told["state"] == state
    assert told["iss"] == issuer()
    token = session.fetch_token(TOKEN, code=told["code"], code_verifier=verifier)
    return session, token, nonce


def identity(session, token, nonce):
    """The identity token, verified as a relying party does it."""
    keys = jwk.KeySet.import_key_set(session.get(f"{issuer()}/oidc/jwks", withhold_token=True).json())
    claims = CodeIDToken(
        jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims, {"alg": "RS256"},
        {"iss": {"value": issuer()}, "aud": {"value": session.client_id}},
        {"nonce": nonce, "access_token": token["access_token"], "client_id": session.client_id},
    )  # fmt: skip
    claims.validate(leeway=5)
    return claims


def test_discovery_says_what_the_library_needs(db) -> None:
    document = Client().get("/.well-known/openid-configuration").json()
    OpenIDProviderMetadata({**document, "issuer": "https://node.example"}).validate_issuer()
    assert document["issuer"] == issuer()
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert Client().get("/.well-known/oauth-authorization-server").json() == document


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "RSA"])
def test_a_person_signs_in_at_a_system(someone, browser, kind) -> None:
    session, token, nonce = enter(make_caller(kind=kind), browser)
    claims = identity(session, token, nonce)
    assert claims["name"] == "王演示"
    assert claims["capacity"] == "resident"
    assert claims["acr"] == "urn:zhengtong:assurance:2"
    info = session.get(f"{issuer()}/oidc/userinfo").json()
    assert info["sub"] == claims["sub"]
    assert str(someone.account.uuid) not in str(dict(claims))
    assert someone.person.id_number not in str(info) + str(dict(claims))
    assert acts() == [
        "sso.system.registered", "sso.key.added", "sso.consent.given", "sso.sign_in.opened",
    ]  # fmt: skip


def test_what_was_agreed_is_asked_once_and_more_is_asked_again(caller, browser) -> None:
    enter(caller, browser, "openid")
    address, _state = caller.session("openid").create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    assert browser.get(path_of(address)).status_code == 302
    wider, _state = caller.session("openid profile").create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    page = browser.get(path_of(wider)).content.decode()
    assert "您的姓名" in page
    assert agree(browser, address + "&prompt=none")["code"]
    assert agree(browser, wider + "&prompt=none")["error"] == "consent_required"


def test_without_scope_there_is_no_name_and_without_grant_no_number(caller, browser) -> None:
    session, token, nonce = enter(caller, browser, "openid")
    claims = identity(session, token, nonce)
    assert not {"name", "capacity", "organisations", "id_number"} & set(claims)
    address, _state = caller.session("openid id_number").create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    assert agree(browser, address)["error"] == "invalid_scope"


def test_the_number_is_given_only_where_granted_and_each_time_on_record(someone, browser) -> None:
    caller = make_caller(scopes=["openid", "id_number"], purpose="核对施工许可申请人")
    session, token, _nonce = enter(caller, browser, "openid id_number")
    assert someone.person.id_number not in token["id_token"]
    for count in (1, 2):
        assert session.get(f"{issuer()}/oidc/userinfo").json()["id_number"] == someone.person.id_number
        reads = Entry.objects.filter(subjects__contains=[someone.person.urn], capacity="client")
        assert reads.count() == count
    assert {(read.purpose, read.actor_urn) for read in reads} == {("核对施工许可申请人", caller.system.urn)}
    page = browser.get("/hall/reads/").content.decode()
    assert "施工许可系统" in page


def test_every_sector_knows_a_person_by_another_name(browser) -> None:
    one, same = make_caller("one"), make_caller("same")
    other = make_caller("other", redirect_uris=[BACK], sector="elsewhere")
    subjects = [identity(*enter(caller, browser))["sub"] for caller in (one, same, other, one)]
    assert subjects[0] == subjects[1] == subjects[3] != subjects[2]


def test_an_official_is_told_with_the_authority_and_a_representative_with_the_entity(caller) -> None:
    official, boss = make_official("reviewer", "market-regulation"), make_representative()
    told = []
    for person in (official, boss):
        client = Client()
        sign_in(client, person, "" if person is boss else "official")
        told.append(identity(*enter(caller, client)))
    assert told[0]["capacity"] == "official"
    assert [o["key"] for o in told[0]["organisations"]] == ["market-regulation"]
    assert "mfa" in told[0]["amr"] or told[0]["amr"] == ["otp"]
    assert told[1]["capacity"] == "representative"
    assert told[1]["organisations"] == [{"code": boss.entity.uscc, "name": boss.entity.name}]


def test_an_official_without_a_second_factor_gets_to_no_system(caller) -> None:
    client = Client()
    sign_in(client, make_official("reviewer").account, "official", mfa=False)
    address, _state = caller.session().create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    assert "/accounts/2fa/" in client.get(path_of(address))["Location"]


def test_who_is_not_signed_in_signs_in_and_comes_back(caller, someone) -> None:
    address, _state = caller.session().create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    answer = Client().get(path_of(address))
    assert urlsplit(answer["Location"]).path == "/accounts/login/"
    assert "oidc%2Fauthorize" in answer["Location"]
    assert agree(Client(), address + "&prompt=none")["error"] == "login_required"


def test_a_new_sign_in_is_asked_for_where_the_system_wants_it(caller, someone, browser) -> None:
    someone.account.set_password("Only-4-Tests")
    someone.account.save()
    sign_in(browser, someone.account)
    address, _state = caller.session().create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    answer = browser.get(path_of(address + "&prompt=login"))
    assert urlsplit(answer["Location"]).path == "/accounts/reauthenticate/"
    assert "prompt" not in answer["Location"]
    assert agree(browser, address + "&max_age=3600")["code"]


def test_who_refuses_goes_back_and_nothing_is_told(caller, browser) -> None:
    address, state = caller.session().create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    assert agree(browser, address, "refuse") == {
        "error": "access_denied", "error_description": "The person did not agree.", "state": state, "iss": issuer(),
    }  # fmt: skip
    assert acts()[-1] == "sso.consent.refused"


def test_keys_rotate_and_old_tokens_verify(caller, browser) -> None:
    before = enter(caller, browser)
    crypto.rotate(purpose="oidc", at=now())
    after = enter(caller, browser)
    subjects = {identity(*taken)["sub"] for taken in (before, after)}
    assert len(subjects) == 1
    kids = [jwt.decode(t["id_token"], _keys()).header["kid"] for _s, t, _n in (before, after)]
    assert kids[0] != kids[1]
    assert {key["kid"] for key in Client().get("/oidc/jwks").json()["keys"]} == set(kids)
    later = services.key_set(now() + services.id_tokens.rules.RETIRED_KEY_SHOWN)
    assert [key["kid"] for key in later["keys"]] == [kids[1]]
    assert not {"d", "p", "q"} & set(later["keys"][0])


def _keys() -> jwk.KeySet:
    return jwk.KeySet.import_key_set(Client().get("/oidc/jwks").json())


def test_a_refresh_token_serves_once_and_its_reuse_ends_the_sign_in(caller, browser) -> None:
    session, first, _nonce = enter(caller, browser, "openid offline_access")
    second = session.refresh_token(TOKEN, refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN, refresh_token=first["refresh_token"])
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN, refresh_token=second["refresh_token"])
    session.token = second
    assert caller.session(token=second).get(f"{issuer()}/oidc/userinfo").status_code == 401
    assert "sso.sign_in.reused" in acts()


def test_signing_out_at_the_system_signs_out_here_and_ends_its_tokens(caller, browser) -> None:
    session, token, _nonce = enter(caller, browser)
    wish = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": BYE, "state": "s1"}
    answer = browser.get("/oidc/logout", wish)
    assert answer["Location"] == f"{BYE}?state=s1"
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 401
    assert browser.get("/identity/security/").status_code == 302
    assert "sso.sign_in.ended" in acts()


def test_signing_out_is_asked_first_where_nobody_is_proved(caller, browser) -> None:
    _session, token, _nonce = enter(caller, browser)
    stranger = Client()
    sign_in(stranger, make_resident("李演示").account)
    wish = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": BYE}
    assert "保持登录" in stranger.get("/oidc/logout", wish).content.decode()
    assert "保持登录" in browser.get("/oidc/logout", {"post_logout_redirect_uri": BYE}).content.decode()
    assert browser.post("/oidc/leave", {"post_logout_redirect_uri": BYE})["Location"] == "/"
    assert browser.get("/oidc/logout", wish | {"post_logout_redirect_uri": "https://evil.example"})["Location"] == "/"


def test_what_was_agreed_can_be_withdrawn(caller, browser) -> None:
    session, _token, _nonce = enter(caller, browser)
    page = browser.get("/identity/connections/").content.decode()
    assert "施工许可系统" in page
    consent = caller.system.consents.get()
    other = Client()
    sign_in(other, make_resident("李演示").account)
    address = f"/identity/connections/{consent.uuid}/withdraw/"
    assert other.post(address, {"idempotency_key": generate_token(20)}).status_code == 404
    assert browser.post(address, {"idempotency_key": generate_token(20)}).status_code == 302
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 401
    assert acts()[-2:] == ["sso.consent.withdrawn", "sso.userinfo.read"]


def test_a_locked_account_is_nobody_at_once(caller, browser, someone) -> None:
    session, token, _nonce = enter(caller, browser, "openid offline_access")
    someone.account.is_active = False
    someone.account.save()
    assert session.get(f"{issuer()}/oidc/userinfo").status_code == 403
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN, refresh_token=token["refresh_token"])


def test_pages_in_english(caller, browser) -> None:
    browser.cookies["django_language"] = "en"
    address, _state = caller.session().create_authorization_url(
        f"{issuer()}/oidc/authorize", code_verifier=generate_token(64)
    )
    answer = browser.get(path_of(address))
    assert "Sign in at “Permits”" in answer.content.decode()
    assert "form-action 'self' https://permits.example" in answer["Content-Security-Policy"]
    ensure_directory()
    assert OPERATOR.urn


def _entered_for(caller, hand, agency_key, scope="openid profile capacity"):
    client = Client()
    sign_in(client, hand.account, agency_key)
    return client, enter(caller, client, scope)


def test_who_acts_for_a_person_is_told_with_the_person_as_with_an_entity(someone) -> None:
    scopes = ["openid", "profile", "capacity", "id_number"]
    caller = make_caller(scopes=scopes, purpose="核对施工许可申请人")
    father, daughter = someone, make_resident("王芳")
    agency = identity_services.grant_agency(
        actor=father.actor, agent_name="王芳", agent_id_number=str(daughter.person.id_number), scope=["*"],
        valid_to=now() + timedelta(days=30), at=now(),
    )  # fmt: skip
    _client, taken = _entered_for(caller, daughter, str(agency.uuid), " ".join(scopes))
    claims = identity(*taken)
    himself = Client()
    sign_in(himself, father.account)
    his_own = identity(*enter(caller, himself))
    assert (claims["name"], claims["capacity"], claims["organisations"]) == ("王芳", "agent", [])
    assert claims["acting_for"] == {"type": "person", "sub": his_own["sub"], "name": "王演示"}
    assert claims["sub"] != his_own["sub"]
    assert "acting_for" not in his_own
    told = taken[0].get(f"{issuer()}/oidc/userinfo").json()
    assert told["id_number"] == daughter.person.id_number
    assert told["acting_for"]["id_number"] == father.person.id_number
    assert father.person.id_number not in str(dict(claims))
    reads = Entry.objects.filter(subjects__contains=[father.person.urn])
    assert {read.actor_urn for read in reads} == {daughter.account.urn, caller.system.urn}
    assert "代为登录：施工许可系统" in {read.purpose for read in reads}


def test_a_ward_without_an_account_has_a_code_too_and_an_entity_its_own(caller) -> None:
    guardian, boss = make_resident("王母"), make_representative()
    child = Person(name="王小", assurance_level=2)
    child.set_id_number(synthetic_id_number(3, born=date(2018, 1, 1)))
    child.save()
    power = Representation.objects.create(
        person=guardian.person, principal=child, kind="guardian", basis="household_booklet", scope=["*"],
        valid_from=now(), valid_to=now() + timedelta(days=1), granted_by_urn="system:tests",
    )  # fmt: skip
    _client, taken = _entered_for(caller, guardian, str(power.uuid))
    claims = identity(*taken)
    assert (claims["acting_for"]["name"], claims["acting_for"]["type"]) == ("王小", "person")
    assert len(claims["acting_for"]["sub"]) == 43
    client = Client()
    sign_in(client, boss)
    told = identity(*enter(caller, client))
    assert told["acting_for"] == {"type": "legal_entity", "code": boss.entity.uscc, "name": boss.entity.name}


def test_the_last_use_of_a_system_outlives_its_tokens(caller, browser) -> None:
    enter(caller, browser)
    services.prune(at=now() + timedelta(days=3))
    assert not caller.system.tokens.exists()
    used = caller.system.consents.get().last_used_at
    assert used is not None
    assert now() - used < timedelta(minutes=1)
    assert caller.system.keys.get().last_use.at == used
    page = browser.get("/identity/connections/").content.decode()
    assert "<span>—</span>" not in page
    assert f"{used.astimezone(CHINA):%H:%M}" in page
