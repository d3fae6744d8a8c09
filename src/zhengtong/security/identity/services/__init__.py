"""Verbs of identity: people, legal entities, officials, powers of agency, capacities."""

from .accounts import (
    PasswordLink,
    choose_password,
    lock_account,
    reset_password,
    reset_second_factor,
    unlock_account,
)
from .admitting import admit
from .agencies import grant_agency, revoke_agency
from .capacities import switch_capacity
from .caring import Named, confirm_care, end_care
from .confirming import confirm_identity
from .demo import seed_demo
from .levels import note_vouched, take_back_level
from .people import check_person, create_official, create_person, recognise_entity, register_resident
from .recovering import (
    RecoverySlip,
    decide_recovery,
    issue_recovery,
    recover_account,
    request_recovery,
    withdraw_recovery,
)
from .verifying import Document, decide_verification, request_verification, withdraw_verification

__all__ = [
    "Document",
    "Named",
    "PasswordLink",
    "RecoverySlip",
    "admit",
    "check_person",
    "choose_password",
    "confirm_care",
    "confirm_identity",
    "create_official",
    "create_person",
    "decide_recovery",
    "decide_verification",
    "end_care",
    "grant_agency",
    "issue_recovery",
    "lock_account",
    "note_vouched",
    "recognise_entity",
    "recover_account",
    "register_resident",
    "request_recovery",
    "request_verification",
    "reset_password",
    "reset_second_factor",
    "revoke_agency",
    "seed_demo",
    "switch_capacity",
    "take_back_level",
    "unlock_account",
    "withdraw_recovery",
    "withdraw_verification",
]
