"""The client side: somebody signs in at the provider above and comes back with its word. The protocol is Authlib's."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from requests import RequestException

from zhengtong.kernel.errors import Unavailable, ZhengtongError
from zhengtong.kernel.texts import Texts

from . import rules
from .services.arrivals import Vouched

PATIENCE = 10  # seconds for each answer of the provider
ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519"]
_LARGEST = 256 * 1024  # bytes of an answer


class UpstreamRefused(ZhengtongError):
    """What came back from the provider above cannot be believed, or it said no."""

    code = "upstream-refused"
    title = gettext_lazy("未能通过上级平台登录")
    remedy = gettext_lazy("请重新登录；仍不成功的，请用本站账号登录，或联系本节点管理员。")


@dataclass(frozen=True, slots=True)
class Upstream:
    """The provider above, as the operator configured it; a key pair, or else a shared secret."""

    issuer: str
    client_id: str
    title: Texts
    scopes: str
    key_file: str
    secret: str
    levels: Mapping[str, int]
    number_claim: str

    @property
    def redirect_uri(self) -> str:
        return f"{str(settings.ZT_BASE_URL).rstrip('/')}/identity/upstream/back"

    def session(self) -> OAuth2Session:
        """By key pair (`private_key_jwt`) where a key is configured."""
        method = "private_key_jwt" if self.key_file else "client_secret_basic"
        secret: Any = _open(Path(self.key_file)) if self.key_file else self.secret
        session = OAuth2Session(
            self.client_id, secret, token_endpoint_auth_method=method, scope=self.scopes,
            redirect_uri=self.redirect_uri, code_challenge_method="S256", default_timeout=PATIENCE,
        )  # fmt: skip
        session.max_redirects = 0
        if self.key_file:
            session.register_client_auth_method(PrivateKeyJWT(alg=_algorithm(secret)))
        return session

    def level_of(self, acr: object) -> int:
        """What the provider's word for its assurance means here; 0 for one that nobody has mapped."""
        return self.levels.get(acr, 0) if isinstance(acr, str) and self.levels else rules.level_of(acr)


def configured() -> Upstream | None:
    """The provider above, or None: off unless ZT_UPSTREAM_ISSUER is set."""
    if not settings.ZT_UPSTREAM_ISSUER:
        return None
    pairs = (part.rpartition("=") for part in settings.ZT_UPSTREAM_LEVELS.split(",") if "=" in part)
    return Upstream(
        settings.ZT_UPSTREAM_ISSUER, settings.ZT_UPSTREAM_CLIENT_ID, settings.ZT_UPSTREAM_TITLE,
        settings.ZT_UPSTREAM_SCOPES, settings.ZT_UPSTREAM_KEY_FILE, settings.ZT_UPSTREAM_SECRET,
        {name.strip(): int(level) for name, _equals, level in pairs}, settings.ZT_UPSTREAM_NUMBER_CLAIM,
    )  # fmt: skip


