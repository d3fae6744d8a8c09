"""Public verification of credentials."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from zhengtong.kernel.errors import NotFound
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.permissions.services import public

router = Router(tags=["credentials"])


@router.get("/verify/{code}", auth=None, response=dict[str, Any], summary="Verify a credential")
@public("anyone may check a credential shown to him; the holder is masked")
def verify(request: HttpRequest, code: str) -> dict[str, Any]:  # noqa: ARG001
    """What the node says of the credential with this verification code."""
    verification = credentials.verify(code)
    if verification is None:
        raise NotFound
    return verification.as_dict()
