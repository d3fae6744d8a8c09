"""A file, or one range of its bytes: a broken download goes on where it ended (RFC 9110, 14.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

PIECE = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def ranged(path: Path, asked: str) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """The whole for no range, and for one that is none: a server may ignore it. 416: it lies behind the end."""
    size, found = path.stat().st_size, _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        answer = FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
        answer.headers["Accept-Ranges"] = "bytes"
        return answer
    first, last = _bounds(found[1], found[2], size)
    if first >= size or last < first:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = StreamingHttpResponse(_pieces(path.open("rb"), first, last - first + 1), status=206)
    part.headers["Content-Type"] = "application/octet-stream"
    part.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part.headers["Content-Length"], part.headers["Accept-Ranges"] = str(last - first + 1), "bytes"
    return part


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


def _pieces(stream: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with stream:
        stream.seek(first)
        while length > 0 and (piece := stream.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
