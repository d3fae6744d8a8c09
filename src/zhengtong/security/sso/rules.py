"""What holds of addresses, keys, tokens and levels. Pure functions on plain values."""

from __future__ import annotations

import enum
import hashlib
import ipaddress
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwk
from joserfc.errors import JoseError

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.texts import Texts

CODE_LASTS = timedelta(seconds=60)
ID_TOKEN_LASTS = timedelta(minutes=10)
LOGOUT_LASTS = timedelta(minutes=2)
NOTICE_KEPT = timedelta(days=7)
ACCESS_LASTS = timedelta(minutes=10)
SIGN_IN_LASTS = timedelta(hours=12)  # refresh tokens end with it
RETIRED_KEY_SHOWN = timedelta(days=2)  # longer than any identity token counts, and than anybody keeps our key set
LONGEST_ASSERTION = timedelta(hours=1)
LEEWAY = 60  # seconds between two clocks

OPENID, PROFILE, CAPACITY, ID_NUMBER, OFFLINE = "openid", "profile", "capacity", "id_number", "offline_access"
PERSONAL = (OPENID, PROFILE, CAPACITY, ID_NUMBER, OFFLINE)
ACR = "urn:zhengtong:assurance:"
# how a key of a kind may sign an assertion: never none, never a shared secret, never another kind's way
ALGORITHMS = {"Ed25519": ("Ed25519", "EdDSA"), "ES256": ("ES256",), "RS256": ("RS256", "PS256")}
ALL_ALGORITHMS = tuple(name for names in ALGORITHMS.values() for name in names)
_SMALLEST_RSA = 2048


# -- addresses --------------------------------------------------------------------------------------------------------
class AddressFault(enum.StrEnum):
    """Why an address cannot be registered."""

    UNREADABLE = "unreadable"
    NOT_HTTPS = "not-https"
    FRAGMENT = "fragment"
    LOGIN = "login"
    WILDCARD = "wildcard"


def check_address(address: str) -> AddressFault | None:
    """Absolute, https (http only on loopback), without fragment, sign-in or wildcard. It is compared as a whole."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return AddressFault.UNREADABLE
    if not host or any(not "!" <= char <= "~" for char in address) or len(address) > 500:
        return AddressFault.UNREADABLE
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return AddressFault.NOT_HTTPS
    if "#" in address:
        return AddressFault.FRAGMENT
    if "*" in address:
        return AddressFault.WILDCARD
    return AddressFault.LOGIN if parts.username is not None or parts.password is not None else None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_of(address: str) -> str:
    """`https://host:port` of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def sector_of(addresses: Iterable[str]) -> str | None:
    """The one host of the addresses; empty for none, None where they have several (a sector must then be named)."""
    hosts = {urlsplit(address).hostname or "" for address in addresses}
    return None if len(hosts) > 1 else next(iter(hosts), "")


# -- keys of systems --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A public key as it is stored; `certificate` (DER) where it came in one."""

    kid: str
    algorithm: str
    spki: bytes
    certificate: bytes = b""


class KeyRefused(ValueError):
    """Not a public key that can be relied on; the text says why: `unreadable`, `private`, `weak`, `kind`."""


def read_key(data: bytes) -> KeyMaterial:
    """A public key from PEM, a JWK, or a certificate (PEM). Ed25519, P-256, RSA of 2048 bits or more.

    Raises KeyRefused: a private key is refused as such, for it should never have been sent here.
    """
    text = data.strip()
    if b"PRIVATE KEY" in text:
        raise KeyRefused("private")
    certificate = b""
    try:
        if text.startswith(b"{"):
            text = _from_jwk(json.loads(text))
        if b"BEGIN CERTIFICATE" in text:
            parsed = x509.load_pem_x509_certificate(text)
            certificate = parsed.public_bytes(serialization.Encoding.DER)
        public: Any = parsed.public_key() if certificate else serialization.load_pem_public_key(text)
    except KeyRefused:
        raise
    except (ValueError, TypeError, JoseError, x509.InvalidVersion) as fault:
        raise KeyRefused("unreadable") from fault
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = public.public_bytes(serialization.Encoding.DER, form)
    return KeyMaterial(hashlib.sha256(spki).hexdigest(), _algorithm(public), spki, certificate)


