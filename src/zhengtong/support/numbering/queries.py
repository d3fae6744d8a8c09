"""Questions about numbers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Invalid

from . import rules
from .rules import CaseNumber, check_case_number

__all__ = ["CaseNumber", "check_case_number", "read_case_number"]


def read_case_number(text: str) -> CaseNumber:
    """The parts of a case number. Raises Invalid if it is mistyped."""
    number = rules.read_case_number(text)
    if number is None:
        raise Invalid(_("办件编号不正确。"), remedy=_("办件编号为21位数字，请对照受理通知书或接收凭证核对后重新输入。"))
    return number
