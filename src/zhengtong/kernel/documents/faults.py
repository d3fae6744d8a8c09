"""What is wrong with a file that people wrote (a package, a definition), said so that its author can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import override


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


def pointer(file: str, path: Iterable[Any] = ()) -> str:
    """`service.yaml#/reviews/1/authority`; the file alone when the whole file is meant."""
    parts = "".join(f"/{part}" for part in path)
    return f"{file}#{parts}" if parts else file
