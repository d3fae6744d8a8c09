"""What the sign-in page of a demonstration tells."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from zhengtong.security.directory import queries as directory

from .. import queries

register = template.Library()


@register.simple_tag
def demo_accounts() -> list[dict[str, Any]]:
    """The demonstration accounts with the names of their authorities; nothing elsewhere."""
    if not settings.ZT_DEMO:
        return []
    titles = {organisation.key: organisation.title for organisation in directory.list_organisations()}
    return [
        {
            "username": account.username,
            "password": account.password,
            "role": account.role,
            "organisation": titles.get(account.organisation_key),
        }
        for account in queries.demo_accounts()
    ]
