"""What a receipt proves, and how anybody checks one without this site: by hand, or in the browser."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zhengtong.kernel.clock import now
from zhengtong.kernel.design.middleware.headers import STRICT
from zhengtong.kernel.texts import localised
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.permissions.services import public

from ..receipt_words import words

_LANGUAGES = {"zh": ("zh-hans", "zh-CN"), "en": ("en", "en")}
_STYLES = (
    "design/css/tokens.css", "design/css/base.css", "design/css/components.css", "design/css/forms.css",
    "portal/checking.css",
)  # fmt: skip
_SCRIPTS = ("portal/receipt.js", "portal/receipt-page.js")
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


@public("how to check a receipt is no secret")
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """/receipts/check/: the browser checks a receipt; the page may ask nothing of any network while it does."""
    answer = render(request, "portal/receipt_check.html", _check_context(request))
    answer.headers["Content-Security-Policy"] = STRICT.replace("connect-src 'self'", "connect-src 'none'")
    return answer


@public("how to check a receipt is no secret")
@never_cache
@require_safe
def check_file(request: HttpRequest, lang: str) -> HttpResponse:
    """/receipts/check/<zh|en>.html: the same as one file that works without network, with the keys of this moment."""
    if lang not in _LANGUAGES:
        raise Http404
    code, html_lang = _LANGUAGES[lang]
    with translation.override(code):
        context = _check_context(request) | _inlined() | {
            "html_lang": html_lang, "site": localised(settings.ZT_NODE_NAME), "origin": audit.origin(),
            "saved_at": now(),
        }  # fmt: skip
        content = render_to_string("portal/receipt_check_file.html", context)
    name = f"receipt-check-{audit.origin().replace('/', '-')}-{lang}.html"
    return HttpResponse(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _check_context(request: HttpRequest) -> dict[str, Any]:
    by_hand_url = request.build_absolute_uri(reverse("portal:receipts-by-hand"))
    return {"keys": _keys(), "words": list(words()), "by_hand_url": by_hand_url}


@cache
def _inlined() -> dict[str, str]:
    """Styles and scripts as they stand inside the file, and the policy that lets in these and nothing else."""
    style, scripts = "".join(map(_static, _STYLES)), [_static(path) for path in _SCRIPTS]
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {' '.join(map(_hash, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )
    tags = "\n    ".join(f"<script>{script}</script>" for script in scripts)
    return {"policy": policy, "style": SafeString(f"<style>{style}</style>"), "scripts": SafeString(tags)}


def _static(path: str) -> str:
    """A file of our own pages; nothing in it may end the tag it is put into."""
    found = finders.find(path) or str(Path(settings.STATIC_ROOT) / path)
    text = Path(found).read_text(encoding="utf-8")
    assert "</s" not in text, path
    assert "<!--" not in text, path
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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
