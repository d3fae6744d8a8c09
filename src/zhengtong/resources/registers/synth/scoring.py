"""How good a detector is: what it found against the truth, kind by kind.

A finding is a register, a record (or row) and a kind. A finding on a record that has another fault counts neither
way: one wrong digit may be noticed as a wrong date as well. Duplicates are pairs of records, in either order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from fractions import Fraction

PAIRED = ("duplicate-", "same-number", "parcel-overlap")


@dataclass(frozen=True, slots=True)
class Score:
    """`found` of `injected` faults; `wrong` findings where the truth knows of nothing. Rates are 1 where there was
    nothing to do.
    """

    injected: int
    found: int
    wrong: int

    @property
    def recall(self) -> float:
        return float(Fraction(self.found, self.injected)) if self.injected else 1.0

    @property
    def precision(self) -> float:
        claimed = self.found + self.wrong
        return float(Fraction(self.found, claimed)) if claimed else 1.0

    def as_json(self) -> dict[str, float]:
        return {
            "injected": self.injected, "found": self.found, "wrong": self.wrong,
            "recall": round(self.recall, 6), "precision": round(self.precision, 6),
        }  # fmt: skip


def score_values(truth: Iterable[tuple[str, str]], found: Iterable[tuple[str, str]]) -> dict[str, Score]:
    """Truth and findings as (record, kind), record in any form that names it on both sides → kind → score."""
    injected, claimed = _by_kind(truth), _by_kind(found)
    troubled = set().union(*injected.values()) if injected else set()
    return {
        kind: Score(
            len(injected[kind]), len(injected[kind] & claimed[kind]), len(claimed[kind] - injected[kind] - troubled)
        )
        for kind in sorted(injected.keys() | claimed.keys())
    }


def _by_kind(pairs: Iterable[tuple[str, str]]) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for record, kind in pairs:
        found[kind].add(record)
    return found


def score_any(troubled: Set[str], found: Iterable[str]) -> Score:
    """Whether a record is noticed as faulty at all, whatever the kind said."""
    claimed = set(found)
    return Score(len(troubled), len(claimed & troubled), len(claimed - troubled))


def score_pairs(truth: Iterable[tuple[str, str]], found: Iterable[tuple[str, str]]) -> Score:
    """Pairs of records that are one; the order within a pair does not matter."""
    real, claimed = ({frozenset(pair) for pair in pairs} for pairs in (truth, found))
    return Score(len(real), len(real & claimed), len(claimed - real))


def is_paired(kind: str) -> bool:
    """Whether the truth of this kind names a partner that belongs to the finding."""
    return kind.startswith(PAIRED)


__all__ = ["PAIRED", "Score", "is_paired", "score_any", "score_pairs", "score_values"]
