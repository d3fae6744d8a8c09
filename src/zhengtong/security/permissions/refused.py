"""The answer to whom a rule refuses, in whatever process."""

from __future__ import annotations

from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.texts import Texts, localised
from zhengtong.kernel.wording import gettext_lazy as _


class Localised:
    """A text map that reads itself in the language of whoever prints it."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __str__(self) -> str:
        return localised(self.texts)


class Refused(ZhengtongError):
    """The actor may not do this: names the rule that failed and the remedy."""

    status = 403
    code = "denied"
    title = _("您没有办理此操作的权限")
