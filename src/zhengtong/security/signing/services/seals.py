"""The electronic seal's place: a key of each organisation by which what it issues is signed, certified by the node.

A seal here is a signature in the organisation's name. The picture and structure of GB/T 38540 are the document's
matter (OFD); whoever writes them takes the key and the certificate from here.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from ..models import Certificate
from .authority import certify, working_authority


@transaction.atomic
def make_seal(*, actor: Actor, organisation_uuid: UUID, at: datetime, days: int = 1095) -> Certificate:
    """A new key for the organisation's seal, with its certificate; the former key verifies, but seals no more.

    Raises NotFound (organisation, authority), Invalid, KeyFault, Denied.
    """
    permissions.require(actor, "signing.seal.make")
    organisation = directory.get_organisation(organisation_uuid)
    authority = working_authority()
    key = crypto.rotate(purpose=purpose_of(organisation_uuid), at=at)
    assert key is not None
    certificate = certify(
        authority, kind=Certificate.Kind.SEAL, name=(organisation.official_name or organisation.name)[:64],
        spki=crypto.as_der(key.raw), algorithm=key.algorithm, days=days, at=at,
        organisation_uuid=organisation_uuid, key_id=key.key_id,
    )  # fmt: skip
    detail = {"serial": certificate.serial, "key_id": key.key_id, "algorithm": key.algorithm}
    audit.record(actor, "signing.seal.made", organisation, at=at, detail=detail)
    return certificate


def sign_for(organisation_uuid: UUID, data: bytes) -> crypto.Signature:
    """By the organisation's seal where it has one, else by the node in its own name."""
    try:
        return crypto.sign_as(purpose_of(organisation_uuid), data)
    except LookupError:
        return crypto.sign(data)


def purpose_of(organisation_uuid: UUID) -> str:
    return f"seal:{organisation_uuid}"
