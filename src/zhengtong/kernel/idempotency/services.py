"""One request, one effect."""

import secrets


def new_key() -> str:
    """A key for one form: 128 random bits."""
    return secrets.token_urlsafe(16)
