"""The wide picture: a lane for each authority, time from left to right."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..rules.picture import DrawnStep
from . import marks
from .marks import GROUND, PAPER, RULE, SOFT, element
from .words import Scene

NAME, CARD, GAP, HEIGHT, ROW, EVENT = 140, 182, 56, 90, 112, 96
Rows = dict[str, int]


def draw(scene: Scene) -> tuple[float, float, str]:
    """Width, height and contents."""
    picture, (rows, lanes) = scene.picture, _rows(scene)
    width = NAME + 2 * EVENT + picture.ranks * CARD + (picture.ranks - 1) * GAP
    parts = [_lane(scene, lanes, number, width) for number in range(len(picture.lanes))]
    parts += [_ways(scene, step, rows) for step in picture.steps]
    parts += [_event(scene, "start", rows), _event(scene, "end", rows)]
    parts += [_card(scene, step, _x(step.rank), _y(rows[step.key]) - HEIGHT / 2) for step in picture.steps]
    return width, sum(lanes) * ROW, "".join(parts)


def _rows(scene: Scene) -> tuple[Rows, list[int]]:
    """The row of each step, and how many rows each lane has.

    The first row of the leading lane holds the first and the last step. A review of that lane stands between them when
    nothing else can cross the row; otherwise every review has a row of its own.
    """
    rows: Rows = {}
    lanes: list[int] = []
    ends = (0, scene.picture.ranks - 1)
    for lane in scene.picture.lanes:
        top, mine = sum(lanes), [step for step in scene.picture.steps if step.lane == lane]
        at_ends = [step.key for step in mine if step.rank in ends]
        reviews = [step.key for step in mine if step.rank not in ends]
        apart = int(bool(at_ends) and scene.picture.ranks > 3)
        rows |= dict.fromkeys(at_ends, top) | {key: top + apart + n for n, key in enumerate(reviews)}
        lanes.append(max(1, len(reviews) + apart))
    return rows, lanes


def _x(rank: int) -> float:
    return NAME + EVENT + rank * (CARD + GAP)


def _y(row: int) -> float:
    return row * ROW + ROW / 2


def _lane(scene: Scene, lanes: list[int], number: int, width: float) -> str:
    top, height = sum(lanes[:number]) * ROW, lanes[number] * ROW
    ground = element("rect", x=0, y=top, width=width, height=height, fill=PAPER if number % 2 else GROUND)
    rule = element("path", d=f"M0 {top:g}H{width:g}", stroke=RULE) if number else ""
    rows = marks.fit(scene.name(scene.picture.lanes[number]), 13, NAME - 22, 5)
    return ground + rule + marks.text(rows, 16, top + height / 2 - (len(rows) - 1) * 8.5 + 5, size=13, font_weight=600)


def _card(scene: Scene, step: DrawnStep, x: float, y: float) -> str:
    state, name = scene.state(step), scene.name(step)
    title, facts = marks.fit(name, 15, CARD - 28, 2), scene.facts(step)
    rows = marks.fit(facts, 12.5, CARD - 28, 1 if state else 2) if facts else []
    lines = len(title) * 19.5 + len(rows) * 16.5 + (20 if state else 0)
    at = y + (HEIGHT - lines) / 2 + 15
    parts = [marks.text(title, x + 14, at, size=15, font_weight=600, fill=scene.ink(step))]
    at += len(title) * 19.5
    parts.append(marks.text(rows, x + 14, at, size=12.5, fill=SOFT) if rows else "")
    if state:
        at += len(rows) * 16.5 + 4
        parts.append(marks.mark(state, x + 22, at - 4.5))
        parts.append(marks.text([scene.word(step)], x + 36, at, size=12.5, fill=scene.tone(step).text, font_weight=600))
    whole = element("title", escape(f"{name} · {scene.name(step.lane)}"))
    return element("g", whole + marks.box(x, y, CARD, HEIGHT, state) + "".join(parts), class_=marks.step_class(state))


def _event(scene: Scene, which: str, rows: Rows) -> str:
    """The round start or end, with its word below."""
    is_start = which == "start"
    step = scene.picture.steps[0 if is_start else -1]
    y, edge = _y(rows[step.key]), _x(step.rank) + CARD
    x = NAME + 36 if is_start else edge + EVENT - 36
    ring = element("circle", cx=x, cy=y, r=13, fill=PAPER, stroke=SOFT, stroke_width=1.6 if is_start else 4)
    word = marks.fit(scene.say(which), 12.5, EVENT - 10, 1)
    told = marks.text(word, x, y + 33, size=12.5, fill=SOFT, text_anchor="middle")
    return marks.arrow([(x + 13, y), (_x(0), y)] if is_start else [(edge, y), (x - 15, y)]) + ring + told


def _ways(scene: Scene, step: DrawnStep, rows: Rows) -> str:
    """The arrows into a step: along the source's row, down or up beside a column, and in along its own row."""
    parts = []
    for before in (one for one in scene.picture.steps if one.key in step.after):
        start, end = (_x(before.rank) + CARD, _y(rows[before.key])), (_x(step.rank), _y(rows[step.key]))
        is_last = step.rank == scene.picture.ranks - 1
        bend = end[0] - GAP / 2 if is_last else start[0] + GAP / 2
        points = [start, end] if start[1] == end[1] else [start, (bend, start[1]), (bend, end[1]), end]
        from_, to = scene.state(before), scene.state(step)
        parts.append(
            marks.arrow(points, dashed="skipped" in (from_, to), done=from_ == "done" and to in ("done", "open"))
        )
    return "".join(parts)
