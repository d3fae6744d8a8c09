"""What a person sees while something takes time."""

from __future__ import annotations

import os
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
    """Where nobody listens any more (a closed terminal, `| head`) nothing is said, and whoever speaks goes on."""
    name = "stderr" if _aside else "stdout"
    try:
        stream = getattr(sys, name)
        stream.write(text + end)
        stream.flush()
    except (OSError, ValueError):
        setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115


def step_aside(aside: bool) -> None:
    """From now on speak on the error output: the standard output belongs to a program that reads JSON."""
    global _aside  # noqa: PLW0603
    _aside = aside
