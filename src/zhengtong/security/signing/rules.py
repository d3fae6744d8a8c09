"""X.509 certificates and revocation lists (RFC 5280), written here because `cryptography` cannot sign with SM2.

Names and extensions are encoded by `cryptography`; only the few sequences around them are ours. No clock, no database.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Sign = Callable[[bytes], bytes]
Extensions = Sequence[tuple[x509.ExtensionType, bool]]  # with: critical?
_ALGORITHMS = {
    "Ed25519": bytes.fromhex("300506032b6570"),  # RFC 8410
    "SM2": bytes.fromhex("300a06082a811ccf55018375"),  # 1.2.156.10197.1.501, SM2 with SM3
}
_SM2_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_SEQUENCE, _SET_TIME, _LONG_TIME, _BITS, _INTEGER, _OCTETS, _BOOLEAN = 0x30, 0x17, 0x18, 0x03, 0x02, 0x04, 0x01
_HOST = re.compile(
    r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


class RequestFault(ValueError):
    """A certificate request that cannot be served. `kind`: form, signature, key."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose key it is. `spki`: SubjectPublicKeyInfo, DER."""

    name: x509.Name
    spki: bytes

    @property
    def key_identifier(self) -> bytes:
        """RFC 7093 section 2, method 1, over the whole SubjectPublicKeyInfo's key bits."""
        return hashlib.sha256(self.spki).digest()[:20]


# -- names and keys ---------------------------------------------------------------------------------------------------
def name_of(common: str, organisation: str = "", unit: str = "") -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, organisation)]
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit), (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def read_request(pem: bytes) -> tuple[bytes, str]:
    """Key (SPKI, DER) and algorithm of a PKCS #10 request whose sender holds that key. Raises RequestFault."""
    try:
        request = x509.load_pem_x509_csr(pem)
    except ValueError as fault:
        raise RequestFault("form") from fault
    spki = _third_member(request.tbs_certrequest_bytes)
    if spki.startswith(_SM2_SPKI):
        return spki, "SM2"  # its signature is checked by the caller, who has the algorithm
    try:
        key = request.public_key()
        is_signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise RequestFault("key") from fault
    if not is_signed:
        raise RequestFault("signature")
    return spki, algorithm_of(key)


def signed_part(pem: bytes) -> tuple[bytes, bytes]:
    """What a request signs, and its signature."""
    request = x509.load_pem_x509_csr(pem)
    return request.tbs_certrequest_bytes, request.signature


def algorithm_of(key: object) -> str:
    """Raises RequestFault for a kind of key the authority does not certify."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "EC P-256"
    raise RequestFault("key")


def new_p256_key() -> tuple[bytes, bytes]:
    """A key for a system that has none: PKCS #8 as PEM, and SPKI as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def alternative_names(texts: Iterable[str]) -> list[x509.GeneralName]:
    """Addresses and host names of a system. Raises ValueError naming the one that is neither."""
    return [_alternative_name(text.strip()) for text in texts]


def _alternative_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not _HOST.fullmatch(text) or len(text) > 253:
        raise ValueError(text)
    return x509.DNSName(text)


# -- extensions -------------------------------------------------------------------------------------------------------
def authority_extensions(subject: Subject) -> Extensions:
    return [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(key_cert_sign=True, crl_sign=True), True),
        (x509.SubjectKeyIdentifier(subject.key_identifier), False),
    ]


def leaf_extensions(
    subject: Subject, issuer_key: bytes, *, names: Sequence[x509.GeneralName], is_seal: bool, crl_url: str
) -> Extensions:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(digital_signature=True, content_commitment=is_seal), True),
        (x509.SubjectKeyIdentifier(subject.key_identifier), False),
        (x509.AuthorityKeyIdentifier(issuer_key, None, None), False),
    ]
    if not is_seal:
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False))
    if names:
        found.append((x509.SubjectAlternativeName(names), False))
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
    return [*found, (x509.CRLDistributionPoints([point]), False)]


def _usage(**chosen: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: chosen.get(name, False) for name in names})


