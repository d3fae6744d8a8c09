"""Small counts are suppressed, and others with them, so that none can be computed from what is shown. Pure.

A table has its inner cells and every total: a cell is a place on each axis, or TOTAL. Counts from 1 to below the
threshold are suppressed; zeros are shown. For each such cell a *cube* is sought: a second place (or the total) on every
axis; its corners are suppressed, too. Adding 1 at the cell and, along each axis, taking 1 at the other corner (adding
it where that is a total) gives another table with the same shown cells, whole numbers, and every suppressed cell at
least 1. So nobody can tell the two apart, whoever knows the rules. That is the hypercube method (R. D. Repsilber, 1994;
statistical offices use it as GHMITER), here with positive corners only. Where no cube fits, everything that is not zero
is suppressed: then twice the table is another one.

What it does not hide: a sum of several small cells that a total gives away; the difference of two editions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

TOTAL = -1
Place = tuple[int, ...]
Table = Mapping[Place, int]
LEAST = 2  # what a corner from which 1 is taken must have, so that it stays at least 1
MOST_PARTNERS = 12  # places tried on an axis: the cheapest ones and the total


def with_totals(inner: Table, sizes: Sequence[int]) -> dict[Place, int]:
    """Every cell of the table with every total; what is not in `inner` is 0."""
    table = dict.fromkeys(product(*[[*range(size), TOTAL] for size in sizes]), 0)
    for place, count in inner.items():
        for told in product(*[(part, TOTAL) for part in place]):
            table[told] += count
    return table


def suppressed(table: Table, sizes: Sequence[int], threshold: int) -> set[Place]:
    """The cells not to be shown: the small ones and those that would give them away."""
    hidden = {place for place, count in table.items() if 0 < count < threshold}
    for place in sorted(hidden, key=lambda one: (-table[one], one)):
        cube = _cheapest(table, sizes, place, hidden)
        if cube is None:
            return {one for one, count in table.items() if count}
        hidden |= set(cube)
    return hidden


def _cheapest(table: Table, sizes: Sequence[int], place: Place, hidden: set[Place]) -> list[Place] | None:
    """The corners of the cube that costs least: the counts it would hide beside those hidden already."""
    best, least = None, -1
    for other in product(*_partners(table, sizes, place, hidden)):
        corners = list(product(*zip(place, other, strict=True)))
        if not _fits(table, place, corners):
            continue
        cost = sum(table[corner] for corner in corners if corner not in hidden)
        if best is None or cost < least:
            best, least = corners, cost
            if not cost:
                break
    return best


def _partners(table: Table, sizes: Sequence[int], place: Place, hidden: set[Place]) -> Iterator[list[int]]:
    """On each axis the places that may stand opposite: hidden ones first, then small ones, the total last."""
    for axis, size in enumerate(sizes):
        found = []
        for other in (*range(size), TOTAL):
            beside = (*place[:axis], other, *place[axis + 1 :])
            if other != place[axis] and table[beside]:
                found.append((other == TOTAL, beside not in hidden, table[beside], other))
        found.sort()
        yield [one[-1] for one in (found if len(found) <= MOST_PARTNERS else [*found[: MOST_PARTNERS - 1], found[-1]])]


def _fits(table: Table, place: Place, corners: Sequence[Place]) -> bool:
    """Every corner has something, and those from which 1 is taken keep something."""
    return all(table[corner] >= (LEAST if shift(place, corner) < 0 else 1) for corner in corners)


def shift(place: Place, corner: Place) -> int:
    """What another table has more at this corner when the cell has 1 more: 1 or -1."""
    sign = 1
    for own, other in zip(place, corner, strict=True):
        if own != other and TOTAL not in (own, other):
            sign = -sign
    return sign
