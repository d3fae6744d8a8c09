"""Names of things across rooms and nodes: `urn:zhengtong:<division6>-<e|i>:<room>:<noun>:<uuid>`."""

from __future__ import annotations

import re
import uuid
from typing import ClassVar, NamedTuple

from django.conf import settings

_URN = re.compile(
    r"urn:zhengtong:(?P<division>\d{6})-(?P<zone>[ei]):(?P<room>[a-z_]+):(?P<noun>[a-z_]+):(?P<uuid>[0-9a-f-]{36})"
)


class Urn(NamedTuple):
    division: str
    zone: str
    room: str
    noun: str
    uuid: uuid.UUID


def make_urn(room: str, noun: str, key: uuid.UUID) -> str:
    """The URN of a thing of this node."""
    return f"urn:zhengtong:{settings.ZT_NODE_DIVISION}-{settings.ZT_NODE_ZONE}:{room}:{noun}:{key}"


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
