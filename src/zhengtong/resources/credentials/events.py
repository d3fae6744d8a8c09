"""Facts announced about credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class CredentialIssued(Event):
    """A credential, or a new version of one, was issued."""

    name: ClassVar[str] = "credentials.credential.issued"
    credential_uuid: str
    type_key: str
    holder_urn: str
    version: int
    case_urn: str


@dataclass(frozen=True)
class CredentialRevoked(Event):
    """An authority ended a credential before its time; `status` is revoked, annulled or cancelled."""

    name: ClassVar[str] = "credentials.credential.revoked"
    credential_uuid: str
    type_key: str
    holder_urn: str
    status: str
