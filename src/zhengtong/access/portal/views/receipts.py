"""What a receipt proves, and how anybody checks one without this site: by hand, or in the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from zhengtong.security.crypto import services as crypto
from zhengtong.security.permissions.services import public

_BY_HAND = Path(__file__).parents[1] / "data" / "by_hand"


@public("how to check a receipt is no secret")
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    """/receipts/: what a receipt proves and how to check it without this site; the node's public keys."""
    log_url = request.build_absolute_uri(reverse("portal:log-checkpoint")).removesuffix("/checkpoint")
    context = {"keys": _keys(), "verify_url": reverse("portal:verify-form"), "log_url": log_url}
    return render(request, "portal/receipts.html", context)


@public("how to check a receipt is no secret")
@require_safe
def by_hand(request: HttpRequest) -> HttpResponse:
    """/receipts/by-hand/: the five steps as commands for a shell; a test runs every one of them."""
    context = {"command": _commands(), "fingerprints": [key["fingerprint"] for key in _keys()]}
    return render(request, "portal/receipts_by_hand.html", context)


def _keys() -> list[dict[str, object]]:
    """The node's public keys, the newest first."""
    return [
        {
            "id": key.key_id,
            "algorithm": key.algorithm,
            "hex": key.raw.hex(),
            "fingerprint": crypto.fingerprint(key.raw),
            "created_at": key.created_at,
            "retired_at": key.retired_at,
        }
        for key in sorted(crypto.public_keys(), key=lambda key: key.created_at, reverse=True)
    ]


@cache
def _commands() -> dict[str, str]:
    """The commands by step, the same as in docs/operations/receipts-by-hand.md."""
    return {file.stem.replace("-", "_"): file.read_text(encoding="utf-8") for file in _BY_HAND.glob("*.sh")}
