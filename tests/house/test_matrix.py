"""No route and no policy that nobody reviewed; and the reviewed files say nothing that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengtong.security.permissions import cells, queries, reviewed
from zhengtong.security.permissions.providers import POLICIES

MATRIX = queries.matrix()


def test_every_route_has_a_row_that_names_its_policy() -> None:
    lines = [f"{queries.file_of(route)}: {route.row}: {route.policy}" for route in MATRIX.routes_without_row]
    assert not lines, "add to `routes` (after thinking who should enter):\n" + "\n".join(lines)


def test_every_policy_has_been_reviewed() -> None:
    missing = [action for action in POLICIES if action not in reviewed.answers().may]
    assert not missing, "add to `policies` of the room's matrix.yaml, with whoever may:\n  " + "\n  ".join(missing)
    assert MATRIX.cells_untested == []


def test_no_row_speaks_of_what_is_gone() -> None:
    assert MATRIX.left_over == []


def test_there_is_a_cell_for_every_policy() -> None:
    assert {cell.action for cell in MATRIX.cells} == set(POLICIES)
    assert len(MATRIX.cells) == len(set(MATRIX.cells)) > 10_000


def test_rows_are_in_order() -> None:
    """Sorted by action, so that two engineers seldom write on the same line."""
    for path in reviewed.files(Path(reviewed.__file__).parents[2]):
        actions = [line.strip(" :\n") for line in path.read_text().splitlines() if _is_action(line)]
        assert actions == sorted(actions), path


def _is_action(line: str) -> bool:
    name = line.strip().partition(":")[0]
    return line.startswith("  ") and not line.startswith("   ") and name in POLICIES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policies:\n  cases.case.accept:\n    official: boss", "boss"),
        ("policies:\n  cases.case.accept:\n    owner: reviewer", "owner"),
        ("policies:\n  permissions.role.bind:\n    official: auditor\n    official: reviewer", "stands twice"),
        ("policies:\n  permissions.role.bind:\n    official: auditor\n    unproved, official: auditor", "two rows"),
        ("things:\n  a.b: {states: new, scopes: own @ old}", "own @ old"),
        ("persons: {}", "persons"),
    ],
)
def test_a_slip_of_the_pen_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / reviewed.NAME).write_text(text)
    with pytest.raises(reviewed.NotReviewed, match=said):
        reviewed.read(tmp_path)


def test_the_rows_proposed_say_what_the_file_says() -> None:
    """What a failing test tells people to write is read back as the same answers."""
    answers = reviewed.answers()
    for action, places in answers.may.items():
        thing = answers.thing_of(action)
        again = dict(cells.summary({p: kinds for p, kinds in places.items() if kinds}, thing))
        read = reviewed._places(action, again, thing, Path())
        assert read == {place: kinds for place, kinds in places.items() if kinds}, action
