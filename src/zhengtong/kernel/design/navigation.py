"""The menus of the shells: every room hangs its own entries here from its `wiring.py`; no room edits another's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.core.checks import Error
from django.core.checks import register as register_check
from django.urls import NoReverseMatch, reverse

from zhengtong.kernel.actors import Actor

SHELLS = ("portal", "hall", "workbench", "account", "footer", "phone")


def _everybody(actor: Actor) -> bool:  # noqa: ARG001
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a menu. `counter` answers a fast estimate for the actor, or None for "nothing to show"."""

    shell: str
    key: str
    label: Any
    url_name: str
    order: int
    icon: str
    visible: Callable[[Actor], bool]
    counter: Callable[[Actor], int | None] | None
    group: Any

    @property
    def url(self) -> str:
        return self.url_name if self.url_name.startswith("/") else reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one visitor sees it."""

    key: str
    label: Any
    url: str
    icon: str
    group: Any
    count: int | None
    is_current: bool


_entries: dict[tuple[str, str], Entry] = {}


def register(  # noqa: PLR0917
    shell: str,
    key: str,
    label: Any,
    url_name: str,
    order: int,
    icon: str,
    visible: Callable[[Actor], bool] = _everybody,
    counter: Callable[[Actor], int | None] | None = None,
    group: Any = "",
) -> None:
    """Hang an entry into a menu. `shell` is one of SHELLS; `url_name` a route's name or a path starting with `/`.

    `portal`: the main menu; `hall`: what an applicant owns; `workbench`: the officials' left side, in `group`s;
    `account`: under the visitor's name; `footer`: at the end of every public page;
    `phone`: the five entries at the bottom of a phone.
    """
    if shell not in SHELLS:
        raise ValueError(f"no shell {shell!r}; there are: {', '.join(SHELLS)}")
    if (shell, key) in _entries:
        raise ValueError(f"navigation entry {shell}/{key} is registered twice")
    _entries[shell, key] = Entry(shell, key, label, url_name, order, icon, visible, counter, group)


def shown(shell: str, actor: Actor, path: str) -> list[Shown]:
    """The entries of a shell this actor may see, in order; the longest matching address is marked as current."""
    entries = sorted((e for e in _entries.values() if e.shell == shell and e.visible(actor)), key=lambda e: e.order)
    urls = [(entry, entry.url) for entry in entries]
    current = max((u for _, u in urls if _covers(u, path)), key=len, default="")
    return [
        Shown(e.key, e.label, url, e.icon, e.group, e.counter(actor) if e.counter else None, url == current)
        for e, url in urls
    ]


def _covers(url: str, path: str) -> bool:
    """An address covers what lies below it; one with a query covers only pages asked for with the same."""
    own, _, wanted = url.partition("?")
    path, _, query = path.partition("?")
    if wanted:
        return path == own and set(parse_qsl(wanted)) <= set(parse_qsl(query))
    return path == own or (own != "/" and own.endswith("/") and path.startswith(own))


@register_check()
def check_entries(app_configs: Any, **kwargs: Any) -> list[Error]:  # noqa: ARG001
    """Every entry leads somewhere."""
    faults = []
    for entry in _entries.values():
        try:
            _ = entry.url
        except NoReverseMatch:
            message = f"navigation entry {entry.shell}/{entry.key} names the unknown route {entry.url_name!r}"
            faults.append(Error(message, id="zhengtong.design.E001"))
    return faults
