"""What systems call: discovery, keys, token, userinfo, revocation. Answers are those of the standards, not pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from authlib.oauth2 import OAuth2Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import public

from .. import rules, services
from ..middleware import bearer_of, witness_denial, witness_refusal
from ..provider.clients import ASSERTION_TYPE, PRIVATE_KEY_JWT, find_client
from ..provider.server import ProtocolRequest, server
from ..providers import SCOPES
from ..services.bearers import client_actor
from ..services.claims import user_info
from ..services.id_tokens import ALGORITHM, issuer

__all__ = ["ASSERTION_TYPE", "discovery", "keys", "revoke", "token", "userinfo"]
_KEPT = "public, max-age=300"
_CALLED = limited("read", write="read")  # by servers, many sign-ins from one address; nothing here can be guessed


@limited("published")
@require_GET
@public("OpenID Connect Discovery：供其他系统自动配置")
def discovery(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """OpenID Connect Discovery 1.0 and RFC 8414: addresses, and what the provider can do."""
    here = issuer()
    auth = {"token", "revocation"}
    document: dict[str, Any] = {
        "issuer": here,
        "authorization_endpoint": f"{here}/oidc/authorize",
        "token_endpoint": f"{here}/oidc/token",
        "userinfo_endpoint": f"{here}/oidc/userinfo",
        "jwks_uri": f"{here}/oidc/jwks",
        "revocation_endpoint": f"{here}/oidc/revoke",
        "end_session_endpoint": f"{here}/oidc/logout",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": [rules.acr_of(level) for level in (1, 2, 3)],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "name", "capacity", "organisations",
            "id_number", "sid", "acting_for",
        ],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["zh-CN", "en"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        **{f"{name}_endpoint_auth_methods_supported": [PRIVATE_KEY_JWT] for name in auth},
        **{f"{name}_endpoint_auth_signing_alg_values_supported": list(rules.ALL_ALGORITHMS) for name in auth},
    }  # fmt: skip
    return JsonResponse(document, headers={"Cache-Control": _KEPT})


@limited("published")
@require_GET
@public("验证身份令牌所需的公钥")
def keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The key set (RFC 7517)."""
    return JsonResponse(services.key_set(now()), headers={"Cache-Control": _KEPT})


@_CALLED
@csrf_exempt
@require_POST
@public("系统以签名断言证明身份，见 sso.provider")
def token(request: HttpRequest) -> HttpResponse:
    """Tokens for a code, a refresh token, or a system's own word (RFC 6749)."""
    return _answered(request, "sso.token.issue", server().create_token_response)


@_CALLED
@csrf_exempt
@require_POST
@public("系统以签名断言证明身份，见 sso.provider")
def revoke(request: HttpRequest) -> HttpResponse:
    """A system gives a token back (RFC 7009)."""
    return _answered(request, "sso.token.revoke", partial(server().create_endpoint_response, "revocation"))


def _answered(request: HttpRequest, action: str, work: Callable[[ProtocolRequest], HttpResponse]) -> HttpResponse:
    """The library's answer; a refusal stands in the log, in the system's name only where it has proved itself."""
    asked: ProtocolRequest | None = None
    try:
        asked = ProtocolRequest(request)
        response = work(asked)
    except OAuth2Error as error:
        response = server().handle_response(*error())
    if response.status_code >= 400:
        said = json.loads(response.content or b"{}")
        asking = find_client(asked.sso_claimed) if asked else None
        system = asking.system if asking else None
        actor = client_actor(system, []) if system and asked and asked.sso_proved else ANONYMOUS
        reason = f"{said.get('error', '')}: {said.get('error_description', '')}"
        witness_denial(actor, action, system or "unknown system", reason)
    return response


@_CALLED
@csrf_exempt
@require_http_methods(["GET", "POST"])
@public("凭访问令牌调用")
def userinfo(request: HttpRequest) -> HttpResponse:
    """The claims of the person whose token it is (OpenID Connect Core 5.3)."""
    try:
        bearer = services.authenticate(bearer_of(request) or "", at=now())
    except services.TokenRefused as refused:
        witness_refusal(refused.system, "sso.userinfo.read", str(refused.message))
        return _unauthorised("invalid_token", str(refused.message), 401)
    told = user_info(bearer, now()) if rules.OPENID in bearer.token.scopes else None
    if told is None:
        witness_refusal(bearer.system, "sso.userinfo.read", "insufficient_scope")
        return _unauthorised("insufficient_scope", "openid", 403)
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _unauthorised(error: str, description: str, status: int) -> HttpResponse:
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    response["WWW-Authenticate"] = f'Bearer realm="zhengtong", error="{error}"'
    return response
