"""The first data of a node. Every step may be repeated: it adds what is missing and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from .progress import step

if TYPE_CHECKING:
    from zhengtong.kernel.actors import Actor

Load = Callable[["Actor", datetime], None]


def seed(*, demo: bool) -> None:
    """Run every step, in the order in which they need each other. Django must be loaded."""
    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor

    actor, at = system_actor("seed"), clock.now()
    for title, load in STEPS + (DEMO_STEPS if demo else ()):
        with step(f"  {title}"):
            load(actor, at)


def _calendar(actor: Actor, at: datetime) -> None:
    from zhengtong.support.deadlines import services

    services.load_calendar(actor=actor, at=at)


def _divisions(actor: Actor, at: datetime) -> None:
    from zhengtong.security.directory import services

    services.load_divisions(actor=actor, at=at)


def _organisations(actor: Actor, at: datetime) -> None:
    from zhengtong.security.directory import services

    services.load_organisations(actor=actor, at=at)


def _code_tables(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.resources.standards import services

    services.load_code_tables()


def _demo_people(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.security.identity import services

    services.seed_demo(at=at)


STEPS: tuple[tuple[str, Load], ...] = (
    ("工作日历 calendar", _calendar),
    ("行政区划 divisions", _divisions),
    ("机构 organisations", _organisations),
    ("代码表 code tables", _code_tables),
)
DEMO_STEPS: tuple[tuple[str, Load], ...] = (("演示账号 demonstration people", _demo_people),)
