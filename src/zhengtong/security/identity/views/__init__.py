"""Pages of identity, by subject."""

from .agencies import agencies, grant, revoke
from .capacity import after_sign_in, capacity
from .confirming import confirm
from .security import end_session, security
from .sign_in import choose_password, locked_out, password_help, to_security

__all__ = [
    "after_sign_in",
    "agencies",
    "capacity",
    "choose_password",
    "confirm",
    "end_session",
    "grant",
    "locked_out",
    "password_help",
    "revoke",
    "security",
    "to_security",
]