def _open(path: Path) -> Any:
    """The private key by its kind. Raises Unavailable."""
    try:
        text = path.read_bytes()
    except OSError as fault:
        raise Unavailable from fault
    for kind in (jwk.OKPKey, jwk.ECKey, jwk.RSAKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise Unavailable


def _algorithm(key: Any) -> str:
    return {"OKP": "Ed25519", "EC": "ES256"}.get(key.key_type, "RS256")


# -- going there ------------------------------------------------------------------------------------------------------
def set_out(upstream: Upstream) -> tuple[str, dict[str, str]]:
    """The address to go to, and what the session has to remember until the person comes back. Raises Unavailable."""
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    address, _state = upstream.session().create_authorization_url(
        _metadata(upstream)["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
        code_verifier=kept["verifier"],
    )  # fmt: skip
    return address, kept


def _metadata(upstream: Upstream) -> dict[str, Any]:
    """The provider's discovery document, for this very issuer and with addresses that are https or loopback."""
    document = _fetched(upstream.session(), f"{upstream.issuer}/.well-known/openid-configuration")
    ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    sound = [isinstance(document.get(end), str) and not rules.check_address(document[end]) for end in ends]
    if document.get("issuer") != upstream.issuer or not all(sound):
        raise UpstreamRefused(_("上级平台的说明文件与配置不符。"))
    return document


def _fetched(session: OAuth2Session, address: str, **options: Any) -> dict[str, Any]:
    """A JSON object. Raises Unavailable, UpstreamRefused."""
    try:
        answer = session.get(address, **({"withhold_token": True} | options))
    except RequestException as fault:
        raise Unavailable(_("上级平台没有应答。"), remedy=_("请稍后再试，或用本站账号登录。")) from fault
    try:
        found = answer.json() if answer.status_code == 200 and len(answer.content) <= _LARGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UpstreamRefused(_("上级平台的应答无法识别。"))
    return found


# -- coming back ------------------------------------------------------------------------------------------------------
def come_back(upstream: Upstream, kept: Mapping[str, str], query: Mapping[str, str], at: datetime) -> Vouched:
    """What the provider vouches for, every signature and name checked. Raises UpstreamRefused, Unavailable."""
    if not kept or not hmac.compare_digest(kept["state"].encode(), query.get("state", "").encode()):
        raise UpstreamRefused(_("这不是您刚才发起的登录，或者已经用过。"))
    if query.get("iss", upstream.issuer) != upstream.issuer:
        raise UpstreamRefused(_("应答来自另一个平台。"))
    if "error" in query or not query.get("code"):
        raise UpstreamRefused(_("上级平台没有同意登录（%s）。") % query.get("error", "")[:60])
    document, session = _metadata(upstream), upstream.session()
    try:
        token = session.fetch_token(
            document["token_endpoint"], code=query["code"], code_verifier=kept["verifier"], timeout=PATIENCE
        )
    except RequestException as fault:
        raise Unavailable(_("上级平台没有应答。"), remedy=_("请稍后再试，或用本站账号登录。")) from fault
    except (OAuthError, ValueError, TypeError, KeyError) as fault:
        raise UpstreamRefused(_("上级平台没有给出令牌。")) from fault
    claims = _verified(upstream, token, _fetched(session, document["jwks_uri"]), kept["nonce"], at)
    return _vouched(upstream, _with_details(session, document, claims))


def _verified(
    upstream: Upstream, token: Mapping[str, Any], keys: dict[str, Any], nonce: str, at: datetime
) -> dict[str, Any]:
    """The claims of the identity token (OpenID Connect Core 3.1.3.7)."""
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": upstream.issuer},
        "aud": {"essential": True, "value": upstream.client_id},
        "nonce": {"essential": True, "value": nonce},
        "sub": {"essential": True}, "exp": {"essential": True}, "iat": {"essential": True},
    }  # fmt: skip
    try:
        key_set = jwk.KeySet.import_key_set(keys)  # type: ignore[arg-type]
        claims = jwt.decode(str(token.get("id_token", "")), key_set, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(now=int(at.timestamp()), leeway=rules.LEEWAY, **wanted).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
        raise UpstreamRefused(_("上级平台的身份令牌没有通过核验。")) from fault
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (others or "azp" in claims) and claims.get("azp") != upstream.client_id:
        raise UpstreamRefused(_("上级平台的身份令牌没有通过核验。"))
    return claims


def _with_details(session: OAuth2Session, document: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """With what userinfo adds, if it speaks of the same person (5.3.2)."""
    address = document.get("userinfo_endpoint")
    if not isinstance(address, str) or rules.check_address(address):
        return claims
    more = _fetched(session, address, withhold_token=False)
    if more.get("sub") != claims["sub"]:
        raise UpstreamRefused(_("上级平台的应答说的不是同一个人。"))
    return {**more, **claims}


def _vouched(upstream: Upstream, claims: dict[str, Any]) -> Vouched:
    subject, name, number = (claims.get(key) for key in ("sub", "name", upstream.number_claim))
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not isinstance(name, str) or len(name) > 100:
        raise UpstreamRefused(_("上级平台没有给出姓名。"))
    said = number if isinstance(number, str) and len(number) <= 30 else ""
    return Vouched(upstream.issuer, subject, name, said, upstream.level_of(claims.get("acr")))
