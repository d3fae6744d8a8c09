"""Verbs of the room: keys of the node, its certificate authority, seals."""

from .authority import (
    Issued,
    grants,
    init_authority,
    issue_certificate,
    refresh_list,
    revoke_certificate,
)
from .keys import ROTATABLE, destroy_key, recover_node_key, rewrap_keys, rotate_key, split_node_key
from .seals import make_seal, sign_for

__all__ = [
    "ROTATABLE",
    "Issued",
    "destroy_key",
    "grants",
    "init_authority",
    "issue_certificate",
    "make_seal",
    "recover_node_key",
    "refresh_list",
    "revoke_certificate",
    "rewrap_keys",
    "rotate_key",
    "sign_for",
    "split_node_key",
]
