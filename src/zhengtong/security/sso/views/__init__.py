"""Addresses of the protocol, and the pages people meet on the way."""

from .pages import authorize, connections, consent, leave, logout, withdraw
from .protocol import discovery, keys, revoke, token, userinfo

__all__ = [
    "authorize", "connections", "consent", "discovery", "keys", "leave", "logout", "revoke", "token", "userinfo",
    "withdraw",
]  # fmt: skip
