"""Certificates and revocation lists, judged by openssl; what is refused, and since when."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.db import connection

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.services import gate
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.permissions.services import Denied
from zhengtong.security.signing import queries, services
from zhengtong.security.signing.models import Authority, Certificate

from .conftest import AT, OPERATOR

KINDS = {
    "Ed25519": "ed25519",
    "EC P-256": "EC -pkeyopt ec_paramgen_curve:P-256",
    "SM2": "EC -pkeyopt ec_paramgen_curve:SM2",
}
CHECK_AT = f"-attime {int((AT + timedelta(days=1)).timestamp())}"
# SM2 certificates are signed under the ID of GM/T 0009, which openssl takes as an option
DISTID = {"Ed25519": "", "SM2": "-vfyopt distid:1234567812345678"}


@pytest.fixture
def shell(tmp_path):
    return partial(subprocess.run, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True)


@pytest.fixture
def authority(suite, tmp_path) -> Authority:
    made = services.init_authority(actor=OPERATOR, name="广安市广安区政务服务节点", at=AT)
    (tmp_path / "ca.pem").write_text(queries.as_pem(bytes(made.der)))
    return made


def verify(authority: Authority) -> str:
    return f"openssl verify -x509_strict {CHECK_AT} {DISTID[authority.algorithm]} -CAfile ca.pem"


def request_of(kind: str, shell) -> bytes:
    digest = "-sm3 -sigopt distid:1234567812345678" if kind == "SM2" else ""
    shell(f"openssl genpkey -algorithm {KINDS[kind]} -out key.pem")
    return shell(f"openssl req -new -key key.pem -subj /CN=whatever {digest}").stdout.encode()


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_follows_the_chain_for_every_kind_of_key(kind, authority, shell, tmp_path) -> None:
    issued = services.issue_certificate(
        actor=OPERATOR,
        name="区医保局业务系统",
        request=request_of(kind, shell),
        hosts=["yb.example.cn", "10.1.2.3"],
        at=AT,
    )
    (tmp_path / "leaf.pem").write_text(queries.as_pem(bytes(issued.certificate.der)))
    assert "leaf.pem: OK" in shell(f"{verify(authority)} -purpose sslclient leaf.pem").stdout
    assert "ca.pem: OK" in shell(f"{verify(authority)} ca.pem").stdout
    told = shell("openssl x509 -in leaf.pem -noout -text -nameopt utf8").stdout
    assert "区医保局业务系统" in told
    assert "DNS:yb.example.cn, IP Address:10.1.2.3" in told
    assert "/pki/ca.crl" in told
    assert "Signature Algorithm: " + {"Ed25519": "ED25519", "SM2": "SM2-with-SM3"}[authority.algorithm] in told
    public = shell("openssl x509 -in leaf.pem -noout -pubkey").stdout
    assert public == shell("openssl pkey -in key.pem -pubout").stdout
    assert issued.private_key == b""
    assert issued.certificate.algorithm == kind
    (tmp_path / "other.pem").write_text(
        queries.as_pem(bytes([*issued.certificate.der[:-1], issued.certificate.der[-1] ^ 1]))
    )
    with pytest.raises(subprocess.CalledProcessError):
        shell(f"{verify(authority)} other.pem")


def test_a_key_made_for_a_system_is_told_once(authority, shell, tmp_path) -> None:
    issued = services.issue_certificate(actor=OPERATOR, name="exchange", at=AT, days=30)
    key = load_pem_private_key(issued.private_key, None)
    parsed = x509.load_der_x509_certificate(bytes(issued.certificate.der))
    assert parsed.public_key() == key.public_key()
    assert parsed.not_valid_after_utc == AT + timedelta(days=30)
    assert not parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_revoked_certificate_is_refused_at_once_and_by_openssl_with_the_list(authority, shell, tmp_path) -> None:
    good = services.issue_certificate(actor=OPERATOR, name="stays", at=AT).certificate
    bad = services.issue_certificate(actor=OPERATOR, name="goes", at=AT).certificate
    pem = queries.as_pem(bytes(bad.der)).encode()
    assert queries.check_certificate(pem, at=AT).ok
    typed = ":".join(bad.serial.upper()[i : i + 2] for i in range(0, len(bad.serial), 2))
    services.revoke_certificate(actor=OPERATOR, serial=typed, reason="keyCompromise", at=AT)
    assert queries.check_certificate(pem, at=AT).state == "revoked"
    assert queries.check_certificate(bytes(good.der), at=AT).state == "good"
    assert services.refresh_list(at=AT)
    assert not services.refresh_list(at=AT + timedelta(seconds=60))
    late = services.issue_certificate(actor=OPERATOR, name="its transaction took long", at=AT).certificate
    services.revoke_certificate(actor=OPERATOR, serial=late.serial, reason="superseded", at=AT - timedelta(seconds=9))
    assert services.refresh_list(at=AT + timedelta(seconds=60))
    assert services.refresh_list(at=AT + timedelta(hours=13))
    (tmp_path / "crl.pem").write_text(queries.as_pem(bytes(queries.published_list().crl), "X509 CRL"))
    (tmp_path / "good.pem").write_text(queries.as_pem(bytes(good.der)))
    (tmp_path / "bad.pem").write_bytes(pem)
    if authority.algorithm == "Ed25519":
        assert "OK" in shell(f"{verify(authority)} -crl_check -CRLfile crl.pem good.pem").stdout
        told = shell(f"{verify(authority)} -crl_check -CRLfile crl.pem bad.pem || true")
        assert "certificate revoked" in told.stdout + told.stderr
    else:  # openssl has no way to say under which ID a list was signed
        published = x509.load_der_x509_crl(bytes(queries.published_list().crl))
        key = crypto.find_public_key(authority.key_id).raw
        assert crypto.verify_raw(key, published.tbs_certlist_bytes, published.signature)
    text = shell("openssl crl -in crl.pem -noout -text").stdout
    assert "Key Compromise" in text
    assert bad.serial.upper() in text.upper()
    with pytest.raises(Conflict):
        services.revoke_certificate(actor=OPERATOR, serial=bad.serial, reason="superseded", at=AT)
    with pytest.raises(NotFound):
        services.revoke_certificate(actor=OPERATOR, serial="abc", reason="superseded", at=AT)


@pytest.mark.django_db
def test_what_a_certificate_is_worth(django_assert_num_queries) -> None:
    services.init_authority(actor=OPERATOR, name="节点", at=AT)
    made = services.issue_certificate(actor=OPERATOR, name="x", at=AT, days=10).certificate
    der = bytes(made.der)
    with django_assert_num_queries(1):
        assert queries.check_certificate(der, at=AT).certificate == made
    states = {
        queries.check_certificate(der, at=AT + timedelta(days=11)).state,
        queries.check_certificate(der, at=AT - timedelta(days=1)).state,
    }
    assert states == {"expired", "not-yet-valid"}
    assert queries.check_certificate(der + b"x", at=AT).state == "unreadable"
    assert queries.check_certificate(b"", at=AT).state == "unreadable"
    altered = der[:-1] + bytes([der[-1] ^ 1])
    assert queries.check_certificate(altered, at=AT).state == "unknown"
    assert [row.name for row in queries.list_expiring(at=AT, within=timedelta(days=30))] == ["x"]
    assert queries.list_expiring(at=AT, within=timedelta(days=5)) == []


@pytest.mark.django_db
def test_bad_requests_are_refused_with_what_is_wrong(shell, tmp_path) -> None:
    with pytest.raises(NotFound, match="颁发机构"):
        services.issue_certificate(actor=OPERATOR, name="x", at=AT)
    services.init_authority(actor=OPERATOR, name="节点", at=AT)
    issue = partial(services.issue_certificate, actor=OPERATOR, at=AT)
    with pytest.raises(Invalid, match="PEM"):
        issue(name="x", request=b"nonsense")
    shell("openssl req -new -newkey rsa:2048 -nodes -keyout k.pem -subj /CN=x -out rsa.csr")
    with pytest.raises(Invalid, match="Ed25519"):
        issue(name="x", request=(tmp_path / "rsa.csr").read_bytes())
    for kind in KINDS:
        request = request_of(kind, shell)
        issue(name="x", request=request)
        with pytest.raises(Invalid, match=r"签名无效|PEM"):
            issue(name="x", request=_other_subject(request))
    for wrong in ({"hosts": ["not a host"]}, {"days": 0}, {"days": 2000}, {"days": 40000}):
        with pytest.raises(Invalid):
            issue(**({"name": "x"} | wrong))
    for name in ("", "  ", "长" * 65):
        with pytest.raises(Invalid, match="名称"):
            issue(name=name)
    with pytest.raises(Denied):
        services.issue_certificate(actor=ANONYMOUS, name="x", at=AT)


def _other_subject(request: bytes) -> bytes:
    """The same request with another name in it: its signature no longer fits."""
    import base64

    der = base64.b64decode(b"".join(request.splitlines()[1:-1])).replace(b"whatever", b"whoever!")
    return b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.b64encode(der) + b"\n-----END CERTIFICATE REQUEST-----\n"


def test_a_next_authority_leaves_the_former_certificates_good(authority, shell, tmp_path) -> None:
    old = services.issue_certificate(actor=OPERATOR, name="old", at=AT).certificate
    services.init_authority(actor=OPERATOR, name="新节点", at=AT + timedelta(days=1))
    new = services.issue_certificate(actor=OPERATOR, name="new", at=AT + timedelta(days=1)).certificate
    assert old.authority_id != new.authority_id
    assert queries.check_certificate(bytes(old.der), at=AT + timedelta(days=2)).ok
    (tmp_path / "old.pem").write_text(queries.as_pem(bytes(old.der)))
    assert "OK" in shell(f"{verify(authority)} old.pem").stdout


def test_a_seal_signs_in_the_organisations_name_until_it_is_revoked(suite, shell, tmp_path) -> None:
    ensure_directory()
    organisation = directory.find_organisation("market-regulation")
    before = services.sign_for(organisation.uuid, b"paper")
    assert before.key_id in {key.key_id for key in crypto.public_keys()}, "no seal yet: the node signs"
    services.init_authority(actor=OPERATOR, name="节点", at=AT)
    made = services.make_seal(actor=OPERATOR, organisation_uuid=organisation.uuid, at=AT)
    sealed = services.sign_for(organisation.uuid, b"paper")
    assert (sealed.key_id, made.kind) == (made.key_id, Certificate.Kind.SEAL)
    assert crypto.verify(b"paper", sealed)
    assert queries.find_seal_of(organisation.uuid) == made
    (tmp_path / "seal.pem").write_text(queries.as_pem(bytes(made.der)))
    public = shell("openssl x509 -in seal.pem -noout -pubkey").stdout
    assert crypto.from_pem(public) == [crypto.find_public_key(sealed.key_id).raw]
    services.revoke_certificate(actor=OPERATOR, serial=made.serial, reason="cessationOfOperation", at=AT)
    assert services.sign_for(organisation.uuid, b"paper").key_id != made.key_id
    assert crypto.verify(b"paper", sealed)
    assert queries.find_seal_of(organisation.uuid) is None
    again = services.make_seal(actor=OPERATOR, organisation_uuid=organisation.uuid, at=AT)
    assert services.sign_for(organisation.uuid, b"paper").key_id == again.key_id


@pytest.mark.django_db
def test_the_pages_others_fetch(client, settings) -> None:
    assert client.get("/pki/ca.crt").status_code == client.get("/pki/ca.crl").status_code == 404
    services.init_authority(actor=OPERATOR, name="节点", at=AT)
    assert x509.load_pem_x509_certificate(client.get("/pki/ca.crt").content)
    answer = client.get("/pki/ca.crl")
    assert x509.load_der_x509_crl(answer.content).extensions.get_extension_for_class(x509.CRLNumber)
    assert "max-age=30" in answer["Cache-Control"]


@pytest.mark.django_db
def test_the_web_role_cannot_read_the_authoritys_key() -> None:
    services.init_authority(actor=OPERATOR, name="节点", at=AT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE zt_test_certificates NOLOGIN")
        for statement in crypto.grants("zt_test_certificates") + services.grants("zt_test_certificates"):
            cursor.execute(statement)
        cursor.execute("SET ROLE zt_test_certificates")
        seen = {row.purpose for row in gate.read_keys()}
        cursor.execute("SELECT count(*) FROM security_signing_certificate")
        cursor.execute("SAVEPOINT before")
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("UPDATE security_signing_certificate SET revoked_at = NULL")
        cursor.execute("ROLLBACK TO SAVEPOINT before")
        cursor.execute("RESET ROLE")
        cursor.execute("DROP OWNED BY zt_test_certificates")
        cursor.execute("DROP ROLE zt_test_certificates")
    assert {"signing", "data", "index"} <= seen
    assert "ca" not in seen
