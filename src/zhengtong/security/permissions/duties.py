"""Separation of duties: which roles nobody may hold together (GB/T 22239, level 3)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

# Who administers the system, who watches over its security, and who audits both are three people.
THREE_POWERS = ("administrator", "security_officer", "auditor")
INCOMPATIBLE = tuple(frozenset(pair) for pair in combinations(THREE_POWERS, 2))


def are_compatible(roles: Iterable[str]) -> bool:
    """Whether one person may hold all these roles."""
    held = set(roles)
    return not any(pair <= held for pair in INCOMPATIBLE)