def _from_jwk(value: Any) -> bytes:
    if not isinstance(value, dict) or value.get("kty") == "oct":
        raise KeyRefused("kind")
    if "d" in value:
        raise KeyRefused("private")
    kind = _JWK_KINDS.get(value.get("kty", ""))
    if kind is None:
        raise KeyRefused("kind")
    return bytes(kind.import_key(value).as_pem(private=False))


_JWK_KINDS: Any = {"OKP": jwk.OKPKey, "EC": jwk.ECKey, "RSA": jwk.RSAKey}
_KINDS: Any = {"Ed25519": jwk.OKPKey, "ES256": jwk.ECKey, "RS256": jwk.RSAKey}


def open_key(algorithm: str, spki: bytes) -> Any:
    """A stored public key, ready to verify."""
    return _KINDS[algorithm].import_key(spki)


def _algorithm(public: object) -> str:
    if isinstance(public, Ed25519PublicKey):
        return "Ed25519"
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return "ES256"
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < _SMALLEST_RSA:
            raise KeyRefused("weak")
        return "RS256"
    raise KeyRefused("kind")


# -- scopes -----------------------------------------------------------------------------------------------------------
def split_scopes(text: str | None) -> list[str]:
    """In the order given, once each."""
    return list(dict.fromkeys((text or "").split()))


def is_covered(wanted: Collection[str], agreed: Collection[str]) -> bool:
    return set(wanted) <= set(agreed)


def is_tellable(actor: Actor) -> bool:
    """Whether the capacity can be told to another system without saying more than it is.

    A power for some services alone would be taken there for one without limits.
    """
    return actor.limited_to is None


def account_of(actor: Actor) -> UUID:
    """The account behind a person who acts: the policies have seen to it that there is one."""
    assert actor.account_uuid is not None
    return actor.account_uuid


# -- how sure, and by what --------------------------------------------------------------------------------------------
def acr_of(level: int) -> str:
    """The real-name level as an authentication context class: urn:zhengtong:assurance:1 to 3; 0: nobody's person."""
    return f"{ACR}{level}"


def level_of(acr: object) -> int:
    """The level a class of another node stands for; 0 for anything else."""
    tail = acr.removeprefix(ACR) if isinstance(acr, str) and acr.startswith(ACR) else ""
    return int(tail) if tail in ("1", "2", "3") else 0


_METHODS = {"password": ("pwd",), "socialaccount": ("fed",)}
_FACTORS = {"totp": ("otp",), "recovery_codes": ("otp",), "webauthn": ("pop",)}


def methods_of(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Authentication methods of RFC 8176 from a session's records: `pwd`, `otp`, `pop` (a passkey), `mfa` for two."""
    found: list[str] = []
    for record in records:
        method = str(record.get("method", ""))
        found += _FACTORS.get(str(record.get("type", "totp")), ()) if method == "mfa" else _METHODS.get(method, ())
    found = list(dict.fromkeys(found))
    return [*found, "mfa"] if len(found) > 1 else found


def needs_sign_in(prompts: Collection[str], max_age: int | None, authenticated_at: datetime, at: datetime) -> bool:
    """Must the person sign in again before the system is answered?"""
    return "login" in prompts or (max_age is not None and at - authenticated_at > timedelta(seconds=max_age))


def actor_of(urn: str, key: str, title: Texts, organisation_uuid: UUID, scopes: Collection[str]) -> Actor:
    """A registered system as who acts."""
    return Actor(
        urn=urn, capacity=Capacity.CLIENT, display_name=title.get("zh", key), scopes=frozenset(scopes),
        organisation_uuid=organisation_uuid,
    )  # fmt: skip


def digest_of(token: str) -> bytes:
    """How a token stands in the table: SHA-256; tokens are 256 random bits, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
