"""Systems: how they are registered, and how they call the interface by their own keys."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from joserfc import jwk

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.resources.credentials.models import Credential
from zhengtong.security.audit.models import Entry
from zhengtong.security.directory.tests.factories import ensure_directory, organisation
from zhengtong.security.identity.tests.factories import make_official, make_resident
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.providers import POLICIES
from zhengtong.security.signing import services as signing
from zhengtong.security.signing.queries import as_pem
from zhengtong.security.sso import services
from zhengtong.security.sso.models import SystemKey, Token

from .conftest import BACK, OPERATOR, make_caller, make_key
from .test_refusals import assertion, proved

LIST = "/api/v1/credentials"


def token_of(caller, **more) -> str:
    answer = proved(caller, grant_type="client_credentials", scope="credentials.read", **more)
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


def call(token: str, path: str = LIST, **query):
    return Client().get(path, query, headers={"Authorization": f"Bearer {token}"})


def add(**changes):
    ensure_directory()
    values = {
        "key": "permits", "title": {"zh": "许可"}, "organisation_key": "housing", "redirect_uris": [BACK],
        "scopes": ["openid"],
    }  # fmt: skip
    return services.register_system(actor=OPERATOR, at=now(), **{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["http://permits.example/back"]},
        {"redirect_uris": ["https://*.example/back"]},
        {"redirect_uris": ["https://permits.example/back#x"]},
        {"redirect_uris": ["https://me:secret@permits.example/"]},
        {"redirect_uris": ["/back"]},
        {"redirect_uris": ["https://[::1"]},
        {"redirect_uris": ["https://permits.example:port/"]},
        {"redirect_uris": ["https://one.example/", "https://two.example/"]},
        {"logout_uris": ["ftp://permits.example/"]},
        {"scopes": ["openid", "everything"]},
        {"scopes": ["openid", "id_number"]},
        {"scopes": ["profile"]},
        {"scopes": [], "redirect_uris": [BACK]},
        {"key": "Ein System"},
        {"title": {"zh": " "}},
    ],
)
def test_what_is_not_sound_is_not_registered(db, changes) -> None:
    with pytest.raises(Invalid) as fault:
        add(**changes)
    assert fault.value.fields


def test_loopback_may_go_without_https_and_every_step_is_on_record(db) -> None:
    add(redirect_uris=["http://127.0.0.1:8400/back", "http://localhost/back"], sector="development")
    with pytest.raises(Conflict):
        add()
    with pytest.raises(NotFound):
        add(key="other", organisation_key="nobody")
    services.set_system(actor=OPERATOR, key="permits", is_enabled=False, at=now())
    with pytest.raises(Conflict):
        services.set_system(actor=OPERATOR, key="permits", is_enabled=False, at=now())
    assert [e.action for e in Entry.objects.filter(action__startswith="sso.system").order_by("id")] == [
        "sso.system.registered", "sso.system.disabled",
    ]  # fmt: skip


def test_only_an_administrator_registers(db) -> None:
    for person in (make_resident(), make_official("reviewer"), make_official("auditor")):
        with pytest.raises(permissions.Denied):
            services.register_system(
                actor=person.actor, key="x", title={"zh": "x"}, organisation_key="housing", at=now()
            )


@pytest.mark.parametrize("data", [
    b"", b"nonsense", b"{", b"[]", b'{"kty": "oct", "k": "AAAA"}', b'{"kty": "EC", "crv": "P-384"}',
    b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
])  # fmt: skip
def test_what_is_no_public_key_is_refused(db, data) -> None:
    add()
    with pytest.raises(Invalid):
        services.add_key(actor=OPERATOR, key="permits", data=data, at=now())
    with pytest.raises(Invalid, match="私钥"):
        services.add_key(actor=OPERATOR, key="permits", data=make_key("P-256")[0].as_pem(private=True), at=now())
    private = json.dumps(make_key("Ed25519")[0].as_dict(private=True)).encode()
    with pytest.raises(Invalid, match="私钥"):
        services.add_key(actor=OPERATOR, key="permits", data=private, at=now())


def test_a_key_belongs_to_one_system(db) -> None:
    caller = make_caller()
    add(key="other")
    with pytest.raises(Conflict):
        services.add_key(actor=OPERATOR, key="other", data=caller.key.as_pem(private=False), at=now())


# -- calling the interface --------------------------------------------------------------------------------------------
@pytest.fixture
def reader(seeded):
    return make_caller("register", scopes=["credentials.read"], organisation="market-regulation")


def test_a_system_reads_what_its_own_authority_issued(reader) -> None:
    own = organisation("market-regulation").uuid
    rows = call(token_of(reader)).json()
    expected = Credential.objects.filter(organisation_uuid=own, replaced_by=None)
    assert len(rows) == min(50, expected.count()) > 0
    assert {row["uuid"] for row in rows} <= {str(uuid) for uuid in expected.values_list("uuid", flat=True)}
    assert call(token_of(reader), before=rows[0]["uuid"]).json() == rows[1:]
    others = Credential.objects.exclude(organisation_uuid=own).first()
    if others:
        assert call(token_of(reader), before=str(others.uuid)).status_code == 403
    elsewhere = make_caller("permits", scopes=["credentials.read"], organisation="housing")
    assert not {row["uuid"] for row in call(token_of(elsewhere)).json()} & {row["uuid"] for row in rows}


def test_a_system_is_nobody_where_people_are_asked(reader) -> None:
    token = token_of(reader)
    for path in ("/api/v1/cases", "/api/v1/cases/queue"):
        assert call(token, path).status_code == 403, path
    answer = Client().post(
        "/api/v1/cases", {}, "application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "12345678"},
    )  # fmt: skip
    assert answer.status_code in (403, 422)
    assert Client().get(LIST).status_code == 401
    assert call(token, "/identity/security/").status_code == 302, "a token opens no page"


def test_a_system_passes_no_policy_that_does_not_name_its_scope(db) -> None:
    """It is not the node itself: what `system` may do is closed to it, and what everybody signed in may do too."""
    client = Actor(
        urn="urn:x", capacity=Capacity.CLIENT, scopes=frozenset({"credentials.read"}),
        organisation_uuid=organisation().uuid,
    )  # fmt: skip
    open_to_it = {action for action, _policy in POLICIES.items() if permissions.could(client, action)}
    open_to_it.discard("identity.person.create")  # for one's own account: decided by its URN, and a system has none
    assert open_to_it == {"credentials.credential.list_issued"}


def test_a_scope_that_was_not_asked_for_is_not_held(db) -> None:
    caller = make_caller("both", scopes=["credentials.read"])
    token = token_of(caller)
    Token.objects.update(scopes=[])
    assert call(token).status_code == 403


def test_revoking_the_key_or_the_system_is_honoured_at_the_next_call(reader) -> None:
    token = token_of(reader)
    assert call(token).status_code == 200
    second, _alg = make_key("P-256")
    row = services.add_key(actor=OPERATOR, key="register", data=second.as_pem(private=False), at=now())
    with pytest.raises(NotFound):
        services.revoke_key(actor=OPERATOR, key="register", kid=row.kid[:4], at=now())
    services.revoke_key(actor=OPERATOR, key="register", kid=SystemKey.objects.exclude(pk=row.pk).get().kid, at=now())
    assert call(token).status_code == 401
    answer = proved(reader, grant_type="client_credentials", scope="credentials.read")
    assert answer.status_code == 401
    text = assertion(reader, key=second, alg="ES256")
    token = proved(reader, text, grant_type="client_credentials", scope="credentials.read").json()["access_token"]
    assert call(token).status_code == 200
    services.set_system(actor=OPERATOR, key="register", is_enabled=False, at=now())
    assert call(token).status_code == 401


def test_revoking_the_certificate_is_honoured_at_the_next_call(seeded) -> None:
    signing.init_authority(actor=OPERATOR, name="演示", at=now())
    issued = signing.issue_certificate(actor=OPERATOR, name="register", at=now())
    caller = make_caller("register", scopes=["credentials.read"], organisation="market-regulation")
    services.revoke_key(actor=OPERATOR, key="register", kid=SystemKey.objects.get().kid, at=now())
    pem = as_pem(bytes(issued.certificate.der)).encode()
    services.add_key(actor=OPERATOR, key="register", data=pem, at=now())
    caller.key, caller.alg = jwk.ECKey.import_key(issued.private_key), "ES256"
    token = token_of(caller)
    assert call(token).status_code == 200
    signing.revoke_certificate(actor=OPERATOR, serial=issued.certificate.serial, reason="keyCompromise", at=now())
    assert call(token).status_code == 401
    answer = proved(caller, grant_type="client_credentials", scope="credentials.read")
    assert answer.status_code == 401
    with pytest.raises(Invalid, match="revoked"):
        services.add_key(actor=OPERATOR, key="register", data=pem, at=now())
