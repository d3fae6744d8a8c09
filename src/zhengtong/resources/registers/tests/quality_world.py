"""A small synthetic province in the registers, with its injected faults and the truth about them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from zhengtong.resources.standards import services as standards

from .. import services, synth
from .factories import authority

DAY = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
AUTHORITIES = {
    "population": ("public-security", "civil-affairs", "education", "health"),
    "addresses": ("public-security", "civil-affairs"), "legal-entities": ("market-regulation",),
    "parcels": ("natural-resources",), "places": ("civil-affairs",), "food-operators": ("market-regulation",),
}  # fmt: skip
NAMES = {
    "legal-entities": {"kind": "entity_type", "address_text": "address", "industry": "industry_code",
                       "established_on": "established_date", "ended_on": "ended_date", "division": "division_code"},
    "food-operators": {"valid_from": "valid_since", "valid_to": "valid_until"},
}  # fmt: skip
STATUSES = {"active": "operating", "cancelled": "deregistered", "revoked": "revoked"}
Truth = dict[tuple[str, str], set[str]]


def settle(folder: Path, *, people: int = 2000, seed: int = 7, faults: float = 0.2) -> Truth:
    """Load every register; what a load refuses stays outside. Gives (register, kind) → keys of faulty records."""
    standards.load_code_tables()
    rows: dict[str, list[pl.DataFrame]] = defaultdict(list)
    truth: Truth = defaultdict(set)
    for page in synth.stream(synth.World(synth.Spec(people=people, seed=seed, day=DAY, faults=faults))):
        rows[page.register].append(page.rows)
        for told in page.truth.iter_rows(named=True):
            truth[told["register"], told["kind"]].add(told["record"])
    for register, pages in rows.items():
        _load(folder, register, pl.concat(pages))
    return truth


def _load(folder: Path, register: str, rows: pl.DataFrame) -> None:
    rows = rows.rename(NAMES.get(register, {}))
    if register == "legal-entities":
        rows = rows.with_columns(status=pl.col("status").replace(STATUSES))
    path = folder / f"{register}.csv"
    rows.write_csv(path)
    services.load(
        actor=authority(*AUTHORITIES[register]), register=register, source=services.open_source(str(path)),
        options=services.Options(outcome=folder / f"{register}.outcome.csv"), clock=lambda: AT,
    )  # fmt: skip
