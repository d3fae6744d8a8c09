"""Plain SQL about certificates, for the gateway: no ORM, no Django."""

from __future__ import annotations

import hashlib

from .rules import state_of

__all__ = ["CERTIFICATE", "fingerprint_of", "state_of"]

# revoked_at, not_before, not_after as `state_of` takes them; no row: the node did not issue it
CERTIFICATE = """
SELECT c.revoked_at, c.not_before, least(c.not_after, a.not_after)
FROM security_signing_certificate c JOIN security_signing_authority a ON a.id = c.authority_id
WHERE c.fingerprint = %(fingerprint)s
"""


def fingerprint_of(der: bytes) -> str:
    """By which a certificate is found."""
    return hashlib.sha256(der).hexdigest()
