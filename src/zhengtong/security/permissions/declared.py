"""What the rooms have declared: policies, roles and what they carry, the routes of third parties."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from zhengtong.kernel.ids import Named, parse_urn
from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

from .predicates import Predicate
from .rules import Reach


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do one action (`room.noun.verb`). `roles`: those that carry it, a shorthand for `ROLES.grant`.

    `about`: the nouns (`room.noun`) whose things it is asked about, where they are not the action's own.
    """

    action: str
    label: Texts
    predicate: Predicate
    roles: tuple[str, ...] = ()
    about: tuple[str, ...] | None = None

    def is_about(self, obj: Any) -> bool:
        """Whether the action can be asked about the thing. A plain value was made for the question."""
        if not isinstance(obj, Named):
            return True
        parts = parse_urn(obj.urn)
        own = self.action.rpartition(".")[0]
        return f"{parts.room}.{parts.noun}" in ((own,) if self.about is None else self.about)


@dataclass(frozen=True, slots=True)
class RoleDef:
    """A bundle of permissions that is bound to posts; `reach`: how far it reaches where the binding says nothing."""

    key: str
    label: Texts
    permissions: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Routes of a third party (Wagtail's editor, allauth): one row per prefix says who may enter and who checks it."""

    label: Texts
    policy: str = ""  # the action required, or empty: open to all
    checked_by: str = ""
    exact: bool = False  # this address only, nothing below it


class Roles:
    """Roles and what they carry. Rooms add to a role with `grant`, before or after it is registered."""

    def __init__(self) -> None:
        self._labels: dict[str, Texts] = {}
        self._reaches: dict[str, Reach] = {}
        self._permissions: dict[str, set[str]] = defaultdict(set)

    def register(self, role: RoleDef) -> RoleDef:
        if role.key in self._labels:
            raise ValueError(f"role {role.key!r} is registered twice")
        self._labels[role.key], self._reaches[role.key] = role.label, role.reach
        self._permissions[role.key].update(role.permissions)
        return role

    def grant(self, role: str, *actions: str) -> None:
        """Let the role carry more actions."""
        self._permissions[role].update(actions)

    def permissions_of(self, role: str) -> frozenset[str]:
        """What the role carries; nothing for a role no longer declared."""
        return frozenset(self._permissions[role]) if role in self._labels else frozenset()

    def carrying(self, action: str) -> list[RoleDef]:
        return [role for role in self if action in role.permissions]

    def find(self, key: str) -> RoleDef | None:
        return next((role for role in self if role.key == key), None)

    def __iter__(self):  # type: ignore[no-untyped-def]
        keys = sorted(self._labels)
        return iter([RoleDef(k, self._labels[k], tuple(sorted(self._permissions[k])), self._reaches[k]) for k in keys])

    def __contains__(self, key: str) -> bool:
        return key in self._labels

    def undeclared(self) -> list[str]:
        """Roles that were granted something but never registered: a slip of the pen, found by a test."""
        return sorted(set(self._permissions) - set(self._labels))


POLICIES: Registry[Policy] = Registry("policy")
ROLES = Roles()
PREFIXES: Registry[Prefix] = Registry("route prefix")
