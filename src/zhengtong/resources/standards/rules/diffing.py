"""What differs between two states of a table: added, removed (with what became of it), renamed, moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .resolving import Outcome, Resolution
from .tables import Row


@dataclass(frozen=True, slots=True)
class Removed:
    """A code that is gone. `kind`: recoded, renamed, merged, split or abolished."""

    row: Row
    kind: str
    successors: tuple[Row, ...] = ()
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Diff:
    """`renamed` and `moved` are pairs of old and new."""

    added: tuple[Row, ...]
    removed: tuple[Removed, ...]
    renamed: tuple[tuple[Row, Row], ...]
    moved: tuple[tuple[Row, Row], ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.renamed or self.moved)


def diff(old: Iterable[Row], new: Iterable[Row], resolve: Callable[[str], Resolution]) -> Diff:
    """`resolve` says what became of a code between the two states."""
    before, after = {row.code: row for row in old}, {row.code: row for row in new}
    pairs = [(row, after[code]) for code, row in before.items() if code in after]
    renamed = tuple(pair for pair in pairs if pair[0].name != pair[1].name)
    moved = tuple(pair for pair in pairs if pair[0].parent_code != pair[1].parent_code)
    touched = {pair[0].code for pair in (*renamed, *moved)}
    return Diff(
        added=tuple(row for code, row in after.items() if code not in before),
        removed=tuple(_removed([row for code, row in before.items() if code not in after], resolve)),
        renamed=renamed,
        moved=moved,
        unchanged=len(pairs) - len(touched),
    )


def _removed(rows: list[Row], resolve: Callable[[str], Resolution]) -> list[Removed]:
    answers = [(row, resolve(row.code)) for row in rows]
    takers = Counter(end.code for _row, answer in answers for end in answer.ends)
    return [Removed(row, _kind(row, answer, takers), answer.ends, answer.is_certain) for row, answer in answers]


def _kind(row: Row, answer: Resolution, takers: Counter[str]) -> str:
    if not answer.ends or answer.outcome in (Outcome.UNKNOWN, Outcome.NOT_YET):
        return "abolished"
    if len(answer.ends) > 1:
        return "split"
    if takers[answer.ends[0].code] > 1 or any(step.kind == "merged" for step in answer.steps):
        return "merged"
    return "recoded" if answer.ends[0].name == row.name else "renamed"
