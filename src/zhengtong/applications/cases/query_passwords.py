"""The query password of a case: with the number it opens the public progress page, and nothing else."""

import secrets

from zhengtong.security.crypto import services as crypto

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L


def new_query_password() -> str:
    """Eight characters that are read aloud and typed without mistakes (about 40 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def query_code(number: str, password: str) -> str:
    """What is stored: a keyed hash bound to the case, so that a copy of the table opens nothing."""
    return crypto.mac(password.strip().upper().encode(), f"cases.query:{number}").hex()
