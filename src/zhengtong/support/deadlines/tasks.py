"""Background work of the room."""

from procrastinate.contrib.django import app

from . import services


@app.task(name="zhengtong.support.deadlines.recompute_clocks")
def recompute_clocks() -> None:
    while services.recompute_open_clocks():
        pass
