"""What is wrong with a package, said so that its author can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from zhengtong.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `path` names file and place (`service.yaml#/reviews/1/authority`); `code` is stable for programs.

    `message` says what is wrong, `remedy` how to put it right: lazy texts, shown in the reader's language.
    """

    path: str
    code: str
    message: Any
    remedy: Any
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message} {self.remedy}".strip()

    def as_json(self) -> dict[str, Any]:
        """Both languages, whatever the language of the moment."""
        texts: dict[str, dict[str, str]] = {"message": {}, "remedy": {}}
        for key, code in (("zh", "zh-hans"), ("en", "en")):
            with override(code):
                texts["message"][key] = str(self.message)
                texts["remedy"][key] = str(self.remedy)
        return {"path": self.path, "line": self.line, "code": self.code, **texts}


class PackageFaulty(Invalid):
    """A package cannot be published. `faults` lists every fault at once."""

    code = "package-faulty"
    title = _("事项包未通过检查")
    remedy = _("请按列出的每一处修改，用“zt package check”检查通过后再发布。")

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__(_("事项包有 %(count)d 处错误。") % {"count": len(self.faults)})

    def __str__(self) -> str:
        return "\n".join([str(self.message), *(f"- {fault}" for fault in self.faults)])


def pointer(file: str, path: Iterable[Any] = ()) -> str:
    """`service.yaml#/reviews/1/authority`; the file alone when the whole file is meant."""
    parts = "".join(f"/{part}" for part in path)
    return f"{file}#{parts}" if parts else file
