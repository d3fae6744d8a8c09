"""Questions about certificates: is it good, what runs out, what is published."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from zhengtong.security.crypto import services as crypto

from .models import Authority, Certificate
from .rules import State, as_pem, state_of

__all__ = [
    "Authority", "Certificate", "Standing", "as_pem", "check_certificate", "find_authority", "find_seal_of",
    "list_certificates", "list_expiring", "list_keys", "list_progress", "published_list",
]  # fmt: skip

list_keys = crypto.list_keys
list_progress = crypto.list_progress


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be relied on. Only `good` counts; `certificate` is None for one this node never issued."""

    state: State
    certificate: Certificate | None = None

    @property
    def ok(self) -> bool:
        return self.state == "good"


def check_certificate(data: bytes, *, at: datetime) -> Standing:
    """Is this certificate (PEM or DER), byte for byte, one the node issued, in its time and not revoked?

    One query. A revocation counts from its transaction on, in every process: nothing is kept.
    """
    try:
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        parsed = x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
        fingerprint = hashlib.sha256(parsed.public_bytes(Encoding.DER)).hexdigest()
    except ValueError:
        return Standing("unreadable")
    row = Certificate.objects.select_related("authority").filter(fingerprint=fingerprint).first()
    return Standing(_state(row, at), row) if row else Standing("unknown")


def _state(row: Certificate, at: datetime) -> State:
    return state_of(row.revoked_at, row.not_before, min(row.not_after, row.authority.not_after), at)


def find_authority() -> Authority | None:
    """The one that issues now."""
    return Authority.objects.filter(retired_at=None).first()


def published_list() -> Authority | None:
    """The authority with its last revocation list (`crl`, `crl_at`)."""
    return Authority.objects.filter(retired_at=None).exclude(crl=b"").first()


def list_certificates(*, limit: int = 200) -> list[Certificate]:
    """The newest first."""
    return list(Certificate.objects.order_by("-id")[:limit])


def list_expiring(*, at: datetime, within: timedelta = timedelta(days=30)) -> list[Certificate | Authority]:
    """Certificates in force that run out soon, the authority's own too; the first to end first."""
    soon = at + within
    leaves = Certificate.objects.in_force(at).filter(not_after__lte=soon)
    heads = Authority.objects.filter(retired_at=None, not_after__lte=soon)
    return sorted([*leaves, *heads], key=lambda row: row.not_after)


def find_seal_of(organisation_uuid: UUID) -> Certificate | None:
    """The certificate of the organisation's working seal."""
    key = crypto.find_working_key(f"seal:{organisation_uuid}")
    return Certificate.objects.filter(key_id=key.key_id).first() if key else None
