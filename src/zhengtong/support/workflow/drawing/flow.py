"""A process as two pictures: lanes for a wide place, a list for a narrow one. The style sheet shows one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from django.utils.safestring import SafeString, mark_safe

from ..rules.picture import Picture
from . import tall, wide
from .marks import FONT, element
from .words import Scene

Drawing = tuple[float, float, str]  # width, height, contents


def draw(picture: Picture, states: Mapping[str, str], lang: str, notes: Mapping[str, str] | None = None) -> SafeString:
    """`<div class="flow">` with both pictures. Every text in it is escaped."""
    scene = Scene(picture, states, lang, notes or {})
    size = " flow--long" if picture.ranks > 3 else ""
    drawings = _svg("flow__wide", wide.draw, scene) + _svg("flow__tall", tall.draw, scene)
    return mark_safe(f'<div class="flow{size}">{drawings}</div>')  # noqa: S308  (marks.element and escape)


def _svg(name: str, drawing: Callable[[Scene], Drawing], scene: Scene) -> str:
    width, height, inner = drawing(scene)
    told = element("title", escape(scene.title())) + element("desc", escape(scene.description()))
    hidden = {"display": "none"} if name == "flow__tall" else {}
    return element(
        "svg", told + inner, class_=name, role="img", aria_label=f"{scene.title()}: {scene.description()}",
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:g} {height:g}", width=width, height=height,
        font_family=FONT, **hidden,
    )  # fmt: skip
