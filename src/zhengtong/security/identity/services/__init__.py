"""Verbs of identity: people, legal entities, officials, powers of agency, capacities."""

from .agencies import grant_agency, revoke_agency
from .capacities import switch_capacity
from .people import create_official, create_person, recognise_entity, register_resident

__all__ = [
    "create_official",
    "create_person",
    "grant_agency",
    "recognise_entity",
    "register_resident",
    "revoke_agency",
    "switch_capacity",
]
