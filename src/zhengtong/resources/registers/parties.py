"""Records that are parties: a legal entity of the register is the same thing, by uuid, as the one identity knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import system_actor
from zhengtong.security.identity import services as identity

from .definition.model import Definition
from .rows import Row

LEGAL_ENTITY = "legal_entity"


def uuid_for(definition: Definition, values: Mapping[str, Any], at: datetime) -> UUID | None:
    """The uuid under which identity knows the party of a new record; None where records are no parties."""
    return _recognised(values, at) if definition.noun == LEGAL_ENTITY else None


def follow(definition: Definition, row: Row, changed: Collection[str], at: datetime) -> None:
    """The party's name follows the register's."""
    if definition.noun == LEGAL_ENTITY and "name" in changed:
        _recognised(row.values, at)


def _recognised(values: Mapping[str, Any], at: datetime) -> UUID:
    """Whoever may write the register need not have a permission of identity's: the node does this part itself."""
    actor = system_actor("registers")
    return identity.recognise_entity(actor=actor, uscc=values["uscc"], name=values["name"], at=at).uuid
