"""Every cell of the matrix: the real policies, asked about real things in every state, answer as people reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import pytest
from django.db.models import Model

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.ids import parse_urn
from zhengtong.security.permissions import cells as matrix
from zhengtong.security.permissions import held, reviewed
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.cells import Cell
from zhengtong.security.permissions.providers import POLICIES, PURPOSES, SEPARATIONS, Separation
from zhengtong.security.permissions.reaching import lawful_purposes
from zhengtong.security.permissions.scopes import NO_THING

from .standing import Standing, Traits, things
from .states import every_state

pytestmark = pytest.mark.once
ACTIONS = sorted(POLICIES)
# Asked about one thing at a time, and never of a list: what they restrict to is nothing.
NEVER_LISTED = {"identity.agency.revoke", "identity.person.create", "identity.person.reveal", "identity.person.confirm"}


class World:
    """All things in all states, and whoever stands to them in any way."""

    def __init__(self) -> None:
        self.answers = reviewed.answers()
        self.things = things(every_state())
        self.standing = Standing(matrix.roles())
        self._actors: dict[tuple[str, str, str, str], Actor] = {}

    @cached_property
    def by_action(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = {action: [] for action in ACTIONS}
        for cell in matrix.cells(self.answers):
            found[cell.action].append(cell)
        return found

    def traits(self, cell: Cell) -> Traits:
        return self.things[cell.noun][cell.state]

    def actor(self, cell: Cell) -> Actor:
        key = (cell.noun, cell.state, cell.scope, cell.who)
        if key not in self._actors:
            self._actors[key] = self.standing.actor(cell.scope, cell.who, self.traits(cell))
        return self._actors[key]

    def allows(self, cell: Cell) -> bool:
        return permissions.allows(self.actor(cell), cell.action, self.traits(cell).obj, purpose=purpose_of(cell))


def purpose_of(cell: Cell) -> str:
    """What somebody in the cell says it is for: something lawful, unless the scope says otherwise."""
    lawful = lawful_purposes(POLICIES.get(cell.action).predicate)
    if cell.scope == "unlawful":
        return next(key for key in PURPOSES if key not in lawful)
    return lawful[0] if lawful and cell.scope != "unsaid" else ""


@pytest.fixture(scope="module")
def world(seeded_database: str) -> Iterator[World]:
    made = World()
    with held.remembered():
        yield made


def test_there_is_a_real_thing_for_every_state_that_is_declared(world: World) -> None:
    declared = {noun: set(thing.states) for noun, thing in {**world.answers.things, "-": NO_THING}.items()}
    assert {noun: set(states) for noun, states in world.things.items()} == declared


@pytest.mark.parametrize("action", ACTIONS)
def test_every_cell_answers_as_reviewed(action: str, world: World) -> None:
    cells = world.by_action[action]
    allowed = [cell for cell in cells if world.allows(cell)]
    wrong = [
        f"{cell.scope} @ {cell.state}: {cell.who}: {'may, and should not' if cell in allowed else 'may not'}"
        for cell in cells
        if (cell in allowed) is not matrix.expected(world.answers, cell)
    ]
    proposal = matrix.proposal(action, allowed, world.answers.thing_of(action))
    assert not wrong, "\n".join([*wrong[:20], f"if this is meant, let matrix.yaml say:\n{proposal}"])


@pytest.mark.parametrize("action", ACTIONS)
def test_whoever_may_passes_the_guard_before_the_view(action: str, world: World) -> None:
    for cell in world.by_action[action]:
        if world.allows(cell):
            assert permissions.could(world.actor(cell), action), cell


@pytest.mark.parametrize("action", ACTIONS)
def test_what_depends_on_a_thing_is_asked_about_one(action: str, world: World) -> None:
    """A policy about no declared noun must be decided by the actor alone: else its cells would say nothing."""
    if world.answers.thing_of(action) is NO_THING:
        predicate = POLICIES.get(action).predicate
        unsure = [c for c in world.by_action[action] if predicate.judge(world.actor(c), None) is None]
        assert not unsure, f"declare under `things` what {action} is asked about: {unsure[:3]}"


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in NEVER_LISTED])
def test_a_list_holds_exactly_what_the_guard_lets_pass(action: str, world: World) -> None:
    stored = [c for c in world.by_action[action] if isinstance(world.traits(c).obj, Model)]
    for who in {(c.scope, c.who, world.actor(c)) for c in stored}:
        cells = [c for c in stored if (c.scope, c.who, world.actor(c)) == who]
        objects = [world.traits(c).obj for c in cells]
        rows = type(objects[0])._default_manager.filter(pk__in=[o.pk for o in objects])
        found = permissions.filter(who[2], action, rows, purpose=purpose_of(cells[0]))
        listed = set(found.values_list("pk", flat=True))
        assert listed == {o.pk for c, o in zip(cells, objects, strict=True) if world.allows(c)}, who[:2]


def test_the_law_lets_an_act_pass_in_the_states_reviewed_and_no_others(world: World) -> None:
    possible = {state: cases.acts_possible(traits.obj) for state, traits in world.things["cases.case"].items()}
    acts = {act for some in possible.values() for act in some} & {a.rpartition(".")[2] for a in ACTIONS}
    lawful = {f"cases.case.{act}": {s for s, some in possible.items() if act in some} for act in acts}
    lawful = {action: states for action, states in lawful.items() if action in POLICIES}
    assert {a: set(states) for a, states in world.answers.lawful.items()} == lawful


@pytest.mark.parametrize("pair", SEPARATIONS.acts(), ids=lambda pair: pair.key)
def test_a_declared_pair_really_keeps_two_acts_apart(pair: Separation, world: World) -> None:
    """Whoever may do the second act on a real thing may not, as the very hand that the thing names for the first."""
    for action in pair.second:
        able = [cell for cell in world.by_action[action] if world.allows(cell) and world.actor(cell).is_official]
        assert able, f"nobody may {action} anyhow: the pair keeps nothing apart"
        tried = 0
        for cell in able:
            obj, actor = world.traits(cell).obj, world.actor(cell)
            for hand in pair.hands(obj) if obj is not None else ():
                same = replace(actor, urn=hand, account_uuid=parse_urn(hand).uuid if hand.startswith("urn:") else None)
                refusal = permissions.find_refusal(same, action, obj, purpose=purpose_of(cell))
                assert refusal is not None, f"{pair.key}: {action}: {hand} did both"
                assert SEPARATIONS.find(refusal.separation) in SEPARATIONS.of(action)
                tried += 1
        assert tried, f"{pair.key}: no thing names a hand at {pair.field}"
