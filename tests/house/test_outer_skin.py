"""On every address of the node, taken from the address book: the security headers, and no write without its token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from zhengtong.access.hall.tests.test_pages import enter
from zhengtong.kernel.design.middleware.headers import EDITOR_PREFIX
from zhengtong.security.permissions import queries, routes

SAMPLES = {"int": "1", "uuid": str(uuid4()), "uuidstr": str(uuid4())}
PLACE = re.compile(r"<(?:(\w+):)?\w+>|\((?:[^()]|\([^()]*\))*\)")
# No form of a browser leads there, or the caller proves itself in the request and not by a cookie.
WITHOUT_TOKEN: set[str] = {
    "/oidc/token (400)",
    "/oidc/revoke (400)",
    "/oidc/userinfo (401)",
    "/oidc/logout (200)",  # only asks; whoever shows an identity token of ours for this very person is answered
}


def addresses() -> list[str]:
    """Every route with something filled in; a regular expression of Wagtail's by a word or a number."""
    found = {_filled(route.path) for route in queries.list_routes()}
    assert len(found) > 250
    return sorted(found)


def _filled(path: str) -> str:
    path = PLACE.sub(lambda m: SAMPLES.get(m[1], "1" if r"\d" in m[0] else "x"), path)
    path = path.replace(".*", "x").replace("\\.", ".").replace("//", "/")
    assert not set(path) & set("<>()[]\\?*+^$"), path
    return path


def people() -> Iterator[tuple[str, Client]]:
    yield "a stranger", Client()
    yield "an applicant", enter("chen", "representative")
    yield "an officer", enter("window")


def faults_of(answer: HttpResponse, path: str) -> list[str]:
    """What is missing from the headers of one answer."""
    headers = answer.headers
    policy = _directives(headers.get("Content-Security-Policy", ""))
    faults = [f"{name}: {headers.get(name)!r}" for name, value in _FIXED.items() if headers.get(name) != value]
    faults += [f"{d} is not set" for d in _DIRECTIVES if d not in policy]
    if policy.get("object-src") != "'none'":
        faults.append("plug-ins are let in")
    if not path.startswith(EDITOR_PREFIX):
        faults += [f"{d} {v}" for d, v in policy.items() if "unsafe" in v or "*" in v or "http" in v]
        if policy.get("frame-ancestors") != "'none'":
            faults.append("others may frame it")
    elif policy.get("frame-ancestors") not in ("'self'", "'none'"):
        faults.append("strangers may frame it")
    if "server" in {name.lower() for name in headers} or "X-Powered-By" in headers:
        faults.append("it tells its software")
    return faults


_DIRECTIVES = (
    "default-src", "script-src", "style-src", "object-src", "base-uri", "form-action", "frame-ancestors", "connect-src",
)  # fmt: skip
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def _directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";")) if name}


def test_every_answer_has_the_security_headers(seeded) -> None:
    paths, faults, statuses = addresses(), [], set()
    for who, client in people():
        client.raise_request_exception = False
        for path in paths:
            if path.startswith(EDITOR_PREFIX) and who != "a stranger":
                continue  # the editor turns them all away alike
            answer = client.get(path)
            statuses.add(answer.status_code)
            faults += [f"{who} at {path} ({answer.status_code}): {fault}" for fault in faults_of(answer, path)]
            faults += [f"{who} at {path}: a failure of ours"] * (answer.status_code >= 500)
    assert not faults, "\n".join(faults[:40])
    assert statuses >= {200, 302, 403, 404, 405}


def test_under_https_every_answer_asks_for_it_and_cookies_keep_to_it(seeded, settings) -> None:
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    client = Client()
    for path in ("/", "/nowhere/", "/workbench/", "/accounts/login/", "/api/v1/services", "/log/checkpoint"):
        assert "max-age=31536000" in client.get(path, secure=True).headers.get("Strict-Transport-Security", ""), path
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_cookies_are_for_this_site_and_no_script_reads_them(seeded) -> None:
    client = enter("chen", "representative")
    client.get("/hall/cases/")
    client.get("/?lang=en&elder=1")
    client.get("/accounts/login/")
    seen = {name: morsel for name, morsel in client.cookies.items() if name != settings.SESSION_COOKIE_NAME}
    assert {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "zt_elder"} <= set(seen)
    for name, morsel in seen.items():
        assert morsel["samesite"] in ("Lax", "Strict"), name
        assert morsel["httponly"], name
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_no_write_is_taken_without_its_token(seeded) -> None:
    client, taken = enter("chen", "representative"), set()
    client.handler.enforce_csrf_checks = True
    for path in addresses():
        if path.startswith(EDITOR_PREFIX):
            continue
        answer = client.post(path, headers={"Idempotency-Key": uuid4().hex})
        if answer.status_code not in (301, 403, 404, 405):
            taken.add(f"{path} ({answer.status_code})")
    assert taken == WITHOUT_TOKEN


def test_the_editor_leaves_only_its_reading_interface_without_tokens() -> None:
    """Wagtail's lists for its own choosers: they answer GET alone."""
    views = routes._views(get_resolver().url_patterns, "/")
    exempt = {path for path, view in views if path.startswith(EDITOR_PREFIX) and getattr(view, "csrf_exempt", False)}
    assert exempt
    assert all(path.startswith("/cms/api/main/") for path in exempt), exempt
