"""How systems know people: by a code that only systems of one sector share."""

from __future__ import annotations

import base64
from uuid import UUID

from zhengtong.security.crypto import services as crypto
from zhengtong.security.identity import queries as identity

from ..models import System


def subject_of(system: System, account_uuid: UUID) -> str:
    """The person's name for systems of this sector: another one for every sector, and the same for ever."""
    code = crypto.mac(f"{system.sector}\n{account_uuid}".encode(), "sso.subject")
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()


def subject_of_person(system: System, person_urn: str) -> str:
    """As `subject_of` where the person has an account; of somebody without one (a child) a code of the person's own,
    which gives way to the other when an account is opened."""
    account = identity.account_uuid_of(person_urn)
    if account is not None:
        return subject_of(system, account)
    code = crypto.mac(f"{system.sector}\n{person_urn}".encode(), "sso.subject.person")
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()
