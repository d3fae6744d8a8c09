"""When two requests are the same. Pure functions on the request's parts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from zhengtong.kernel.redaction import find

HIDDEN = ("csrfmiddlewaretoken", "idempotency_key")
_KEY = re.compile(r"[\x21-\x7e]{8,100}")


def is_valid_key(key: str) -> bool:
    """8 to 100 visible ASCII characters."""
    return bool(_KEY.fullmatch(key))


def kept_as(key: str) -> str:
    """The key as it stands in the table: of one that is made of somebody's number, a digest."""
    return hashlib.sha256(key.encode()).hexdigest() if any(find(key)) else key


def route_of(method: str, path: str) -> str:
    """The place a key counts in; a very long path is replaced by its digest."""
    route = f"{method} {path}"
    return route if len(route) <= 300 else f"{method} sha256:{hashlib.sha256(path.encode()).hexdigest()}"


def digest_of(query: str, fields: Iterable[tuple[str, list[str]]], files: Iterable[tuple[str, str, bytes]]) -> bytes:
    """SHA-256 over the query, a form's fields and its files (field, file name, content digest).

    The hidden fields do not count: a token may change between two clicks. Every part is preceded by its length.
    """
    digest = hashlib.sha256()
    parts = [query.encode()]
    parts += [
        f"{k}={len(v)}:{v}".encode("utf-8", "surrogatepass") for k, vs in sorted(fields) if k not in HIDDEN for v in vs
    ]
    parts += [f"{field}={name}".encode("utf-8", "surrogatepass") + content for field, name, content in sorted(files)]
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
