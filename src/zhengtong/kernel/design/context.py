"""What every template may use: `design` (language, menus, footer) and `actor`."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.redaction import is_discreet
from zhengtong.kernel.texts import language, localised

from . import navigation, site
from .middleware.language import ELDER_COOKIE


class Design:
    """Lazy: a page pays only for what its shell shows."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def actor(self) -> Actor:
        return getattr(self.request, "actor", ANONYMOUS)

    @property
    def lang(self) -> str:
        return language()

    @property
    def html_lang(self) -> str:
        return "en" if self.lang == "en" else "zh-CN"

    @property
    def elder(self) -> bool:
        return self.request.COOKIES.get(ELDER_COOKIE) == "1"

    @property
    def is_demo(self) -> bool:
        return settings.ZT_DEMO

    @property
    def node_name(self) -> str:
        return localised(settings.ZT_NODE_NAME)

    @property
    def site(self) -> site.SiteFacts:
        return site.facts()

    def _with(self, **changes: str) -> str:
        """The present address with some of its query changed. After a POST the page's own address is asked again."""
        query = self.request.GET.copy() if self.request.method in ("GET", "HEAD") else {}
        pairs = (
            [(k, v) for k, values in getattr(query, "lists", dict)() for v in values if k not in changes]
            if query
            else []
        )
        return "?" + urlencode([*((k, v) for k, v in pairs if is_discreet(f"{k} {v}")), *changes.items()])

    @property
    def chinese_url(self) -> str:
        return self._with(lang="zh")

    @property
    def english_url(self) -> str:
        return self._with(lang="en")

    @property
    def elder_url(self) -> str:
        return self._with(elder="0" if self.elder else "1")

    def _menu(self, shell: str) -> list[navigation.Shown]:
        return navigation.shown(shell, self.actor, self.request.get_full_path())

    @cached_property
    def portal_menu(self) -> list[navigation.Shown]:
        return self._menu("portal")

    @cached_property
    def hall_menu(self) -> list[navigation.Shown]:
        return self._menu("hall")

    @cached_property
    def workbench_menu(self) -> list[navigation.Shown]:
        return self._menu("workbench")

    @cached_property
    def footer_menu(self) -> list[navigation.Shown]:
        return self._menu("footer")

    @cached_property
    def account_menu(self) -> list[navigation.Shown]:
        return self._menu("account")

    @cached_property
    def phone_menu(self) -> list[navigation.Shown]:
        return self._menu("phone")[:5]

    @property
    def is_hall(self) -> bool:
        return self.request.path.startswith("/hall/")

    @property
    def sign_in_url(self) -> str:
        here = self.request.get_full_path()
        if self.request.method != "GET" or not is_discreet(here):
            here = "/"
        return f"{settings.LOGIN_URL}?{urlencode({'next': here})}"

    @property
    def sign_out_url(self) -> str:
        return _route("account_logout")

    @cached_property
    def session_ends(self) -> datetime | None:
        """When the session of whoever is signed in ends if nothing more is heard of it; told by `security.identity`."""
        told = getattr(self.request, "session_ends", None)
        return told() if told and self.actor.is_authenticated else None

    @property
    def stay_url(self) -> str:
        return _route("identity:stay")

    @property
    def session_until_url(self) -> str:
        return _route("identity:session-until")

    @property
    def services_search_url(self) -> str:
        return _route("portal:services")

    @property
    def workbench_search_url(self) -> str:
        return _route("workbench:find")


def _route(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def page(request: HttpRequest) -> dict[str, Any]:
    design = Design(request)
    return {"design": design, "actor": design.actor}
