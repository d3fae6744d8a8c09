"""Identity tokens: signed by the node's key `oidc`, verified by whoever has fetched the key set."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from zhengtong.kernel.errors import Unavailable
from zhengtong.kernel.transactions import verb
from zhengtong.security.crypto import services as crypto

from .. import rules

OIDC = "oidc"
ALGORITHM = "RS256"


def issuer() -> str:
    """The node's name in OpenID Connect: its address without a slash at the end."""
    return str(settings.ZT_BASE_URL).rstrip("/")


@verb
def ensure_key(*, at: datetime) -> None:
    """Make the key of identity tokens where there is none yet. It is rotated by `zt keys rotate oidc`."""
    if crypto.find_working_key(OIDC) is None:
        crypto.rotate(purpose=OIDC, at=at)


def key_set(at: datetime) -> dict[str, Any]:
    """The key set as it is published: the working key, and retired ones as long as a token of theirs may be shown."""
    keys = crypto.public_keys_for(OIDC)
    shown = [key for key in keys if key.retired_at is None or at - key.retired_at < rules.RETIRED_KEY_SHOWN]
    return {"keys": [_as_jwk(key.key_id, key.raw) for key in shown]}


def _as_jwk(kid: str, der: bytes) -> dict[str, Any]:
    key = jwk.RSAKey.import_key(der)
    return {**key.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"}


def sign(claims: Mapping[str, Any], typ: str = "JWT") -> str:
    """A JWS in compact form; `typ` says what for, so that no token passes for another.

    Raises Unavailable while the node has no key for it, KeyFault.
    """
    key = crypto.find_working_key(OIDC)
    if key is None:
        raise Unavailable
    header = {"alg": ALGORITHM, "typ": typ, "kid": key.key_id}
    text = b".".join(_part(part) for part in (header, claims))
    return (text + b"." + _coded(crypto.sign_as(OIDC, text).value)).decode()


def _part(value: Mapping[str, Any]) -> bytes:
    return _coded(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _coded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def read(token: str, at: datetime) -> dict[str, Any] | None:
    """The claims of an identity token of this node, even one that has run out (for signing out); None for any other."""
    try:
        keys = jwk.KeySet.import_key_set(key_set(at))  # type: ignore[arg-type]
        token_read = jwt.decode(token, keys, algorithms=[ALGORITHM])
        claims = token_read.claims
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return claims if claims.get("iss") == issuer() and token_read.header.get("typ") == "JWT" else None
