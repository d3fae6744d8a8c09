"""Who waits on whom, as bars. Positions are percentages: the drawing fits a phone without any script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhengtong.kernel.texts import Texts


@dataclass(frozen=True, slots=True)
class BarRow:
    """One review: its bar, and whose end it waits for."""

    title: Texts
    authority: str
    days: int
    start: int
    end: int
    left: str
    width: str
    waits_for: tuple[Texts, ...]
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """联办 above, 分办 below, on one scale of working days."""

    joint: list[BarRow]
    alone: list[BarRow]
    scale: int
    ticks: list[tuple[int, str]]


def draw(comparison: Any, authorities: Mapping[str, str]) -> Chart:
    """The chart of a comparison. `authorities`: names by the package's keys."""
    scale = max(comparison.alone_days, comparison.joint_days, 1)
    titles = {bar.key: bar.title for bar in comparison.bars}
    joint = [
        BarRow(
            bar.title, authorities.get(bar.authority, bar.authority), bar.days, bar.start, bar.end,
            _percent(bar.start, scale), _percent(bar.days, scale),
            tuple(titles[key] for key in bar.waits_for if key in titles), bar.is_critical,
        )
        for bar in comparison.bars
    ]  # fmt: skip
    alone = [
        BarRow(
            bar.alone_title, authorities.get(bar.authority, bar.authority), bar.alone_days, bar.alone_start,
            bar.alone_end, _percent(bar.alone_start, scale), _percent(bar.alone_days, scale), (), False,
        )
        for bar in comparison.bars
    ]  # fmt: skip
    return Chart(joint, alone, scale, [(day, _percent(day, scale)) for day in _ticks(scale)])


def _percent(days: int, scale: int) -> str:
    return f"{100 * days / scale:.2f}%"


def _ticks(scale: int) -> Iterable[int]:
    step = next((s for s in (1, 2, 5, 10, 20, 50) if scale / s <= 6), 100)
    return range(step, scale + 1, step)