# -- certificates and lists -------------------------------------------------------------------------------------------
def write_certificate(
    *,
    serial: int,
    issuer: x509.Name,
    subject: Subject,
    not_before: datetime,
    not_after: datetime,
    extensions: Extensions,
    algorithm: str,
    sign: Sign,
) -> bytes:
    """A version 3 certificate, DER. `sign` is the authority's key of `algorithm` (Ed25519 or SM2)."""
    body = _sequence(
        _der(0xA0, _integer(2)), _integer(serial), _ALGORITHMS[algorithm], issuer.public_bytes(),
        _sequence(_time(not_before), _time(not_after)), subject.name.public_bytes(), subject.spki,
        _der(0xA3, _sequence(*(_extension(value, critical) for value, critical in extensions))),
    )  # fmt: skip
    return _signed(body, algorithm, sign)


def write_crl(
    *,
    issuer: x509.Name,
    issuer_key: bytes,
    number: int,
    revoked: Iterable[tuple[int, datetime, str]],
    this_update: datetime,
    next_update: datetime,
    algorithm: str,
    sign: Sign,
) -> bytes:
    """A version 2 revocation list, DER. `revoked`: serial number, moment, reason by its name in RFC 5280."""
    rows = [_sequence(_integer(serial), _time(at), *_reason(reason)) for serial, at, reason in revoked]
    extensions = [
        _extension(x509.AuthorityKeyIdentifier(issuer_key, None, None), False),
        _extension(x509.CRLNumber(number), False),
    ]
    body = _sequence(
        _integer(1), _ALGORITHMS[algorithm], issuer.public_bytes(), _time(this_update), _time(next_update),
        *([_sequence(*rows)] if rows else []), _der(0xA0, _sequence(*extensions)),
    )  # fmt: skip
    return _signed(body, algorithm, sign)


def _reason(name: str) -> list[bytes]:
    """RFC 5280 forbids to write `unspecified`."""
    if name == "unspecified":
        return []
    return [_sequence(_extension(x509.CRLReason(x509.ReasonFlags(name)), False))]


def _signed(body: bytes, algorithm: str, sign: Sign) -> bytes:
    return _sequence(body, _ALGORITHMS[algorithm], _der(_BITS, b"\x00" + sign(body)))


def _extension(value: x509.ExtensionType, critical: bool) -> bytes:
    oid = x509.ObjectIdentifier(value.oid.dotted_string)
    mark = [_der(_BOOLEAN, b"\xff")] if critical else []
    return _sequence(_oid(oid.dotted_string), *mark, _der(_OCTETS, value.public_bytes()))


def as_pem(der: bytes, label: str = "CERTIFICATE") -> str:
    import base64

    text = base64.b64encode(der).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


# -- DER --------------------------------------------------------------------------------------------------------------
def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + content


def _sequence(*members: bytes) -> bytes:
    return _der(_SEQUENCE, b"".join(members))


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for value in (40 * first + second, *rest):
        digits = [value & 0x7F]
        while value := value >> 7:
            digits.append(value & 0x7F | 0x80)
        content += bytes(reversed(digits))
    return _der(0x06, content)


def _time(at: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5)."""
    utc = at.astimezone(UTC)
    is_short = utc.year < 2050
    return _der(
        _SET_TIME if is_short else _LONG_TIME, utc.strftime("%y%m%d%H%M%SZ" if is_short else "%Y%m%d%H%M%SZ").encode()
    )


def _third_member(sequence: bytes) -> bytes:
    """SubjectPublicKeyInfo stands behind version and subject. Raises RequestFault."""
    start, _ = _inside(sequence, 0)
    for _turn in range(2):
        _, start = _inside(sequence, start)
    _, end = _inside(sequence, start)
    return sequence[start:end]


def _inside(data: bytes, start: int) -> tuple[int, int]:
    """Where the content of the element at `start` begins, and where the element ends."""
    try:
        size, begin = data[start + 1], start + 2
        if size & 0x80:
            width = size & 0x7F
            size, begin = int.from_bytes(data[begin : begin + width], "big"), begin + width
    except IndexError as fault:
        raise RequestFault("form") from fault
    return begin, begin + size


# -- standing ---------------------------------------------------------------------------------------------------------
State = Literal["good", "revoked", "expired", "not-yet-valid", "unknown", "unreadable"]


def state_of(revoked_at: datetime | None, not_before: datetime, not_after: datetime, at: datetime) -> State:
    """Of a certificate the node issued; `not_after`: its own end or its authority's, whichever comes first."""
    if revoked_at and revoked_at <= at:
        return "revoked"
    if at < not_before:
        return "not-yet-valid"
    return "expired" if at >= not_after else "good"
