"""Our own line icons, drawn on a grid of 24 with a stroke of 1.75. `static/design/icons.svg` is their sprite."""

from __future__ import annotations

import re
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "design" / "icons.svg"

ICONS: frozenset[str] = frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE.read_text(encoding="utf-8")))
