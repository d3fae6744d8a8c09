"""What a person sees while something takes time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_aside = False


@contextmanager
def step(title: str, *, lines: bool = False) -> Iterator[None]:
    """Name a step when it begins and its seconds when it ends; `lines` where the step prints lines of its own."""
    say(f"  {title} …", end="\n" if lines else "")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"  {title}: {time.monotonic() - begun:.1f} s" if lines else f" {time.monotonic() - begun:.1f} s")


def say(text: str, end: str = "\n") -> None:
    stream = sys.stderr if _aside else sys.stdout
    stream.write(text + end)
    stream.flush()


def step_aside(aside: bool) -> None:
    """From now on speak on the error output: the standard output belongs to a program that reads JSON."""
    global _aside  # noqa: PLW0603
    _aside = aside
