"""The protocol library's server, fitted to the house: requests by the node's own address, answers as Django's."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload, DjangoOAuth2Request
from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from django.http import HttpRequest, HttpResponse

from zhengtong.kernel.clock import now

from .. import rules, services
from ..models import Token
from ..services.bearers import client_actor
from ..services.id_tokens import issuer
from .clients import PRIVATE_KEY_JWT, Client, by_assertion, find_client
from .grants import ClientGrant, CodeGrant, ProofKey, RefreshGrant

_PLAIN = ("client_id", "redirect_uri", "response_type", "grant_type", "scope", "code_challenge_method", "prompt")


class ProtocolRequest(DjangoOAuth2Request):  # type: ignore[misc]
    """A request at the address under which the node is known, whatever a proxy in front of it calls itself."""

    def __init__(self, request: HttpRequest) -> None:
        OAuth2Request.__init__(self, request.method or "", issuer() + request.path, headers=request.headers)
        self.payload = DjangoOAuth2Payload(request)
        self._request = request
        self.sso_claimed: Any = self.payload.data.get("client_id")  # who is said to be asking: for the log alone
        self.sso_proved = False  # whether that system has shown its key
        _check_plain(self.payload.data)


def _check_plain(data: dict[str, str]) -> None:
    """What is repeated in error texts must be plain ASCII (RFC 6749 appendix A). Raises InvalidRequestError."""
    for name in _PLAIN:
        if any(not " " <= char <= "~" or char in '"\\' for char in data.get(name, "")):
            raise InvalidRequestError(f"Invalid characters in {name}.")


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = [PRIVATE_KEY_JWT]

    def authenticate_token(self, request: Any, client: Client) -> Token | None:
        """Of another system's token nothing is said: it is as if there were none (RFC 7009 2.2)."""
        self.check_params(request, client)
        rows = Token.objects.select_related("system", "sign_in").filter(system=client.system)
        return rows.filter(digest=rules.digest_of(str(request.form["token"]))).first()

    def revoke_token(self, token: Token, request: Any) -> None:  # noqa: ARG002
        services.revoke_token(actor=client_actor(token.system, []), token=token, at=now())


class Server(AuthorizationServer):  # type: ignore[misc]
    def query_client(self, client_id: Any) -> Client | None:
        return find_client(client_id)

    def create_oauth2_request(self, request: HttpRequest) -> ProtocolRequest:
        return request if isinstance(request, ProtocolRequest) else ProtocolRequest(request)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """What happens is witnessed by the verbs themselves."""

    def handle_response(self, status: int, body: Any, headers: Any) -> HttpResponse:
        response = HttpResponse(json.dumps(body) if isinstance(body, dict) else body, status=status)
        for name, value in headers:
            response[name] = value
        return response


@cache
def server() -> Server:
    made = Server()
    made.register_client_auth_method(PRIVATE_KEY_JWT, by_assertion)
    made.register_grant(CodeGrant, [ProofKey(required=True)])
    made.register_grant(RefreshGrant)
    made.register_grant(ClientGrant)
    made.register_endpoint(Revocation)
    return made
