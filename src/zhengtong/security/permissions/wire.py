"""What works without Django: levels of secrecy, purposes, and what a registered system may."""

from __future__ import annotations

from zhengtong.kernel.actors import Actor

from .refused import Localised, Refused
from .rules import PURPOSES, Secrecy, Sentence, client_with, is_client_with

__all__ = ["PURPOSES", "ClientRefused", "Refused", "Secrecy", "Sentence", "require_client"]


class ClientRefused(Refused):
    """A system whose token lacks the scope. `rule`: what failed, for the log."""

    def __init__(self, actor: Actor, action: str, rule: Sentence) -> None:
        super().__init__(Localised(rule.label), remedy=Localised(rule.remedy), action=action)
        self.actor, self.action, self.rule = actor, action, rule


def require_client(actor: Actor, action: str, scope: str) -> None:
    """The part of a policy that speaks of systems: `client(scope)`, in the name of its own organisation. Raises
    ClientRefused."""
    if not is_client_with(actor, scope) or actor.organisation_uuid is None:
        raise ClientRefused(actor, action, client_with(scope))
