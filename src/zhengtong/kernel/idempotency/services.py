"""One request, one effect: claims on keys, the answers kept for a day, and their removal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Conflict, Invalid

from .models import IdempotentRequest

_CLAIM = """
    INSERT INTO kernel_idempotency_request (actor, route, key, body_digest, status, location, content_type)
    VALUES (%s, %s, %s, %s, 0, '', '') ON CONFLICT DO NOTHING RETURNING id
"""
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
    """Mark a view that changes nothing although it is a POST (e.g. a look-up with a password). Says why."""
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


def keep(claim_id: int, response: HttpResponse) -> None:
    """Keep the answer with its claim, in the same transaction."""
    content = b"" if response.streaming else response.content
    IdempotentRequest.objects.filter(pk=claim_id).update(
        status=response.status_code,
        location=response.headers.get("Location", ""),
        content_type=response.headers.get("Content-Type", "")[:200],
        body=None if response.streaming or len(content) > LONGEST_BODY else content,
    )


def replay(*, actor: str, route: str, key: str, body_digest: bytes) -> HttpResponse:
    """The kept answer. Raises KeyReused when the body is another, AlreadyDone when the answer was too long to keep."""
    kept = IdempotentRequest.objects.get(actor=actor, route=route, key=key)
    if bytes(kept.body_digest) != body_digest:
        raise KeyReused
    if kept.body is None:
        raise AlreadyDone
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type=kept.content_type)
    if kept.location:
        response.headers["Location"] = kept.location
    response.headers["Idempotency-Replayed"] = "true"
    return response


def prune(*, at: datetime) -> int:
    """Remove answers older than a day; how many."""
    return IdempotentRequest.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]
