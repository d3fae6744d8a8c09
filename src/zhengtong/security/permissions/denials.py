"""A refusal: what it says, and how it is remembered until the shell can witness it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.texts import Texts, localised

from .predicates import RuleAnswer


class _Localised:
    """A text map that reads itself in the language of whoever prints it."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __str__(self) -> str:
        return localised(self.texts)


class Denied(ZhengtongError):
    """The actor may not do this: 403, or 401 for somebody not signed in. Names the rule that failed and the remedy."""

    status = 403
    code = "denied"
    title = _("您没有办理此操作的权限")

    def __init__(self, *, actor: Actor, action: str, obj: Any, failing: RuleAnswer) -> None:
        super().__init__(lazystr(_Localised(failing.rule)), remedy=lazystr(_Localised(failing.remedy)), action=action)
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
