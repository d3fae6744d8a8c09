"""Public verification of credentials."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from zhengtong.kernel.clock import now
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.permissions.services import public

router = Router(tags=["credentials"])


@router.get("/verify/{code}", auth=None, response=dict[str, Any], summary="Verify a credential")
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
