"""The words of the matrix: in which relation somebody stands to a thing, and which kinds of people may stand so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

NO_ROLE = "none"  # an official whose post carries no role
OFFICIALS = "officials"  # stands for every role, and for an official without any
APPLICANTS = ("resident", "representative", "agent")
CLIENT = "client"  # a registered system whose token carries every scope
OUTSIDE = ("anonymous", "system", CLIENT)
PEOPLE = (*OUTSIDE, *APPLICANTS)

# scope: who may stand in it, and what it means. Officials stand with one post, unless said otherwise.
SCOPES: dict[str, tuple[tuple[str, ...], str]] = {
    "official": ((OFFICIALS,), "at work; the act concerns no single thing"),
    "own": ((OFFICIALS,), "of the organisation with which the thing lies"),
    "reviewing": ((OFFICIALS,), "of an authority that reviews the case and does not lead it"),
    "elsewhere": ((OFFICIALS,), "of another organisation of the same division"),
    "abroad": ((OFFICIALS,), "of an organisation of another division"),
    "lent": ((OFFICIALS,), "has the role at a post elsewhere, and a post without it in the own organisation"),
    "above": ((OFFICIALS,), "of an organisation of the division above, with a role that reaches all below it"),
    "curbed": ((OFFICIALS,), "of an organisation of the division above, with a role that reaches that division only"),
    "uncleared": ((OFFICIALS,), "own, with a role that is cleared for less than the thing's level"),
    "unlawful": ((OFFICIALS,), "own, and names a purpose that is not lawful; elsewhere, a lawful one is named"),
    "unsaid": ((OFFICIALS,), "own, and names no purpose"),
    "unproved": ((OFFICIALS,), "of the own organisation, without a second factor in this session"),
    "submitter": ((OFFICIALS,), "own, and the hand that handed the application in"),
    "accepter": ((OFFICIALS,), "own, and the hand that accepted the case"),
    "adviser": ((OFFICIALS,), "own, and the hand that gave an opinion on the case"),
    "assignee": ((OFFICIALS,), "own, and the hand to whom the review was transferred"),
    "asker": ((OFFICIALS,), "own, and the hand that asked for it"),
    "oneself": ((OFFICIALS, *APPLICANTS), "the hand whom the thing is about"),
    "applicant": (APPLICANTS, "acting for a party; the act concerns no single thing"),
    "party": (APPLICANTS, "the party of the thing; its agent with a power over everything"),
    "within": (("agent",), "an agent of the party with a power over this service only"),
    "outside": (("agent",), "an agent of the party with a power over other services only"),
    "stranger": (APPLICANTS, "another party, or another party's agent"),
    "serving": ((CLIENT,), "a registered system of the organisation with which the thing lies"),
    "any": (OUTSIDE, "somebody not signed in; the node itself; a registered system of another organisation"),
}
OF_PURPOSE = frozenset({"unlawful", "unsaid"})  # nobody stands there for an act that asks for no purpose
NOTHING = "-"  # the noun, and the only state, of acts that concern no single thing


@dataclass(frozen=True, slots=True)
class Thing:
    """A noun about whose objects policies are asked: its states, and in which of them a scope can be stood in."""

    noun: str
    states: tuple[str, ...]
    scopes: Mapping[str, frozenset[str]]

    def places(self) -> list[tuple[str, str]]:
        """Every (state, scope) there is."""
        return [(state, scope) for state in self.states for scope, states in self.scopes.items() if state in states]


NO_THING = Thing(
    NOTHING, (NOTHING,), {scope: frozenset({NOTHING}) for scope in ("official", "unproved", "applicant", "any")}
)


@cache
def kinds_of(scope: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds of people who may stand in a scope."""
    return tuple(one for kind in SCOPES[scope][0] for one in _meant(kind, roles))


def kinds_named(text: str, roles: tuple[str, ...]) -> frozenset[str]:
    """The kinds of a cell of a reviewed file. Raises ValueError naming those that do not exist."""
    named = frozenset(one for kind in text.split() for one in _meant(kind, roles))
    if unknown := named - {*roles, NO_ROLE, *PEOPLE}:
        raise ValueError(", ".join(sorted(unknown)))
    return named


def _meant(kind: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    return (*roles, NO_ROLE) if kind == OFFICIALS else (kind,)


def places_named(text: str, thing: Thing) -> list[tuple[str, str]]:
    """(state, scope) pairs of `own, elsewhere @ submitted refused`. Raises ValueError naming what does not exist."""
    names, _, only = text.partition("@")
    scopes, states = [name.strip() for name in names.split(",")], only.split()
    unknown = [s for s in scopes if s not in thing.scopes] + [s for s in states if s not in thing.states]
    if unknown:
        raise ValueError(", ".join(unknown))
    found = [(state, scope) for state, scope in thing.places() if scope in scopes and (not states or state in states)]
    if not found:
        raise ValueError(f"{text}: nobody stands there")
    return found
