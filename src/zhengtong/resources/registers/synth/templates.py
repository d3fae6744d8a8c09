"""The shapes of clans: sixteen people, who is whose partner and child, who lives with whom.

A slot reads `F@household:low-high` (the elder of a founding couple, his age in years), `P<slot>@household` (partner
of that slot), `C<slot>.<order>@household` (child of the couple whose first is that slot), `S<sex>@household` (a
single). Families of one template use five lanes of serials; those who share a lane and sex are siblings or
generations apart, so their days of birth differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from zhengtong.resources.registers.synth.draws import Whole

LANES = 5
YOUNGEST_MOTHER, FATHER_SPREAD = 6760, 1830  # days: 18.5 years; the wife is at most five years younger
FIRST_BIRTH = 7300  # a first child is drawn from 20 years on, and never pressed below YOUNGEST_MOTHER

# template: weight of 100, slots, lanes by family (first slot of the couple; S: singles)
SHAPES: tuple[tuple[int, str, dict[str, int]], ...] = (
    (16, "F@0:60-92 P0@0 C0.0@2 P2@2 C2.0@2 C2.1@2 C0.1@6 P6@6 C6.0@6 C0.2@9 "
     "P9@9 C9.0@9 C9.1@9 C0.3@13 S1@14 S2@15",
     {"0": 0, "2": 1, "6": 2, "9": 3, "S": 4}),
    (26, "F@0:76-102 P0@0 C0.0@2 P2@2 C2.0@4 P4@4 C4.0@4 C2.1@7 P7@7 C7.0@7 "
     "C7.1@7 C0.1@11 P11@11 C11.0@11 S1@14 S2@15",
     {"0": 0, "2": 1, "4": 0, "7": 2, "11": 3, "S": 4}),
    (24, "F@0:27-50 P0@0 C0.0@0 C0.1@0 F@4:25-44 P4@4 C4.0@4 F@7:44-72 "
     "P7@7 C7.0@7 C7.1@7 C7.2@7 F@12:50-84 P12@12 S1@14 S2@15",
     {"0": 0, "4": 1, "7": 2, "12": 3, "S": 4}),
    (34, "F@0:53-82 P0@0 C0.0@0 P2@0 C2.0@0 C2.1@0 C0.1@6 P6@6 C6.0@6 F@9:44-74 "
     "P9@9 C9.0@9 F@12:28-48 P12@12 C12.0@12 C12.1@12",
     {"0": 0, "2": 1, "6": 2, "9": 3, "12": 4}),
)  # fmt: skip
_SLOT = re.compile(r"([FPCS])(\d*)(?:\.(\d))?@(\d+)(?::(\d+)-(\d+))?")


@dataclass(frozen=True, slots=True)
class Slot:
    """`ref`: partner or first of the parents; `needs`: least age in days, so that all who come after are born."""

    kind: str
    ref: int
    order: int
    household: int
    ages: tuple[int, int]
    lane: int
    relation: str
    needs: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    slots: tuple[Slot, ...]


def templates(modulus: int) -> list[Template]:
    """Every shape, its least ages reckoned for births rounded down to residues of `modulus` days."""
    return [Template(_with_needs(_read(text, lanes), modulus)) for _, text, lanes in SHAPES]


def weights() -> list[int]:
    return [weight for weight, _, _ in SHAPES]


def spacing(modulus: int) -> int:
    """Least days between siblings."""
    return max(400, modulus + 40)


def _read(text: str, lanes: dict[str, int]) -> list[Slot]:
    slots: list[Slot] = []
    for position, word in enumerate(text.split()):
        kind, ref, order, household, low, high = _SLOT.fullmatch(word).groups()  # type: ignore[union-attr]
        family = {"F": str(position), "S": "S"}.get(kind, ref)
        ages = (int(low) * 365, int(high) * 365) if low else (0, 0)
        slot = Slot(kind, int(ref or 0), int(order or 0), int(household), ages, lanes[family], "head")
        slots.append(replace(slot, relation=_relation(slot, position)))
    return slots


def _relation(slot: Slot, position: int) -> str:
    """How the slot stands to the couple whose household it is."""
    if slot.household == position:
        return "head"
    if slot.kind == "P":
        return "spouse" if slot.ref == slot.household else "in-law"
    return "child" if slot.ref == slot.household else "grandchild"


def _with_needs(slots: list[Slot], modulus: int) -> tuple[Slot, ...]:
    done = list(slots)
    for position in reversed(range(len(slots))):
        slot = slots[position]
        if slot.kind == "P":
            continue
        children = [k for k, s in enumerate(slots) if s.kind == "C" and s.ref == position]
        paired = any(s.kind == "P" and s.ref == position for s in slots)
        least = max((_needs_of_mother(done[k], modulus) for k in children), default=YOUNGEST_MOTHER)
        needs = least + FATHER_SPREAD + modulus if paired else 10
        later = [k for k, s in enumerate(slots) if s.kind == "C" and s.ref == slot.ref and s.order == slot.order + 1]
        if slot.kind == "C" and later:
            needs = max(needs, done[later[0]].needs + spacing(modulus))
        done[position] = replace(slot, needs=needs)
    return tuple(done)


def _needs_of_mother(child: Slot, modulus: int) -> int:
    return child.needs + YOUNGEST_MOTHER + modulus + child.order * spacing(modulus)


def household_slots(shapes: list[Template]) -> Whole:
    """[template, slot] → first slot of its household."""
    return np.array([[slot.household for slot in shape.slots] for shape in shapes])
