"""The small parts of a picture: text that fits, cards, arrows, marks of a state. Pure functions that give SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from zhengtong.kernel.texts import Texts

FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
INK, SOFT, LINE, RULE, PAPER, GROUND = "#14202e", "#45556a", "#8594a8", "#d8e0ea", "#ffffff", "#f5f7fa"


@dataclass(frozen=True, slots=True)
class Tone:
    """How a state looks and what it is called. Colour never stands alone: the word and the mark say it too."""

    word: Texts
    text: str
    line: str
    ground: str
    dashed: bool = False


TONES: dict[str, Tone] = {
    "": Tone({"zh": "", "en": ""}, SOFT, LINE, PAPER),
    "done": Tone({"zh": "已完成", "en": "Done"}, "#11683f", "#58a880", "#e6f5ec"),
    "open": Tone({"zh": "办理中", "en": "In progress"}, "#0b3f86", "#1a63c6", "#e5effb"),
    "waiting": Tone({"zh": "未开始", "en": "Not started"}, SOFT, LINE, PAPER),
    "skipped": Tone({"zh": "不需要", "en": "Not needed"}, "#5d6c80", LINE, GROUND, dashed=True),
}


def element(tag: str, inner: str = "", **attributes: str | float) -> str:
    """`<tag a="b">inner</tag>`; `stroke_width` is written `stroke-width`, `class_` is `class`."""
    named = {key.rstrip("_").replace("_", "-"): _shown(value) for key, value in attributes.items()}
    written = "".join(f" {key}={quoteattr(value)}" for key, value in named.items())
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def width_of(text: str, size: float) -> float:
    """About how wide a text is: a Chinese character is as wide as it is high, others a good half."""
    return sum(size if unicodedata.east_asian_width(c) in "WFA" else size * 0.54 for c in text)


def fit(text: str, size: float, width: float, lines: int) -> list[str]:
    """The text in at most so many lines; what does not fit is cut with an ellipsis (the whole stands in <title>)."""
    rows = [""]
    for piece in _pieces(text):
        if width_of(rows[-1] + piece, size) <= width or not rows[-1]:
            rows[-1] += piece
        else:
            rows.append(piece.lstrip())
    if len(rows) <= lines and all(width_of(row, size) <= width for row in rows):
        return [row.rstrip() for row in rows]
    kept = rows[:lines]
    while kept[-1] and width_of(kept[-1] + "…", size) > width:
        kept[-1] = kept[-1][:-1]
    return [row.rstrip() for row in kept[:-1]] + [kept[-1].rstrip(" ·") + "…"]


def text(rows: Sequence[str], x: float, y: float, *, size: float = 14, fill: str = INK, **more: str | float) -> str:
    """Lines of text, the first one's baseline at y."""
    spans = "".join(element("tspan", escape(row), x=x, dy=0 if n == 0 else size * 1.3) for n, row in enumerate(rows))
    return element("text", spans, x=x, y=y, font_size=size, fill=fill, **more)


def mark(state: str, x: float, y: float) -> str:
    """A round mark of 16: a tick, a dot, a ring, a dash."""
    tone = TONES[state]
    ring = element("circle", cx=x, cy=y, r=8, fill=PAPER, stroke=tone.line, stroke_width=1.5)
    if state == "done":
        disc = element("circle", cx=x, cy=y, r=8, fill=tone.text)
        tick = f"M{x - 3.6:g} {y + 0.2:g}l2.6 2.7 4.8-5.4"
        return disc + element("path", d=tick, fill="none", stroke=PAPER, stroke_width=1.8, stroke_linecap="round")
    if state == "open":
        return ring + element("circle", cx=x, cy=y, r=4.2, fill=tone.line)
    if state == "skipped":
        return ring + element("path", d=f"M{x - 3.5:g} {y:g}h7", stroke=tone.text, stroke_width=1.8)
    return ring


def arrow(points: Sequence[tuple[float, float]], *, dashed: bool = False, done: bool = False) -> str:
    """A line with round corners and a head at its end. `points` run at right angles."""
    stroke = TONES["done"].line if done else LINE
    x2, y2 = points[-1]
    across = x2 > points[-2][0]
    head = f"M{x2 - 7:g} {y2 - 4:g}L{x2:g} {y2:g}l-7 4z" if across else f"M{x2 - 4:g} {y2 - 7:g}L{x2:g} {y2:g}l4-7z"
    short = (x2 - 6, y2) if across else (x2, y2 - 6)
    dash = {"stroke_dasharray": "4 4"} if dashed else {}
    line = _rounded([*points[:-1], short])
    path = element("path", d=line, fill="none", stroke=stroke, stroke_width=1.6, class_="flow__way", **dash)
    return path + element("path", d=head, fill=stroke)


def box(x: float, y: float, width: float, height: float, state: str) -> str:
    """The ground of a card."""
    tone = TONES[state]
    dash = {"stroke_dasharray": "5 4"} if tone.dashed else {}
    return element(
        "rect", x=x, y=y, width=width, height=height, rx=10, fill=tone.ground, stroke=tone.line,
        stroke_width=2 if state == "open" else 1.2, **dash,
    )  # fmt: skip


def step_class(state: str) -> str:
    return f"flow__step flow__step--{state or 'plan'}"


def _shown(value: str | float) -> str:
    return format(value, "g") if isinstance(value, float) else str(value)


def _pieces(words: str) -> list[str]:
    """Where a line may break: between words, and beside any Chinese character."""
    pieces: list[str] = []
    for character in words:
        wide = unicodedata.east_asian_width(character) in "WF"
        if not pieces or wide or pieces[-1][-1:] == " " or unicodedata.east_asian_width(pieces[-1][-1]) in "WF":
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


def _rounded(points: Sequence[tuple[float, float]], radius: float = 8) -> str:
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        path += f"L{start[0]:g} {start[1]:g}Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}"
    return path + f"L{points[-1][0]:g} {points[-1][1]:g}"


def _towards(corner: tuple[float, float], other: tuple[float, float], radius: float) -> tuple[float, float]:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx), abs(dy)) or 1
    share = min(radius, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share
