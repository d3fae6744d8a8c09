"""The search that forgives slips, through the service with its log: people of the register, most with a slip."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from .measuring import Round

ASKED, WARM = 400, 20


def measure(actor: Any, people: Sequence[tuple[str, date, str]]) -> tuple[Round, list[str]]:
    """`people`: name, day of birth, division of people that the register holds. Whoever is not found is an error."""
    draw, done, errors = random.Random(7), Round(0.0), []
    for number in range(ASKED + WARM):
        name, born, division = draw.choice(people)
        asked = _slipped(name, born, draw)
        begun = time.perf_counter()
        found = _seek(actor, *asked, division)
        taken = time.perf_counter() - begun
        if not found.records:
            errors.append(f"fuzzy: nobody for {asked}, who is {name}, {born}")
        if number >= WARM:
            done.latencies.append(taken)
            done.seconds += taken
    done.errors = len(errors)
    return done, errors[:5]


def _slipped(name: str, born: date, draw: random.Random) -> tuple[str, date]:
    """As it is; with a wrong last character; with a wrong digit of the year; day and month swapped."""
    kind = draw.randrange(4)
    if kind == 1:
        return name[:-1] + chr(0x4E00 + draw.randrange(9000)), born
    if kind == 2 and (born.month, born.day) != (2, 29):
        return name, born.replace(year=born.year + (1 if born.year % 10 < 9 else -1))
    if kind == 3 and born.day <= 12:
        return name, born.replace(month=born.day, day=born.month)
    return name, born


def _seek(actor: Any, name: str, born: date, division: str) -> Any:
    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers import queries, services

    terms = {"name": name, "birth_date": born.isoformat(), "division": division}
    purpose = queries.purpose_of("licensing", "bench")
    return services.seek_records(actor=actor, register="population", terms=terms, purpose=purpose, at=now())
