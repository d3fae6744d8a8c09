"""A registered system as the protocol library sees it, and how it proves itself: a signed assertion (RFC 7523)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from joserfc import jws, jwt
from joserfc.errors import JoseError

from zhengtong.kernel.clock import now

from .. import rules
from ..models import System, SystemKey
from ..services.bearers import is_key_good
from ..services.id_tokens import issuer
from ..services.tokens import use_assertion

CODE, REFRESH, CLIENT = "authorization_code", "refresh_token", "client_credentials"
PRIVATE_KEY_JWT = "private_key_jwt"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = 8192  # characters of an assertion
Claims = dict[str, Any]


class Client(ClientMixin):  # type: ignore[misc]
    """Answers the library's questions from the row; `key` is the one by which the system has just proved itself."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.key: SystemKey | None = None

    def get_client_id(self) -> str:
        return self.system.key

    def get_default_redirect_uri(self) -> None:
        """The address is always said: OpenID Connect wants it so."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What was asked for, if all of it is registered; None refuses the request."""
        asked = rules.split_scopes(scope)
        return " ".join(asked) if asked and rules.is_covered(asked, self.system.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.system.redirect_uris

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        return method == PRIVATE_KEY_JWT

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == CLIENT or bool(self.system.redirect_uris)


def find_client(client_id: Any) -> Client | None:
    """A system that is registered and not disabled."""
    if not isinstance(client_id, str) or not 0 < len(client_id) <= 60 or "\x00" in client_id:
        return None
    system = System.objects.filter(key=client_id, disabled_at=None).first()
    return Client(system) if system else None


def by_assertion(_find: Any, request: Any) -> Client | None:
    """`private_key_jwt`: signed by a registered key that still counts, for this node, within the hour, and once.

    None where there is no assertion. Raises InvalidClientError with the reason.
    """
    form = request.form
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return None
    text, at = str(form.get("client_assertion") or ""), now()
    header, claims = _unverified(text)
    request.sso_claimed = claims.get("sub")
    client = find_client(claims.get("sub"))
    if client is None or form.get("client_id", client.system.key) != client.system.key:
        raise _refused("The client is unknown, disabled, or another one than client_id says.")
    client.key = _proving_key(client, text, header, at)
    _check(client, claims, at)
    request.sso_proved = True
    return client


def _unverified(text: str) -> tuple[Claims, Claims]:
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        token = jws.extract_compact(text.encode())
        claims = json.loads(token.payload)
        if not isinstance(claims, dict):
            raise ValueError("claims are an object")
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise _refused("The assertion is no JWT.") from None
    return dict(token.headers()), claims


def _proving_key(client: Client, text: str, header: Claims, at: datetime) -> SystemKey:
    """Which registered key made the signature. Algorithms without a key pair are never tried."""
    kid = header.get("kid")
    rows = list(client.system.keys.filter(revoked_at=None))
    named = [row for row in rows if isinstance(kid, str) and len(kid) >= 8 and row.kid.startswith(kid)]
    for row in named or rows:
        try:
            key = rules.open_key(row.algorithm, bytes(row.spki))
            jwt.decode(text, key, algorithms=list(rules.ALGORITHMS[row.algorithm]))
        except (JoseError, ValueError, TypeError):
            continue
        if not is_key_good(row, at):
            raise _refused("The certificate of the key has run out or was revoked.")
        return row
    raise _refused("The assertion is signed by no key of this client that still counts.")


def _check(client: Client, claims: Claims, at: datetime) -> None:
    """Whose word, for whom, until when, and for the first time."""
    wanted = {
        "iss": {"essential": True, "value": client.system.key},
        "sub": {"essential": True, "value": client.system.key},
        "aud": {"essential": True, "values": [issuer(), f"{issuer()}/oidc/token"]},
        "exp": {"essential": True},
        "jti": {"essential": True},
    }
    registry = jwt.JWTClaimsRegistry(now=int(at.timestamp()), leeway=rules.LEEWAY, **wanted)  # type: ignore[arg-type]
    try:
        registry.validate(claims)
    except (JoseError, TypeError, ValueError) as fault:
        raise _refused(f"The assertion is refused: {getattr(fault, 'claim', '') or 'a claim'}.") from fault
    jti, exp = claims["jti"], float(claims["exp"])
    if not isinstance(jti, str) or not 8 <= len(jti) <= 200:
        raise _refused("The assertion needs a jti of 8 to 200 characters.")
    if exp - at.timestamp() > rules.LONGEST_ASSERTION.total_seconds() + rules.LEEWAY:
        raise _refused("The assertion may stand for one hour at most.")
    until = datetime.fromtimestamp(exp + rules.LEEWAY, UTC)
    if not use_assertion(client.system, jti, until):
        raise _refused("The assertion was used before.")


def _refused(description: str) -> InvalidClientError:
    return InvalidClientError(description=description, status_code=401)
