"""A brake on guessing: so many tries for one name within a time, counted in the process's cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.core.cache import cache


class Tries:
    """At most `limit` tries within `seconds` after the first one."""

    def __init__(self, purpose: str, *, limit: int, seconds: int) -> None:
        self.purpose, self.limit, self.seconds = purpose, limit, seconds

    def count(self, name: str, too_many: Callable[[], Exception]) -> None:
        """Count one try. Raises `too_many` when there were too many."""
        key = self._key(name)
        cache.add(key, 0, self.seconds)
        try:
            tries = cache.incr(key)
        except ValueError:  # it ran out between the two calls
            cache.set(key, tries := 1, self.seconds)
        if tries > self.limit:
            raise too_many()

    def forget(self, name: str) -> None:
        cache.delete(self._key(name))

    def _key(self, name: str) -> str:
        return f"portal.tries.{self.purpose}.{hashlib.sha256(name.encode()).hexdigest()}"
