"""The socket of the log: which acts there are. Every room declares its own in `policies.py`."""

from __future__ import annotations

from collections.abc import Callable

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

ACTIONS: Registry[Texts] = Registry("audit action")
"""`ACTIONS.register("cases.case.accepted", {"zh": "受理", "en": "Accepted"})`: `room.noun.happened`."""

PrincipalOf = Callable[[Actor], str]
principal_of: PrincipalOf = lambda actor: actor.party_urn  # noqa: E731  (until permissions has plugged in)


def know_principal(answer: PrincipalOf) -> None:
    """Plug in who can tell on whose behalf somebody acts: his party, or the colleague whose post's acts he does."""
    global principal_of  # noqa: PLW0603  (one plug in one socket)
    principal_of = answer
