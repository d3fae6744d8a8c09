"""Credentials: verified by anybody, listed for the systems of the authority that issued them, ended by it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.credentials import queries as credentials
from zhengtong.resources.credentials import services as credential_services
from zhengtong.security.permissions.services import guard, public

router = Router(tags=["credentials"])


@router.get("/verify/{code}", auth=None, response=dict[str, Any], summary="Verify a credential")
@limited("verify")
@public("anyone may check a credential shown to him; the holder is masked")
def verify(request: HttpRequest, code: str) -> dict[str, Any]:  # noqa: ARG001
    """What the node says of the credential with this verification code."""
    found = credentials.verify(code, at=now())
    return {
        "state": found.state,
        "is_good": found.is_good,
        "title": found.title,
        "number": found.number,
        "holder": found.holder,
        "issuer": found.issuer,
        "valid_from": found.valid_from,
        "valid_to": found.valid_to,
        "is_signature_valid": found.is_signature_valid,
    }


class IssuedOut(Schema):
    """A credential without what it says of its holder; a natural person's name is masked."""

    uuid: UUID
    number: str
    type: str
    title: dict[str, str]
    holder: str
    status: str
    issued_at: datetime
    valid_from: date
    valid_to: date | None
    verification_code: str


@router.get("", response=list[IssuedOut], summary="Credentials issued by the system's own authority")
@guard("credentials.credential.list_issued")
def list_issued(request: HttpRequest, before: UUID | None = None) -> list[dict[str, Any]]:
    """For registered systems with the scope `credentials.read`: newest first, 50 at a time; `before`: the last uuid."""
    return [
        {
            "uuid": row.uuid, "number": row.number, "type": row.type.key, "title": row.type.title,
            "holder": credentials.shown_holder(row), "status": row.status, "issued_at": row.issued_at,
            "valid_from": row.valid_from, "valid_to": row.valid_to, "verification_code": row.verification_code,
        }
        for row in credentials.list_issued(request.actor, before=before)
    ]  # fmt: skip


class EndIn(Schema):
    """`revoked` 吊销 (a penalty), `annulled` 撤销 (it should not have been granted), `cancelled` 注销."""

    status: Literal["revoked", "annulled", "cancelled"]
    reason: str = Field(max_length=1000)


class CredentialOut(Schema):
    uuid: UUID
    number: str
    title: dict[str, str]
    status: str
    ended_at: datetime | None
    ended_reason: str


@router.post("/{uuid:credential_uuid}/end", response=CredentialOut, summary="End a credential before its time")
@guard("credentials.credential.revoke")
def end(request: HttpRequest, credential_uuid: UUID, body: EndIn) -> Any:
    """At once, irrevocably; the holder is told why. Of one's own authority only."""
    return credential_services.revoke(
        request.actor, uuid=credential_uuid, reason=body.reason, at=now(), status=body.status
    )
