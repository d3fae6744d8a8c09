"""A refusal: what it says, and how it is remembered until the shell can witness it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor

from .predicates import RuleAnswer
from .refused import Localised, Refused


class Denied(Refused):
    """The actor may not do this: 403, or 401 for somebody not signed in. Names the rule that failed and the remedy."""

    def __init__(self, *, actor: Actor, action: str, obj: Any, failing: RuleAnswer) -> None:
        super().__init__(lazystr(Localised(failing.rule)), remedy=lazystr(Localised(failing.remedy)), action=action)
        self.actor, self.action, self.failing = actor, action, failing
        self.obj_urn: str = getattr(obj, "urn", "") if not isinstance(obj, str) else obj
        if not actor.is_authenticated:
            self.status, self.code, self.title = 401, "sign-in-required", _("请先登录")
            self.message, self.remedy = _("此页面需要登录后访问。"), _("请登录后再试。")


_last: ContextVar[list[Denied] | None] = ContextVar("denials", default=None)


@contextmanager
def collected() -> Iterator[list[Denied]]:
    """Collects the refusals raised inside; the shell records them after the rollback."""
    denials: list[Denied] = []
    token = _last.set(denials)
    try:
        yield denials
    finally:
        _last.reset(token)


def remember(denied: Denied) -> Denied:
    collector = _last.get()
    if collector is not None:
        collector.append(denied)
    return denied
