"""Pages of identity, by subject."""

from .agencies import agencies, grant, revoke
from .capacity import after_sign_in, capacity
from .caring import care, end_care
from .confirming import confirm
from .passkeys import (
    activate_totp,
    add_passkey,
    deactivate_totp,
    download_recovery_codes,
    make_recovery_codes,
    reauthenticate_by_passkey,
    remove_passkey,
    rename_passkey,
    second_factor,
    show_recovery_codes,
    sign_in_by_passkey,
)
from .recovering import decide_recovery, recover, recovery, recovery_slip, withdraw_recovery
from .security import end_other_sessions, end_session, security
from .sign_in import change_password, choose_password, locked_out, password_help, to_security
from .staying import session_until, stay
from .verifying import decide_verification, verification, withdraw_verification

__all__ = [
    "activate_totp",
    "add_passkey",
    "after_sign_in",
    "agencies",
    "capacity",
    "care",
    "change_password",
    "choose_password",
    "confirm",
    "deactivate_totp",
    "decide_recovery",
    "decide_verification",
    "download_recovery_codes",
    "end_care",
    "end_other_sessions",
    "end_session",
    "grant",
    "locked_out",
    "make_recovery_codes",
    "password_help",
    "reauthenticate_by_passkey",
    "recover",
    "recovery",
    "recovery_slip",
    "remove_passkey",
    "rename_passkey",
    "revoke",
    "second_factor",
    "security",
    "session_until",
    "show_recovery_codes",
    "sign_in_by_passkey",
    "stay",
    "to_security",
    "verification",
    "withdraw_recovery",
    "withdraw_verification",
]
