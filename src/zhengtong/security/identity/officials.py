"""Officials' accounts as their administrator sees them; `queries` is the door."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import Texts
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.queries import list_role_bindings

from .models import Account


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """An official's account as its administrator sees it. `title`, `organisation`: text maps of the latest post."""

    username: str
    urn: str
    name: str
    title: Texts
    organisation: Texts
    roles: tuple[str, ...]
    is_locked: bool
    has_password: bool
    has_second_factor: bool
    last_sign_in: datetime | None


def list_officials(*, actor: Actor, at: datetime) -> list[OfficialAccount]:
    """Every account that holds a post at that moment, by organisation and name. Six queries. Raises Denied."""
    permissions.require(actor, "identity.account.administer")
    officers = directory.list_officers([o.uuid for o in directory.list_organisations()], at)
    accounts = {a.uuid: a for a in Account.objects.filter(uuid__in=[o.account_uuid for o in officers])}
    secured = set(Authenticator.objects.filter(user__in=accounts.values()).values_list("user_id", flat=True))
    roles = _roles_by_account(accounts, at)
    return [
        OfficialAccount(
            a.username, a.urn, o.name, o.title, o.organisation, tuple(sorted(roles[a.uuid])), not a.is_active,
            a.has_usable_password(), a.pk in secured, a.last_login,
        )
        for o in officers if (a := accounts.get(o.account_uuid))
    ]  # fmt: skip


def _roles_by_account(accounts: Iterable[uuid.UUID], at: datetime) -> dict[uuid.UUID, set[str]]:
    posts = directory.posts_of_accounts(accounts, at)
    bindings = list_role_bindings(set().union(*posts.values()))
    return {account: {b.role for b in bindings if b.post_uuid in held} for account, held in posts.items()}
