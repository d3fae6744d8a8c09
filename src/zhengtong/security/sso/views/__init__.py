"""Addresses of the protocol, and the pages people meet on the way."""

from . import upstream
from .pages import authorize, connections, consent, leave, logout, withdraw
from .protocol import discovery, keys, revoke, token, userinfo

__all__ = [
    "authorize", "connections", "consent", "discovery", "keys", "leave", "logout", "revoke", "token", "upstream",
    "userinfo", "withdraw",
]  # fmt: skip
