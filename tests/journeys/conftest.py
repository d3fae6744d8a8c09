"""Browsers for the stories, on a node with its first data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zhengtong.kernel.clock import now
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in

from .pages import Browser


@pytest.fixture
def enter(seeded) -> Callable[..., Browser]:
    """`enter("window")`: a browser in which the demo account is signed in; `enter("")`: a stranger's."""

    def _enter(username: str, *, capacity: str = "") -> Browser:
        browser = Browser()
        if username:
            account = identity.find_account(username)
            key = ""
            if capacity:
                key = next(o.key for o in identity.list_capacities(account, now()) if o.capacity == capacity)
            sign_in(browser.client, account, key)
        return browser

    return _enter
