"""The socket of the rooms that refer to files: what none of them names may be removed. Filled from `wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from zhengtong.kernel.registry import Registry

from .models import StoredFile


@dataclass(frozen=True, slots=True)
class Holder:
    """A room that refers to files. `held`: those it still names; `purposes`: of which files it knows whether it does.

    A file whose purpose nobody has declared is never removed.
    """

    purposes: frozenset[str]
    held: Callable[[Sequence[StoredFile]], set[UUID]]


HOLDERS: Registry[Holder] = Registry("holder of files")
