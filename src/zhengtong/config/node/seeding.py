"""The first data of a node. Every step may be repeated: it adds what is missing and changes nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import home
from .progress import say, step

if TYPE_CHECKING:
    from zhengtong.kernel.actors import Actor

Load = Callable[["Actor", datetime], None]


def seed(*, demo: bool) -> None:
    """Run every step, in the order in which they need each other. Django must be loaded."""
    from django.conf import settings

    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor

    settings.ZT_DEMO = demo or settings.ZT_DEMO
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


def _registers(actor: Actor, at: datetime) -> None:
    from zhengtong.resources.registers import services

    services.ensure_shipped(actor=actor, at=at)
    services.carry_over(at=at)


def _events(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.applications.public_services import services

    services.load_events()


def _items(actor: Actor, at: datetime) -> None:
    from zhengtong.applications.public_services import services

    services.load_items(actor=actor, at=at)


def _credential_types(actor: Actor, at: datetime) -> None:
    from zhengtong.resources.credentials import services

    services.declare_builtin_types(actor=actor, at=at)


def _packages(actor: Actor, at: datetime) -> None:
    """Publish what the folder of packages holds. A faulty one is named and left out: the node starts all the same."""
    from django.conf import settings

    from zhengtong.applications.public_services import services

    for folder in sorted(p.parent for p in Path(settings.ZT_PACKAGES).glob("*/service.yaml")):
        if faults := services.check_package(folder):
            say(f"\n    {folder} is not published; zt package check {folder} says why ({len(faults)} faults)")
        else:
            services.publish(actor=actor, folder=folder, at=at)


def _portal(actor: Actor, at: datetime) -> None:
    from zhengtong.access.portal import services

    services.seed_site(actor=actor, at=at)


def _demo_people(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.security.identity import queries, services

    services.seed_demo(at=at)
    sheet = home.folder() / "run" / "demo-accounts.txt"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.touch(mode=0o600)
    sheet.write_text(accounts_sheet(queries.demo_accounts()), encoding="utf-8")


def _demo_registers(actor: Actor, at: datetime) -> None:  # noqa: ARG001
    from zhengtong.resources.credentials import services as credentials
    from zhengtong.resources.registers import services as registers

    credentials.seed_demo(registers.seed_demo(at=at).papers, at=at)


def accounts_sheet(accounts: Sequence[Any]) -> str:
    """What a person needs to sign in: name and one-time-password secret of each account; all share a password."""
    rows = [f"    {a.username:<14} {a.otp_secret:<34} {a.role['zh']} · {a.name}" for a in accounts]
    head = f"  演示账号 demo accounts · 密码 password: {accounts[0].password}"
    note = "    (动态口令 one-time password: zt demo otp USER)"
    return "\n".join([head, note, *rows, ""])


STEPS: tuple[tuple[str, Load], ...] = (
    ("工作日历 calendar", _calendar),
    ("行政区划 divisions", _divisions),
    ("机构 organisations", _organisations),
    ("代码表 code tables", _code_tables),
    ("基础库 registers", _registers),
    ("一件事 events", _events),
    ("事项 service items", _items),
    ("证照类型 credential types", _credential_types),
    ("事项包 packages", _packages),
    ("门户 portal", _portal),
)
DEMO_STEPS: tuple[tuple[str, Load], ...] = (
    ("演示人员 demo people", _demo_people),
    ("演示登记与证照 demo registers", _demo_registers),
)
