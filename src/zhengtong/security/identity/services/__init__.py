"""Verbs of identity: people, legal entities, officials, powers of agency, capacities."""

from .agencies import grant_agency, revoke_agency
from .capacities import switch_capacity
from .demo import seed_demo
from .people import check_person, create_official, create_person, recognise_entity, register_resident

__all__ = [
    "check_person",
    "create_official",
    "create_person",
    "grant_agency",
    "recognise_entity",
    "register_resident",
    "revoke_agency",
    "seed_demo",
    "switch_capacity",
]
