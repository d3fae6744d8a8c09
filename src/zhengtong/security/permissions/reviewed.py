"""The reviewed answers: `matrix.yaml` beside the policies of each room says who may do what; whoever it does not name
may not. People review these files, tests try every cell of them on real objects and real addresses.

    things:                 # nouns that policies are asked about; `@` names the only states in which a scope exists
      cases.case: {states: submitted refused, scopes: "own, elsewhere, stranger, accepter @ refused"}
    policies:               # action: {scopes @ states: kinds of people}
      cases.case.accept: {in: submitted, "own, accepter": window_clerk}
    routes:
      POST /api/v1/cases: cases.case.submit

`in`: the states in which the room's law lets the act pass at all. `/cms/*` is the row of a third party's prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from .declared import POLICIES, ROLES
from .scopes import NO_THING, SCOPES, Thing, kinds_named, places_named

NAME, LAWFUL = "matrix.yaml", "in"
SECTIONS = ("things", "policies", "routes")
Place = tuple[str, str]  # state, scope


class NotReviewed(ValueError):
    """A reviewed file cannot be understood; the message names the file, the row and the fault."""


@dataclass(slots=True)
class Answers:
    """What all files say together: who may act, where an act is lawful, which policy stands before a route."""

    things: dict[str, Thing] = field(default_factory=dict)
    may: dict[str, dict[Place, frozenset[str]]] = field(default_factory=dict)
    lawful: dict[str, frozenset[str]] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)

    def thing_of(self, action: str) -> Thing:
        """What the action is asked about: the first noun of its policy that a file declares."""
        policy = POLICIES.find(action)
        own = (action.rpartition(".")[0],)
        nouns = own if policy is None or policy.about is None else policy.about
        return next((self.things[noun] for noun in nouns if noun in self.things), NO_THING)


@cache
def answers() -> Answers:
    """Read once per process; the files belong to the sources. Raises NotReviewed."""
    return read(Path(settings.PACKAGE))


def read(package: Path) -> Answers:
    """Of every room below the folder. Raises NotReviewed."""
    found = Answers()
    documents = [(path, _load(path)) for path in files(package)]
    for path, document in documents:
        for noun, value in _section(document, "things"):
            _once(found.things, noun, _thing(noun, value, path), path)
    for path, document in documents:
        for action, value in _section(document, "policies"):
            rows = dict(value or {})
            lawful = rows.pop(LAWFUL, None)
            _once(found.may, action, _places(action, rows, found.thing_of(action), path), path)
            if lawful is not None:
                found.lawful[action] = frozenset(lawful.split())
        for route, policy in _section(document, "routes"):
            _once(found.routes, route, str(policy), path)
    return found


def files(package: Path) -> list[Path]:
    return [path for path in (package / "config" / NAME, *sorted(package.glob(f"*/*/{NAME}"))) if path.is_file()]


def _section(document: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    yield from (document.get(name) or {}).items()


def _once(table: dict[str, Any], key: str, value: Any, path: Path) -> None:
    if key in table:
        raise NotReviewed(f"{path}: {key} has a row in another file too; keep one of them")
    table[key] = value


def _thing(noun: str, value: dict[str, str], path: Path) -> Thing:
    states, scopes = tuple(value["states"].split()), {}
    for part in value["scopes"].split(","):
        scope, _, only = (text.strip() for text in part.partition("@"))
        if scope not in SCOPES or set(only.split()) - set(states):
            raise NotReviewed(f"{path}: {noun}: “{part.strip()}”: no such scope or state")
        scopes[scope] = frozenset(only.split() or states)
    return Thing(noun, states, scopes)


def _places(action: str, rows: dict[str, str], thing: Thing, path: Path) -> dict[Place, frozenset[str]]:
    roles = tuple(role.key for role in ROLES)
    places: dict[Place, frozenset[str]] = {}
    for key, who in rows.items():
        try:
            kinds, named = kinds_named(who, roles), places_named(key, thing)
        except ValueError as fault:
            raise NotReviewed(f"{path}: {action}: “{key}: {who}”: there is no {fault}") from fault
        if twice := [place for place in named if place in places]:
            raise NotReviewed(f"{path}: {action}: “{key}”: {twice[0]} has two rows")
        places |= dict.fromkeys(named, kinds)
    return places


class _Strict(yaml.SafeLoader):
    """A key that stands twice is a fault, not a silent replacement."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise NotReviewed(f"{node.start_mark.name}: {', '.join(sorted(twice))} stands twice")
        return super().construct_mapping(node, deep)


def _load(path: Path) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=_Strict) or {}  # noqa: S506  (a safe loader)
    if unknown := set(document) - set(SECTIONS):
        raise NotReviewed(f"{path}: {', '.join(sorted(unknown))}: a file has only {', '.join(SECTIONS)}")
    return document  # type: ignore[no-any-return]
