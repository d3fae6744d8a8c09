"""The narrow picture: steps below each other on a rail, those of the same time in one frame."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..rules.picture import DrawnStep
from . import marks
from .marks import GROUND, LINE, PAPER, RULE, SOFT, element
from .words import Scene

WIDTH, RAIL, LEFT, EVENT, HEAD, APART = 340, 20, 44, 44, 34, 12


def draw(scene: Scene) -> tuple[float, float, str]:
    """Width, height and contents."""
    parts, y = [_event(scene, "start", 0)], float(EVENT)
    for rank in range(scene.picture.ranks):
        drawn, y = _group(scene, scene.picture.of_rank(rank), y)
        parts.append(drawn)
    parts.append(_event(scene, "end", y))
    rail = element("path", d=f"M{RAIL} {EVENT / 2:g}V{y + EVENT / 2:g}", stroke=LINE, stroke_width=1.6)
    return WIDTH, y + EVENT, rail + "".join(parts)


def _group(scene: Scene, steps: list[DrawnStep], y: float) -> tuple[str, float]:
    """Steps of one time: one card, or a frame around several. Gives where the next one begins."""
    if len(steps) == 1:
        card, height = _card(scene, steps[0], y)
        return card, y + height + APART
    head = marks.text([scene.say("together", n=len(steps))], LEFT + 2, y + 22, size=13, fill=SOFT, font_weight=600)
    cards, bottom = [], y + HEAD
    for step in steps:
        card, height = _card(scene, step, bottom)
        cards.append(card)
        bottom += height + APART
    frame = element(
        "rect", x=LEFT - 10, y=y, width=WIDTH - LEFT + 9, height=bottom - y, rx=12, fill=GROUND, stroke=RULE
    )
    return frame + head + "".join(cards), bottom + APART


def _card(scene: Scene, step: DrawnStep, y: float) -> tuple[str, float]:
    state, name, word = scene.state(step), scene.name(step), scene.word(step)
    width, tone = WIDTH - LEFT - 10, scene.tone(step)
    title = marks.fit(name, 15, width - 28 - (marks.width_of(word, 12.5) + 12 if word else 0), 2)
    rows = [
        row
        for text in (scene.name(step.lane), scene.facts(step))
        if text
        for row in marks.fit(text, 12.5, width - 28, 2)
    ]
    height = 20 + len(title) * 19.5 + len(rows) * 17
    parts = [marks.text(title, LEFT + 14, y + 25, size=15, font_weight=600, fill=scene.ink(step))]
    if rows:
        parts.append(marks.text(rows, LEFT + 14, y + 26 + len(title) * 19.5, size=12.5, fill=SOFT))
    if word:
        place = {"size": 12.5, "fill": tone.text, "font_weight": 600, "text_anchor": "end"}
        parts.append(marks.text([word], LEFT + width - 12, y + 25, **place))  # type: ignore[arg-type]
    whole = element("title", escape(f"{name} · {scene.name(step.lane)}")) + marks.box(LEFT, y, width, height, state)
    drawn = whole + "".join(parts) + marks.mark(state, RAIL, y + height / 2)
    return element("g", drawn, class_=marks.step_class(state)), height


def _event(scene: Scene, which: str, y: float) -> str:
    middle, weight = y + EVENT / 2, 1.6 if which == "start" else 3.5
    ring = element("circle", cx=RAIL, cy=middle, r=8, fill=PAPER, stroke=SOFT, stroke_width=weight)
    return ring + marks.text([scene.say(which)], LEFT, middle + 5, size=13.5, fill=SOFT)
