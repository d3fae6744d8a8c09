"""Names of things across rooms and nodes: `urn:zhengtong:<division6>-<e|i>:<room>:<noun>:<uuid>`."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable
from typing import ClassVar, NamedTuple

DIVISION, ZONE = "511602", "e"  # of a node that nobody has named

_URN = re.compile(
    r"urn:zhengtong:(?P<division>\d{6})-(?P<zone>[ei]):(?P<room>[a-z_]+):(?P<noun>[a-z_]+):(?P<uuid>[0-9a-f-]{36})"
)


class Urn(NamedTuple):
    division: str
    zone: str
    room: str
    noun: str
    uuid: uuid.UUID


def _of_environment() -> tuple[str, str]:
    return os.environ.get("ZT_NODE_DIVISION") or DIVISION, os.environ.get("ZT_NODE_ZONE") or ZONE


_node: Callable[[], tuple[str, str]] = _of_environment


def know_node(answer: Callable[[], tuple[str, str]]) -> None:
    """Plug in who can tell this node's division and zone; without it they stand in the environment."""
    global _node  # noqa: PLW0603  (one plug in one socket)
    _node = answer


def make_urn(room: str, noun: str, key: uuid.UUID) -> str:
    """The URN of a thing of this node."""
    division, zone = _node()
    return f"urn:zhengtong:{division}-{zone}:{room}:{noun}:{key}"


def parse_urn(text: str) -> Urn:
    """The parts of a URN. Raises ValueError on anything else."""
    match = _URN.fullmatch(text)
    if not match:
        raise ValueError(f"not a zhengtong URN: {text!r}")
    return Urn(match["division"], match["zone"], match["room"], match["noun"], uuid.UUID(match["uuid"]))


class Named:
    """Mixin for a model with a `uuid`: gives it its URN. Set `urn_noun`; the room is the app label's second half."""

    urn_noun: ClassVar[str]
    uuid: uuid.UUID

    @property
    def urn(self) -> str:
        room = self._meta.app_label.partition("_")[2]  # type: ignore[attr-defined]
        return make_urn(room, self.urn_noun, self.uuid)
