"""One POST is one durable transaction, and the same POST sent twice is done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel import transactions
from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.answers import ProblemAnswer
from zhengtong.kernel.errors import ZhengtongError

from . import rules, services

Handler = Callable[[HttpRequest], HttpResponse]

WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
# Pages of third parties and of protocols: their forms know nothing of our keys. Sign-in, the editor and the tokens
# guard themselves; what a refused token brings about (the end of a sign-in) must not be rolled back with the refusal.
EXEMPT_PREFIXES = ("/accounts/", "/cms/", "/i18n/", "/admin/", "/oidc/")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class KeyMissing(ZhengtongError):
    code = "idempotency-key-missing"
    title = _("缺少提交编号")
    remedy = _(
        "请返回上一页并刷新，再重新提交。"
        "程序接口请在请求头 Idempotency-Key 中给出 8 至 100 个字符的编号，每个新请求用新的编号。"
    )


class IdempotentWrites:
    """Opens the transaction, claims the key, keeps the answer. Errors undo everything, but for those that `stand`.

    Stands inside kernel.design's `Problems`: a view's exception arrives here as an unrendered answer of 4xx or 5xx.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in WRITES or request.path.startswith(EXEMPT_PREFIXES):
            return self.get_response(request)
        request.idempotency_waits = True  # type: ignore[attr-defined]
        with transactions.of_request(discards=request.path.startswith("/api/")):
            response = self.get_response(request)
            if response.status_code >= 400 and not getattr(getattr(response, "problem", None), "stands", False):
                transaction.set_rollback(True)
            elif claim_id := getattr(request, "idempotency_claim", None):
                services.keep(claim_id, response, withheld=getattr(request, "idempotency_withheld", ()))
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        """Claim the key when the route is known to exist; answer from what is kept when it was claimed before."""
        if not hasattr(request, "idempotency_waits") or _is_exempt(view, request.method or ""):
            return None
        try:
            return _claim_or_replay(request)
        except ZhengtongError as problem:
            return ProblemAnswer(problem)


def _is_exempt(view: Any, method: str) -> bool:
    """Whether the view, or the operation of an API that answers this method, is marked."""
    for cell in getattr(view, "__closure__", None) or ():
        for operation in getattr(cell.cell_contents, "operations", None) or ():  # django-ninja keeps them so
            if method in operation.methods:
                return hasattr(operation.view_func, "idempotency_exempt")
    return bool(getattr(view, "idempotency_exempt", False))


def _claim_or_replay(request: HttpRequest) -> HttpResponse | None:
    is_form = request.content_type in _FORMS and request.method == "POST"
    key = request.headers.get("Idempotency-Key") or (request.POST.get("idempotency_key", "") if is_form else "")
    if not rules.is_valid_key(key):
        raise KeyMissing
    actor = getattr(request, "actor", ANONYMOUS)
    claim: dict[str, Any] = {
        "actor": f"{actor.urn or 'anonymous'} {actor.party_urn}".strip(),
        "route": rules.route_of(request.method or "", request.path),
        "key": rules.kept_as(key),
        "body_digest": _digest(request, is_form),
    }
    claim_id = services.claim(**claim)
    if claim_id is None:
        return services.replay(**claim)
    request.idempotency_claim = claim_id  # type: ignore[attr-defined]
    return None


def _digest(request: HttpRequest, is_form: bool) -> bytes:
    query = request.META.get("QUERY_STRING", "")
    if not is_form:
        return rules.digest_of(query, (), [("", "", hashlib.sha256(request.body).digest())])
    files = [
        (field, file.name or "", _content_digest(file)) for field, batch in request.FILES.lists() for file in batch
    ]
    return rules.digest_of(query, request.POST.lists(), files)


def _content_digest(file: Any) -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()
