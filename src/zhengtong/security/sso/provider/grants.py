"""The three ways to a token, on the protocol library's frame: by code, by refresh token, by the system's own word."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    TokenMixin,
)
from authlib.oauth2.rfc6749 import grants as library
from authlib.oauth2.rfc7636 import CodeChallenge

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import now

from .. import rules, services
from ..models import SignIn, Token
from ..providers import SCOPES
from ..services.bearers import client_actor
from ..services.claims import identity_token, person_of
from .clients import PRIVATE_KEY_JWT


class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A sign-in that waits to be fetched."""

    code_challenge_method = "S256"

    def __init__(self, sign_in: SignIn) -> None:
        self.sign_in = sign_in
        self.code_challenge = sign_in.challenge

    def get_redirect_uri(self) -> str:
        return self.sign_in.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.sign_in.scopes)


class RefreshToken(TokenMixin):  # type: ignore[misc]
    def __init__(self, token: Token) -> None:
        self.token = token

    def check_client(self, client: Any) -> bool:
        return bool(self.token.system_id == client.system.pk)

    def get_scope(self) -> str:
        return " ".join(self.token.scopes)


class ProofKey(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 from every client, also from those that prove themselves by a key."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(library.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [PRIVATE_KEY_JWT]

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        """The sign-in of a code of this client. One that comes again ends everything that came of it."""
        at = now()
        found = SignIn.objects.select_related("system").filter(code_digest=rules.digest_of(code)).first()
        if found is None or found.system_id != client.system.pk:
            return None
        if found.exchanged_at is not None:
            services.end_after_reuse(actor=client_actor(client.system, []), sign_in=found, what="code", at=at)
            return None
        return Code(found) if found.ended_at is None and at - found.opened_at <= rules.CODE_LASTS else None

    def authenticate_user(self, authorization_code: Code) -> Actor | None:
        return person_of(authorization_code.sign_in, now())

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        sign_in, at = self.request.authorization_code.sign_in, now()
        person = self.authenticate_user(self.request.authorization_code)
        if person is None:
            raise InvalidGrantError("The account or the capacity of the person has ended.")
        try:
            handed = services.exchange_code(person=person, sign_in=sign_in, key=self.request.client.key, at=at)
        except services.Spent:
            services.end_after_reuse(actor=client_actor(sign_in.system, []), sign_in=sign_in, what="code", at=at)
            raise InvalidGrantError("The code was used before.") from None
        return 200, _answer(handed, sign_in, person, sign_in.scopes, at), self.TOKEN_RESPONSE_HEADER


class RefreshGrant(library.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [PRIVATE_KEY_JWT]

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        """A refresh token that still counts. A spent one ends the whole sign-in: somebody else has it too."""
        at = now()
        rows = Token.objects.select_related("sign_in__system", "system").filter(kind=Token.Kind.REFRESH)
        token = rows.filter(digest=rules.digest_of(refresh_token)).first()
        if token is None or token.sign_in is None or token.system_id != self.request.client.system.pk:
            return None
        if token.spent_at is not None:
            actor = client_actor(token.system, [])
            services.end_after_reuse(actor=actor, sign_in=token.sign_in, what="refresh token", at=at)
            return None
        alive = token.revoked_at is None and token.sign_in.ended_at is None and token.expires_at > at
        return RefreshToken(token) if alive else None

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        token, at = self.request.refresh_token.token, now()
        scopes = rules.split_scopes(self.request.payload.scope) or token.scopes
        person = person_of(token.sign_in, at)
        if person is None:
            raise InvalidGrantError("The account or the capacity of the person has ended.")
        try:
            handed = services.refresh(person=person, token=token, scopes=scopes, key=self.request.client.key, at=at)
        except services.Spent:
            actor = client_actor(token.system, [])
            services.end_after_reuse(actor=actor, sign_in=token.sign_in, what="refresh token", at=at)
            raise InvalidGrantError("The refresh token was used before.") from None
        return 200, _answer(handed, token.sign_in, person, scopes, at), self.TOKEN_RESPONSE_HEADER


class ClientGrant(library.ClientCredentialsGrant):  # type: ignore[misc]
    """A token for the system itself; the scopes of people's sign-ins are none of it."""

    TOKEN_ENDPOINT_AUTH_METHODS = [PRIVATE_KEY_JWT]

    def validate_requested_scope(self) -> None:
        client = self.request.client
        asked = rules.split_scopes(self.request.payload.scope)
        personal = [scope for scope in asked if (known := SCOPES.find(scope)) and known.is_personal]
        if personal or client.get_allowed_scope(self.request.payload.scope) is None:
            raise InvalidScopeError("Ask for scopes that are registered for this client and concern no person.")

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        client, scopes = self.request.client, rules.split_scopes(self.request.payload.scope)
        actor = client_actor(client.system, scopes)
        access = services.issue_client_token(actor=actor, system=client.system, key=client.key, scopes=scopes, at=now())
        return 200, _told(access, scopes), self.TOKEN_RESPONSE_HEADER


def _answer(handed: Any, sign_in: SignIn, person: Actor, scopes: list[str], at: Any) -> dict[str, Any]:
    answer = _told(handed.access, scopes)
    if rules.OPENID in scopes:
        answer["id_token"] = identity_token(sign_in, person, scopes, handed.access, at)
    if handed.refresh:
        answer["refresh_token"] = handed.refresh
    return answer


def _told(access: str, scopes: list[str]) -> dict[str, Any]:
    lasts = int(rules.ACCESS_LASTS.total_seconds())
    return {"access_token": access, "token_type": "Bearer", "expires_in": lasts, "scope": " ".join(scopes)}
