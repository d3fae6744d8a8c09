"""Pictures to hand in: a plain drawing as PNG, written with the standard library alone."""

from __future__ import annotations

import struct
import zlib


def drawing(name: str, width: int = 640, height: int = 420) -> bytes:
    """A sheet with a frame and a grid; `name` only makes two drawings differ."""
    shade = 200 + sum(name.encode()) % 40
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            edge = x % 80 < 2 or y % 70 < 2 or x > width - 3 or y > height - 3
            rows += bytes((40, 70, 110) if edge else (shade, 228, 245))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(bytes(rows)))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
