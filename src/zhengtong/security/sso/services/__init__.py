"""Verbs of sso: systems and their keys, consents, sign-ins, tokens, identity tokens."""

from .arrivals import Vouched, arrive
from .bearers import Bearer, TokenRefused, authenticate
from .consents import give_consent, refuse_consent, require_tellable, withdraw_consent
from .id_tokens import ensure_key, issuer, key_set
from .logouts import tell_logout
from .sign_ins import Request, Spent, end_after_reuse, end_sign_ins, exchange_code, open_sign_in, refresh
from .systems import add_key, register_system, revoke_key, set_backchannel_logout, set_system
from .tokens import issue_client_token, prune, revoke_token

__all__ = [
    "Bearer",
    "Request",
    "Spent",
    "TokenRefused",
    "Vouched",
    "add_key",
    "arrive",
    "authenticate",
    "end_after_reuse",
    "end_sign_ins",
    "ensure_key",
    "exchange_code",
    "give_consent",
    "issue_client_token",
    "issuer",
    "key_set",
    "open_sign_in",
    "prune",
    "refresh",
    "refuse_consent",
    "register_system",
    "require_tellable",
    "revoke_key",
    "revoke_token",
    "set_backchannel_logout",
    "set_system",
    "tell_logout",
    "withdraw_consent",
]
