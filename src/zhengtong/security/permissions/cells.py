"""The matrix: role × action × state × scope, generated from the policies, each cell with its reviewed answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .declared import POLICIES, ROLES
from .reaching import lawful_purposes
from .reviewed import Answers, Place
from .scopes import NO_ROLE, OF_PURPOSE, OFFICIALS, Thing, kinds_of


@dataclass(frozen=True, slots=True)
class Cell:
    """May somebody of this kind, standing in this scope, do this to a thing in this state?"""

    action: str
    noun: str
    state: str
    scope: str
    who: str

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("action", "noun", "state", "scope", "who")}


def roles() -> tuple[str, ...]:
    return tuple(role.key for role in ROLES)


def cells(answers: Answers) -> Iterator[Cell]:
    """Every cell there is, by action."""
    for action in sorted(POLICIES):
        thing, asks = answers.thing_of(action), bool(lawful_purposes(POLICIES.get(action).predicate))
        for state, scope in thing.places():
            if scope in OF_PURPOSE and not asks:
                continue
            for who in kinds_of(scope, roles()):
                yield Cell(action, thing.noun, state, scope, who)


def expected(answers: Answers, cell: Cell) -> bool | None:
    """The reviewed answer; None where nobody has reviewed the policy."""
    rows = answers.may.get(cell.action)
    return None if rows is None else cell.who in rows.get((cell.state, cell.scope), ())


def unused(answers: Answers) -> list[str]:
    """Rows about actions or kinds of people that no cell has any more."""
    gone = sorted(set(answers.may) - set(POLICIES))
    odd = [
        f"{action}: {scope} @ {state}: {' '.join(sorted(wrong))}"
        for action, places in answers.may.items()
        for (state, scope), kinds in places.items()
        if (wrong := kinds - set(kinds_of(scope, roles())))
    ]
    return gone + odd


def proposal(action: str, allowed: Iterable[Cell], thing: Thing) -> str:
    """The rows a reviewer would have to sign for what the policy answers today, as text for `matrix.yaml`."""
    lines = [f'    "{where}": {who}' for where, who in summary(places_of(allowed), thing)]
    return "\n".join([f"  {action}:" + ("" if lines else " {}"), *lines])


def places_of(allowed: Iterable[Cell]) -> dict[Place, frozenset[str]]:
    places: dict[Place, set[str]] = defaultdict(set)
    for cell in allowed:
        places[cell.state, cell.scope].add(cell.who)
    return {place: frozenset(kinds) for place, kinds in places.items()}


def summary(places: Mapping[Place, frozenset[str]], thing: Thing) -> list[tuple[str, str]]:
    """As few rows as say the same: (`own, elsewhere @ submitted`, `window_clerk`)."""
    by_scope: dict[str, dict[frozenset[str], list[str]]] = {scope: defaultdict(list) for scope in thing.scopes}
    for state, scope in thing.places():
        if kinds := places.get((state, scope)):
            by_scope[scope][kinds].append(state)
    merged: dict[tuple[frozenset[str], str], list[str]] = defaultdict(list)
    for scope, answers in by_scope.items():
        for kinds, states in answers.items():
            only = "" if len(states) == len(thing.scopes[scope]) else " @ " + " ".join(states)
            merged[kinds, only].append(scope)
    return [(", ".join(scopes) + only, _named(kinds)) for (kinds, only), scopes in merged.items()]


def _named(kinds: frozenset[str]) -> str:
    everybody = {*roles(), NO_ROLE}
    if everybody <= kinds:
        return " ".join([OFFICIALS, *sorted(kinds - everybody)])
    return " ".join(sorted(kinds))
