"""Nothing that is suppressed can be computed from what is shown: tried as an adversary would."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from ..quality.suppression import TOTAL, Place, Table, suppressed, with_totals

SMALL = st.one_of(st.just(0), st.integers(1, 7), st.integers(5, 400))


@st.composite
def tables(draw, axes: int) -> tuple[dict[Place, int], list[int]]:
    sizes = [draw(st.integers(1, 4 if axes == 2 else 3)) for _ in range(axes)]
    inner = {place: draw(SMALL) for place in product(*[range(size) for size in sizes])}
    return with_totals(inner, sizes), sizes


def equations(sizes: list[int], unknown: list[Place], table: Table) -> tuple[list[list[Fraction]], list[int]]:
    """What an adversary knows: along every axis the inner cells add up to the total. Rows over the unknown cells,
    and what the shown ones leave for them."""
    column = {place: number for number, place in enumerate(unknown)}
    rows, rest = [], []
    for axis, size in enumerate(sizes):
        others = [[*range(n), TOTAL] for n in (*sizes[:axis], *sizes[axis + 1 :])]
        for fixed in product(*others):
            line = [
                ((*fixed[:axis], part, *fixed[axis:]), 1 if part != TOTAL else -1) for part in (*range(size), TOTAL)
            ]
            row, left = [Fraction(0)] * len(unknown), 0
            for place, sign in line:
                if place in column:
                    row[column[place]] += sign
                else:
                    left -= sign * table[place]
            if any(row):
                rows.append(row)
                rest.append(left)
    return rows, rest


def determined(rows: list[list[Fraction]], count: int) -> set[int]:
    """Unknowns that the equations fix: exact elimination; a row with one pivot and nothing else fixes it."""
    rows, pivots, top = [list(row) for row in rows], [], 0
    for column in range(count):
        found = next((n for n in range(top, len(rows)) if rows[n][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        rows[top] = [value / rows[top][column] for value in rows[top]]
        for n in range(len(rows)):
            if n != top and rows[n][column]:
                factor = rows[n][column]
                rows[n] = [a - factor * b for a, b in zip(rows[n], rows[top], strict=True)]
        pivots.append(column)
        top += 1
    return {c for c, row in zip(pivots, rows, strict=False) if sum(1 for value in row if value) == 1}


def attack(table: Table, sizes: list[int], hidden: set[Place]) -> set[Place]:
    unknown = sorted(hidden)
    rows, _rest = equations(sizes, unknown, table)
    return {unknown[n] for n in determined(rows, len(unknown))}


@settings(max_examples=300, deadline=None)
@given(tables(2))
def test_no_suppressed_cell_of_a_table_follows_from_the_shown_ones(made) -> None:
    table, sizes = made
    hidden = suppressed(table, sizes, 5)
    assert {place for place, count in table.items() if 0 < count < 5} <= hidden
    assert all(table[place] for place in hidden), "a zero is never suppressed"
    assert not attack(table, sizes, hidden)


@settings(max_examples=150, deadline=None)
@given(tables(3))
def test_nor_of_a_table_with_three_axes(made) -> None:
    table, sizes = made
    assert not attack(table, sizes, suppressed(table, sizes, 5))


@settings(max_examples=150, deadline=None)
@given(tables(2))
def test_whole_numbers_of_at_least_one_give_nothing_away_either(made) -> None:
    """Whoever knows that suppressed counts are whole and not zero finds another table for every one of them."""
    table, sizes = made
    hidden = suppressed(table, sizes, 5)
    unknown = sorted(hidden)
    rows, rest = equations(sizes, unknown, table)
    for place in hidden:
        other = another(table, sizes, place, hidden)
        assert other[place] != table[place]
        assert all(other[one] == table[one] for one in table if one not in hidden)
        assert all(other[one] >= 1 for one in hidden)
        values = [other[one] for one in unknown]
        assert all(sum(a * b for a, b in zip(row, values, strict=True)) == left
                   for row, left in zip(rows, rest, strict=True))  # fmt: skip


def another(table: Table, sizes: list[int], place: Place, hidden: set[Place]) -> dict[Place, int]:
    """A table an adversary may think of, with another count at `place`: found by trying every cube of hidden cells, in
    both directions; or everything twice, where all that is not zero is hidden."""
    if all(one in hidden for one, count in table.items() if count):
        return {one: 2 * count for one, count in table.items()}
    choices = [
        [other for other in (*range(size), TOTAL) if other != own] for own, size in zip(place, sizes, strict=True)
    ]
    for opposite in product(*choices):
        corners = {corner: 1 for corner in product(*zip(place, opposite, strict=True))}
        for corner in corners:
            for own, other in zip(place, corner, strict=True):
                corners[corner] *= -1 if own != other and TOTAL not in (own, other) else 1
        for step in (1, -1):
            if all(c in hidden and table[c] + step * sign >= 1 for c, sign in corners.items()):
                return {**table, **{c: table[c] + step * sign for c, sign in corners.items()}}
    raise AssertionError(f"{place} can be computed")


def test_the_attack_works_where_nothing_is_done() -> None:
    """The tests above can fail: only the small cell is suppressed, and the row gives it away."""
    table = with_totals({(0, 0): 3, (0, 1): 40, (1, 0): 50, (1, 1): 60}, [2, 2])
    assert attack(table, [2, 2], {(0, 0)}) == {(0, 0)}
    assert suppressed(table, [2, 2], 5) > {(0, 0)}


def test_a_bridge_between_two_blocks_is_no_way_out() -> None:
    """Every row and column has two suppressed cells or more, and one cell could still be computed by adding up."""
    inner = {(row, column): 100 for row in range(4) for column in range(4)}
    block = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)}
    table = with_totals(inner, [4, 4])
    assert attack(table, [4, 4], block | {(0, 2)}) == {(0, 2)}


def test_a_table_of_one_person_shows_nothing() -> None:
    table = with_totals({(0, 0): 1}, [2, 2])
    assert suppressed(table, [2, 2], 5) == {(0, 0), (0, TOTAL), (TOTAL, 0), (TOTAL, TOTAL)}


def test_large_counts_are_all_shown() -> None:
    table = with_totals({place: 10 for place in product(range(3), range(3))}, [3, 3])
    assert suppressed(table, [3, 3], 5) == set()
