"""Credentials: verified by anybody, ended by the authority that issued them."""

from datetime import datetime
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
