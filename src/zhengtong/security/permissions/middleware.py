"""At the edge of a request: remember what posts may do, send strangers to sign in, and witness refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from zhengtong.kernel.clock import now
from zhengtong.kernel.redaction import is_discreet
from zhengtong.security.audit import services as audit

from . import delegations, denials, held
from .denials import Denied

log = logging.getLogger(__name__)


class DenialWitness:
    """Stands outside the transaction of `kernel.idempotency`: when it writes the refusal, the refused act is undone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        delegations.forget()
        with held.remembered(), denials.collected() as refusals:
            response = self.get_response(request)
        if not refusals or response.status_code not in (401, 403):
            return response
        denied = refusals[-1]
        if denied.status == 401:
            return _to_sign_in(request, response)
        _record(denied)
        return response


def _record(denied: Denied) -> None:
    """One entry per refusal. The refusal stands even when the log cannot be written; that is an alarm."""
    try:
        audit.record_denial(denied.actor, denied.action, denied.obj_urn, at=now(), reason=denied.failing.rule["zh"])
    except DatabaseError:
        log.exception("a refusal of %s could not be recorded", denied.action)


def _to_sign_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A person reading a page is sent to sign in and comes back; a program keeps its 401."""
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        response["WWW-Authenticate"] = 'Session realm="zhengtong"'
        return response
    back = request.get_full_path() if request.method == "GET" else "/"
    if not is_discreet(back):  # a number somebody looked for goes into no further address
        back = "/"
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)
