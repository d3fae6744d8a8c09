"""What a session remembers: the capacity chosen, and whether a second factor was shown."""

from __future__ import annotations

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

CAPACITY = "capacity"


def capacity_of(request: HttpRequest) -> str:
    return str(request.session.get(CAPACITY, ""))


def remember_capacity(request: HttpRequest, key: str) -> None:
    request.session[CAPACITY] = key


def has_second_factor(request: HttpRequest) -> bool:
    """A one-time code was given in this session; a password alone is no second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
