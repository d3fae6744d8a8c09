"""The same seed makes the same bytes: in another process, in other steps, for more people."""

import hashlib
import io
import subprocess
import sys

import polars as pl
import pytest

from zhengtong.resources.registers.synth.sources import REGISTERS, stream
from zhengtong.resources.registers.synth.spec import Spec
from zhengtong.resources.registers.synth.world import World
from zhengtong.resources.registers.synth.writing import write_stream

pytestmark = pytest.mark.once

FEW = Spec(people=3000, seed=42)
MANY = Spec(people=40_000, seed=42, faults=0.02)  # three pages


def digest(spec: Spec, register: str, form: str = "csv") -> str:
    out, truth = io.BytesIO(), io.BytesIO()
    write_stream(spec, register, form, out, truth)
    return hashlib.sha256(out.getvalue() + truth.getvalue()).hexdigest()


def test_another_process_makes_the_same_bytes() -> None:
    """Hashes of Python's own differ from process to process; ours may not."""
    command = [sys.executable, "-m", "zhengtong", "synth", "--people", "3000", "--seed", "42"]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    here = io.BytesIO()
    write_stream(FEW, "population", "csv", here)
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(here.getvalue()).hexdigest()


def test_each_register_repeats_itself_and_follows_the_seed() -> None:
    for register in REGISTERS:
        first = digest(FEW, register)
        assert first == digest(FEW, register)
        assert first != digest(Spec(people=3000, seed=43), register)


def test_how_much_is_made_at_once_changes_nothing() -> None:
    for register in REGISTERS:
        runs = [list(stream(World(MANY), (register,), step)) for step in (1, 3)]
        one, three = (pl.concat([page.rows for page in run]) for run in runs)
        assert one.equals(three)
        assert pl.concat([p.truth for p in runs[0]]).equals(pl.concat([p.truth for p in runs[1]]))


def test_more_people_leave_the_first_as_they_were() -> None:
    few, many = (
        pl.concat([p.rows for p in stream(World(Spec(people=n, seed=3, faults=0)), ("population",))])
        for n in (8000, 16_000)
    )
    assert many.head(8000).equals(few)


def test_registers_made_together_are_those_made_alone() -> None:
    together = {name: [] for name in REGISTERS}
    for page in stream(World(FEW)):
        together[page.register].append(page.rows)
    for register in REGISTERS:
        alone = pl.concat([page.rows for page in stream(World(FEW), (register,))])
        assert pl.concat(together[register]).equals(alone)
