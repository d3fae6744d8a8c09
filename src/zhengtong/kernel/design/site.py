"""What the footer must say. The values are settings of the site; the portal plugs them in with `provide`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

_KEY = "design.site-facts"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Footer duties of a government site. Texts are maps or strings; what is empty is not shown."""

    organiser: Any = ""  # 主办单位
    operator: Any = ""  # 承办单位
    site_code: str = ""  # 网站标识码
    icp_number: str = ""  # ICP 备案号
    police_number: str = ""  # 公安备案号
    phone: str = "12345"
    email: str = ""
    address: Any = ""


_source: Callable[[], SiteFacts] | None = None


def provide(source: Callable[[], SiteFacts]) -> None:
    """Plug in where the facts come from."""
    global _source  # noqa: PLW0603
    _source = source


def facts() -> SiteFacts:
    """The facts, at most a minute old: a page must not pay a query for its footer."""
    if _source is None:
        return SiteFacts()
    return cache.get_or_set(_KEY, _source, _SECONDS) or SiteFacts()


def forget() -> None:
    """Call after the facts were changed."""
    cache.delete(_KEY)
