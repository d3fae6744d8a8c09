"""One request, one effect: claims on keys, the answers kept for a day, and their removal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Conflict, Invalid

from . import providers
from .models import IdempotentRequest

_CLAIM = """
    INSERT INTO kernel_idempotency_request (actor, route, key, body_digest, status, location, content_type)
    VALUES (%s, %s, %s, %s, 0, '', '') ON CONFLICT DO NOTHING RETURNING id
"""
_KEEP = "UPDATE kernel_idempotency_request SET status = %s, location = %s, content_type = %s, body = %s WHERE id = %s"
KEPT_FOR = timedelta(hours=24)
LONGEST_BODY = 256 * 1024
V = TypeVar("V", bound=Callable[..., Any])


class KeyReused(Invalid):
    code = "idempotency-key-reused"
    title = _("同一个提交编号对应了不同的内容")
    remedy = _("请返回上一页并刷新，再重新提交。程序接口请为每个新请求使用新的 Idempotency-Key。")


class AlreadyDone(Conflict):
    code = "already-done"
    title = _("这项操作已经完成")
    remedy = _("请返回查看结果，不需要再次提交。")


def new_key() -> str:
    """A key for one form: 128 random bits."""
    return secrets.token_urlsafe(16)


def exempt(reason: str) -> Callable[[V], V]:
    """Mark a view that needs no key: it changes nothing (a look-up with a password), or each repeat is an act of its
    own (a look at unmasked data). Its answer is not kept. Says why."""
    if not reason:
        raise ValueError("an exemption needs a reason")

    def mark(view: V) -> V:
        view.idempotency_exempt = reason  # type: ignore[attr-defined]
        return view

    return mark


def claim(*, actor: str, route: str, key: str, body_digest: bytes) -> int | None:
    """Claim a key in the present transaction: the claim's number, or None when the key is taken and answered.

    Waits while another transaction holds the same claim: after its commit the key is taken, after its rollback free.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [actor, route, key, body_digest])
        row = cursor.fetchone()
    return row[0] if row else None


def withhold(request: HttpRequest, *members: str) -> None:
    """These members of the JSON answer are told once: the answer kept for a repeat has them empty."""
    request.idempotency_withheld = members  # type: ignore[attr-defined]


def keep(claim_id: int, response: HttpResponse, *, withheld: Sequence[str] = ()) -> None:
    """Keep the answer with its claim, in the same transaction; what it says is encrypted."""
    body = None if response.streaming else _sealed(response.content, withheld)
    location, content_type = response.headers.get("Location", ""), response.headers.get("Content-Type", "")[:200]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [response.status_code, location, content_type, body, claim_id])


def _sealed(content: bytes, withheld: Sequence[str]) -> bytes | None:
    """What is stored of an answer: nothing of one that is long or no text; an empty one (a redirect) as it is."""
    if not content:
        return b""
    if len(content) > LONGEST_BODY:
        return None
    if withheld:
        content = json.dumps(json.loads(content) | dict.fromkeys(withheld, ""), ensure_ascii=False).encode()
    try:
        return providers.cipher.seal(content.decode())
    except UnicodeDecodeError:
        return None


def replay(*, actor: str, route: str, key: str, body_digest: bytes) -> HttpResponse:
    """The kept answer. Raises KeyReused when the body is another, AlreadyDone when the answer was not kept."""
    kept = IdempotentRequest.objects.get(actor=actor, route=route, key=key)
    if bytes(kept.body_digest) != body_digest:
        raise KeyReused
    response = HttpResponse(_unsealed(kept.body), status=kept.status, content_type=kept.content_type)
    if kept.location:
        response.headers["Location"] = kept.location
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _unsealed(body: bytes | memoryview | None) -> str:
    """Raises AlreadyDone: too long to keep, or the key under which it was encrypted is gone."""
    if body is None:
        raise AlreadyDone
    try:
        return providers.cipher.unseal(bytes(body)) if body else ""
    except ValueError as fault:
        raise AlreadyDone from fault


def prune(*, at: datetime) -> int:
    """Remove answers older than a day; how many."""
    return IdempotentRequest.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]
