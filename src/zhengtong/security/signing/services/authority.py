"""The node's certificate authority: certify keys of systems, revoke, publish the list."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import Authority, Certificate

CA = "ca"
CRL_PATH = "/pki/ca.crl"
CRL_STANDS_FOR = timedelta(days=2)
CRL_ANEW_AFTER = timedelta(hours=12)
LONGEST = timedelta(days=3 * 366)  # of a system's certificate
BACKDATED = timedelta(minutes=5)  # clocks of others may be behind
Kind = Certificate.Kind


@dataclass(frozen=True, slots=True)
class Issued:
    """The certificate; `private_key` (PEM, PKCS #8) only where the node made the key, told once and kept nowhere."""

    certificate: Certificate
    private_key: bytes = b""


@transaction.atomic
def init_authority(*, actor: Actor, name: str, at: datetime, days: int = 3650) -> Authority:
    """Make the authority's key in the node's suite and certify it by itself; a former one retires and still verifies.

    Raises Invalid, KeyFault, Denied.
    """
    permissions.require(actor, "signing.authority.manage")
    if not name.strip() or not 30 <= days <= 7300:
        raise Invalid(_("颁发机构须有名称，有效期为 30 至 7300 天。"))
    key = crypto.rotate(purpose=CA, at=at)
    assert key is not None
    subject = rules.Subject(rules.name_of(name.strip(), name.strip()), crypto.as_der(key.raw))
    end = at + timedelta(days=days)
    der = rules.write_certificate(
        serial=_new_serial(), issuer=subject.name, subject=subject, not_before=at - BACKDATED, not_after=end,
        extensions=rules.authority_extensions(subject), algorithm=key.algorithm, sign=_signer(),
    )  # fmt: skip
    Authority.objects.filter(retired_at=None).update(retired_at=at)
    authority = Authority.objects.create(
        name=name.strip(), key_id=key.key_id, algorithm=key.algorithm, der=der, not_before=at - BACKDATED,
        not_after=end,
    )  # fmt: skip
    _publish_list(authority, at)
    audit.record(actor, "signing.authority.made", authority, at=at, detail={"algorithm": key.algorithm})
    return authority


@transaction.atomic
def issue_certificate(
    *,
    actor: Actor,
    name: str,
    at: datetime,
    request: bytes = b"",
    hosts: Sequence[str] = (),
    days: int = 365,
) -> Issued:
    """Certify the key of a system: by its request (PKCS #10, PEM), else by a P-256 key made for it.

    Keys: Ed25519, P-256, SM2. Raises Invalid, NotFound (no authority yet), Denied.
    """
    permissions.require(actor, "signing.certificate.issue")
    authority = working_authority()
    private, (spki, algorithm) = b"", (b"", "EC P-256")
    if request:
        spki, algorithm = _read(request)
    else:
        private, spki = rules.new_p256_key()
    certificate = certify(
        authority, kind=Kind.SYSTEM, name=name, spki=spki, algorithm=algorithm, hosts=hosts, days=days, at=at
    )
    detail = {"serial": certificate.serial, "algorithm": algorithm, "days": days}
    audit.record(actor, "signing.certificate.issued", certificate, at=at, detail=detail)
    return Issued(certificate, private)


def certify(
    authority: Authority,
    *,
    kind: str,
    name: str,
    spki: bytes,
    algorithm: str,
    days: int,
    at: datetime,
    hosts: Sequence[str] = (),
    organisation_uuid: UUID | None = None,
    key_id: str = "",
) -> Certificate:
    """Sign and store one certificate. Raises Invalid; the callers have asked for permission and witness."""
    if not 1 <= len(name.strip()) <= 64:
        raise Invalid(_("证书名称须为 1 至 64 个字。"))
    if not timedelta(0) < timedelta(days=days) <= LONGEST or at + timedelta(days=days) > authority.not_after:
        raise Invalid(
            _("证书有效期须在 1 天至 3 年之间，且不晚于颁发机构的有效期 %s。") % f"{authority.not_after:%Y-%m-%d}"
        )
    issuer = x509.load_der_x509_certificate(bytes(authority.der))
    subject = rules.Subject(rules.name_of(name.strip(), authority.name, kind), spki)
    serial, end = _new_serial(), at + timedelta(days=days)
    der = rules.write_certificate(
        serial=serial, issuer=issuer.subject, subject=subject, not_before=at - BACKDATED, not_after=end,
        extensions=rules.leaf_extensions(
            subject, _key_identifier(issuer), names=_names(hosts), is_seal=kind == Kind.SEAL,
            crl_url=settings.ZT_BASE_URL.rstrip("/") + CRL_PATH,
        ),
        algorithm=authority.algorithm, sign=_signer(),
    )  # fmt: skip
    return Certificate.objects.create(
        authority=authority, kind=kind, name=name.strip(), organisation_uuid=organisation_uuid, serial=f"{serial:x}",
        fingerprint=hashlib.sha256(der).hexdigest(), key_id=key_id, algorithm=algorithm, der=der, issued_at=at,
        not_before=at - BACKDATED, not_after=end,
    )  # fmt: skip


@transaction.atomic
def revoke_certificate(*, actor: Actor, serial: str, reason: str, at: datetime) -> Certificate:
    """End a certificate before its time: refused at once here, in the published list within a minute.

    With the certificate of a seal its key signs no more. Raises NotFound, Conflict (revoked already), Invalid, Denied.
    """
    found = Certificate.objects.select_for_update().filter(serial=normal_serial(serial)).first()
    if found is None:
        raise NotFound(_("没有序列号为“%s”的证书。") % serial, remedy=_("请用 zt ca list 查看序列号。"))
    permissions.require(actor, "signing.certificate.revoke", found)
    if found.revoked_at:
        raise Conflict(_("该证书已经吊销。"))
    if reason not in Certificate.Reason.values:
        raise Invalid(_("没有这种吊销原因。"), remedy="、".join(Certificate.Reason.values))
    found.revoke(reason, at)
    found.save(update_fields=["revoked_at", "revoked_reason"])
    if found.key_id:
        _retire_seal(found, at)
    audit.record(actor, "signing.certificate.revoked", found, at=at, detail={"serial": found.serial, "reason": reason})
    return found


@transaction.atomic
def refresh_list(*, at: datetime) -> bool:
    """Publish the revocation list anew when somebody was revoked since, or when it grows old. Run every minute."""
    authority = Authority.objects.select_for_update().filter(retired_at=None).first()
    if authority is None:
        return False
    is_fresh = authority.crl_at and at - authority.crl_at < CRL_ANEW_AFTER
    if is_fresh and not authority.certificates.filter(revoked_at__isnull=False, is_listed=False).exists():
        return False
    _publish_list(authority, at)
    return True


def normal_serial(text: str) -> str:
    """As people copy it: colons, spaces, capitals and leading zeros do not matter."""
    return "".join(text.split()).replace(":", "").lower().removeprefix("0x").lstrip("0")


def working_authority() -> Authority:
    """Raises NotFound."""
    authority = Authority.objects.filter(retired_at=None).first()
    if authority is None:
        raise NotFound(_("本节点还没有证书颁发机构。"), remedy=_("请先运行 zt ca init。"))
    return authority


# -- the steps --------------------------------------------------------------------------------------------------------
def _publish_list(authority: Authority, at: datetime) -> None:
    rows = list(Certificate.objects.filter(authority=authority, revoked_at__isnull=False, not_after__gt=at))
    issuer = x509.load_der_x509_certificate(bytes(authority.der))
    authority.crl = rules.write_crl(
        issuer=issuer.subject, issuer_key=_key_identifier(issuer), number=int(at.timestamp() * 1000),
        revoked=[(int(row.serial, 16), row.revoked_at, row.revoked_reason) for row in rows if row.revoked_at],
        this_update=at, next_update=at + CRL_STANDS_FOR, algorithm=authority.algorithm, sign=_signer(),
    )  # fmt: skip
    authority.crl_at = at
    authority.save(update_fields=["crl", "crl_at"])
    Certificate.objects.filter(pk__in=[row.pk for row in rows]).update(is_listed=True)


def _retire_seal(certificate: Certificate, at: datetime) -> None:
    """Only if the seal has no newer key than the one revoked."""
    purpose = f"seal:{certificate.organisation_uuid}"
    working = crypto.find_working_key(purpose)
    if working and working.key_id == certificate.key_id:
        crypto.retire(purpose=purpose, at=at)


def _read(request: bytes) -> tuple[bytes, str]:
    messages = {
        "form": _("不是 PEM 格式的证书请求（PKCS #10）。"),
        "signature": _("证书请求的签名无效。"),
        "key": _("证书请求的密钥须为 Ed25519、P-256 或 SM2。"),
    }
    try:
        spki, algorithm = rules.read_request(request)
        if algorithm == "SM2" and not crypto.verify_raw(crypto.from_der(spki), *rules.signed_part(request)):
            raise rules.RequestFault("signature")
    except rules.RequestFault as fault:
        raise Invalid(messages[fault.kind], remedy=_("请重新生成证书请求。")) from fault
    return spki, algorithm


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    try:
        return rules.alternative_names(hosts)
    except ValueError as fault:
        raise Invalid(_("“%s”不是主机名或 IP 地址。") % fault) from fault


def _key_identifier(issuer: x509.Certificate) -> bytes:
    return issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _signer() -> Callable[[bytes], bytes]:
    return lambda data: crypto.sign_as(CA, data).value


def _new_serial() -> int:
    """Positive, at most 20 octets, 128 random bits (RFC 5280 section 4.1.2.2; CA/Browser Forum asks for 64)."""
    return secrets.randbits(127) | 1 << 127


def grants(role: str) -> list[str]:
    """SQL by which the web role may read certificates; issuing and revoking are the operator's."""
    quoted = connection.ops.quote_name(role)
    tables = "security_signing_authority, security_signing_certificate"
    return [f"REVOKE ALL ON {tables} FROM {quoted}", f"GRANT SELECT ON {tables} TO {quoted}"]
