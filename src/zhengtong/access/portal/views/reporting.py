"""Where to report a weakness: /.well-known/security.txt (RFC 9116) for programs, and a page for people."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions.services import public

SOON = 30  # days


@public("whoever finds a weakness must know whom to tell (RFC 9116)")
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Contacts, the end of their validity, and where the policy stands; 404 where the operator named no contact."""
    if not settings.ZT_SECURITY_CONTACTS:
        raise NotFound(_("本平台尚未公布安全问题的联系方式。"))
    base = settings.ZT_BASE_URL.rstrip("/")
    lines = [f"Contact: {contact}" for contact in settings.ZT_SECURITY_CONTACTS]
    if ends := settings.ZT_SECURITY_EXPIRES:
        lines.append(f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}")
    lines += [
        "Preferred-Languages: zh, en",
        f"Canonical: {base}/.well-known/security.txt",
        f"Policy: {base}{reverse('portal:security-policy')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public("how weaknesses are received is no secret")
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """/security/: what to tell, what may be tried, what the finder can expect."""
    return render(request, "portal/security_policy.html", {"contacts": settings.ZT_SECURITY_CONTACTS})


@register()
def check_contacts(**_more: object) -> list[CheckMessage]:
    """Said by `zt manage check`: contacts that are missing on a real node, or end soon."""
    fault = fault_of_contacts(now())
    return [Warning(fault, id="portal.W001")] if fault else []


def fault_of_contacts(at: datetime) -> str:
    """What is wrong with the published contacts, with the remedy; empty for nothing."""
    ends = settings.ZT_SECURITY_EXPIRES
    if not settings.ZT_SECURITY_CONTACTS:
        return "" if settings.ZT_DEMO or not settings.ZT_HTTPS else "ZT_SECURITY_CONTACTS names nobody: set it"
    if ends is None:
        return "ZT_SECURITY_EXPIRES is not set: RFC 9116 wants a day within the next year"
    if (left := (ends - at).days) < SOON:
        said = "has passed" if ends <= at else f"comes in {left} days"
        return f"ZT_SECURITY_EXPIRES {said}: look whether the contacts are still right and set a later day"
    return "ZT_SECURITY_EXPIRES is more than a year away: RFC 9116 wants a day within the next year" * (left > 366)
