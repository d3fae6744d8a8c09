"""`zt package new`: a small package that passes the check, to begin from."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Conflict, Invalid

STARTER = Path(__file__).parents[1] / "data" / "starter"
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_package(folder: Path) -> list[Path]:
    """Write the starter into a folder, whose name becomes the service's key. Returns the files written.

    Raises Invalid for a name that can be no key, Conflict if the folder holds anything.
    """
    folder = Path(folder)
    key = folder.resolve().name
    if not _KEY.fullmatch(key) or len(key) > 60:
        raise Invalid(
            _("“%(name)s”不能用作事项标识。") % {"name": key},
            remedy=_("请用小写字母开头的小写字母、数字和横线，例如 packages/my-service。"),
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(
            _("文件夹 %(folder)s 已存在并且不是空的。") % {"folder": folder}, remedy=_("请换一个新的文件夹。")
        )
    written = []
    for source in sorted(path for path in STARTER.rglob("*") if path.is_file()):
        target = folder / source.relative_to(STARTER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace("{{key}}", key), encoding="utf-8")
        written.append(target)
    return written
