"""The socket for the cipher of kept answers. The kernel has no keys; security.crypto plugs its ring in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cipher:
    """`seal` makes unreadable bytes of a text, `unseal` gives the text back (raises ValueError when it cannot)."""

    seal: Callable[[str], bytes]
    unseal: Callable[[bytes], str]


def _none(*_: object) -> bytes:
    raise LookupError("no cipher for kept answers is plugged in")


cipher = Cipher(_none, _none)  # type: ignore[arg-type]


def keep_with(chosen: Cipher) -> None:
    """Seal every answer that is kept with this cipher."""
    global cipher  # noqa: PLW0603  (one plug in one socket)
    cipher = chosen
