"""The operator's base map. None is shipped: a map of China that is shown needs an approval number (审图号)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

_APPROVAL = re.compile(r"[^\W\d_]{0,3}S?[（(]?\d{4}[）)]?\d{1,6}号", re.UNICODE)
STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:{more}; font-src 'self'; "
    "connect-src 'self'{more}; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Raster tiles by {z}, {x} and {y} in Web Mercator, and what has to be shown with them."""

    tiles: str = ""
    approval: str = ""
    credit: str = ""

    @property
    def is_shown(self) -> bool:
        """Tiles without an approval number are not shown."""
        return bool(self.tiles and _APPROVAL.search(self.approval))


def base_map() -> BaseMap:
    """As the settings say."""
    return BaseMap(settings.ZT_BASE_MAP, settings.ZT_BASE_MAP_APPROVAL, settings.ZT_BASE_MAP_CREDIT)


def policy() -> str:
    """The Content-Security-Policy of a page with a map: the house's own, and the origin of the tiles besides."""
    shown = base_map()
    parts = urlsplit(shown.tiles) if shown.is_shown else None
    more = f" {parts.scheme}://{parts.netloc}" if parts and parts.netloc else ""
    return STRICT.format(more=more)
