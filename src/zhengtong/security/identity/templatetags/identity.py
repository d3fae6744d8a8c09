"""What the pages of signing in ask: the accounts of a demonstration, and passkeys."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings

from zhengtong.security.directory import queries as directory

from .. import queries
from ..providers import SIGN_IN_WAYS, Way
from ..sign_in import passkeys

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


@register.simple_tag(takes_context=True)
def passkeys_are_possible(context: dict[str, Any]) -> bool:
    """Whether a browser can keep passkeys for the address at which this page is seen."""
    return passkeys.are_possible(context["request"])


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute: escaped by the template."""
    return json.dumps(value)


@register.simple_tag
def other_ways() -> list[Way]:
    """Other ways to sign in that are open here."""
    return [way for _key, answer in SIGN_IN_WAYS.items() if (way := answer())]
