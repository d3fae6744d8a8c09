"""Which characters the fonts here can print: read from the fonts themselves (OpenType cmap), once per process."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

SUFFIXES = (".otf", ".ttf")


@lru_cache(maxsize=4)
def covered(folders: tuple[str, ...]) -> frozenset[int]:
    """The code points for which a font in the folders has a glyph. A file that is no font is passed over."""
    fonts = (path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in SUFFIXES)
    return frozenset(point for font in fonts for point in _points_of(font))


def unprintable(text: str, folders: tuple[str, ...]) -> list[str]:
    """The characters of a text without a glyph, each once, in order. Blanks and line ends need none."""
    known = covered(folders)
    return list(
        dict.fromkeys(c for c in text if ord(c) not in known and not unicodedata.category(c).startswith(("Z", "C")))
    )


def is_letter(character: str) -> bool:
    """Letters and ideographs, rare ones of names among them; not emoji and other signs."""
    return unicodedata.category(character).startswith("L")


def _points_of(font: Path) -> Iterator[int]:
    try:
        data = font.read_bytes()
        for start in _subtables(data):
            yield from _read(data, start)
    except (OSError, struct.error, IndexError):
        return


def _subtables(data: bytes) -> Iterable[int]:
    """Where the Unicode subtables of the cmap begin."""
    count = struct.unpack_from(">H", data, 4)[0]
    for number in range(count):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == b"cmap":
            tables = struct.unpack_from(">H", data, offset + 2)[0]
            records = [struct.unpack_from(">HHI", data, offset + 4 + 8 * n) for n in range(tables)]
            return sorted({offset + start for platform, _encoding, start in records if platform in (0, 3)})
    return ()


def _read(data: bytes, start: int) -> Iterator[int]:
    """Formats 4 and 12: what fonts of Chinese have. Holes inside a segment of format 4 count as there: rare."""
    form = struct.unpack_from(">H", data, start)[0]
    if form == 12:
        for number in range(struct.unpack_from(">I", data, start + 12)[0]):
            first, last, _glyph = struct.unpack_from(">III", data, start + 16 + 12 * number)
            yield from range(first, last + 1)
    elif form == 4:
        segments = struct.unpack_from(">H", data, start + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", data, start + 14)
        starts = struct.unpack_from(f">{segments}H", data, start + 16 + 2 * segments)
        for first, last in zip(starts, ends, strict=True):
            yield from (point for point in range(first, last + 1) if point != 0xFFFF)
