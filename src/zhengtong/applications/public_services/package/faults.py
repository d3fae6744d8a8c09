"""A package with faults cannot be published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.documents.faults import Fault
from zhengtong.kernel.errors import Invalid

__all__ = ["Fault", "PackageFaulty"]


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
