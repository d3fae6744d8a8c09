"""What can be wrong with a table, an edition or a folder that holds one; said with the remedy."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class TableFault:
    """`code`: which kind of fault; `subject`: what it is about; `detail`: what it collides with; `line` of the file."""

    code: str
    subject: str = ""
    detail: str = ""
    line: int = 0
    file: str = ""

    @property
    def place(self) -> str:
        """edition.csv:17, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return str(_SAID[self.code]) % {"subject": self.subject, "detail": self.detail}


_SAID = {
    "duplicate_code": _("代码“%(subject)s”出现多次；同一版本中每个代码只能有一行。"),
    "unknown_parent": _("代码“%(subject)s”的上级“%(detail)s”不在本版本中；请补上该上级或改正。"),
    "circular_parents": _("上下级循环：%(detail)s；请改正其中一个代码的上级。"),
    "duplicate_version": _("版本“%(subject)s”已有不同内容；已发布的版本不能更改，请另立新版本。"),
    "overlapping_editions": _("版本“%(subject)s”与“%(detail)s”的有效期重叠；请改正 valid_from。"),
    "missing_file": _("缺少文件“%(subject)s”；一个文件夹须有 edition.yaml 和 items.csv。"),
    "unreadable": _("无法读取“%(subject)s”：%(detail)s。"),
    "encoding": _("“%(subject)s”既不是 UTF-8 也不是 GB18030 编码；请另存为 UTF-8。"),
    "too_large": _("“%(subject)s”超过 %(detail)s；代码表不应有这么大，请核对文件。"),
    "unknown_head": _("不认识“%(subject)s”；可用：%(detail)s。"),
    "missing_head": _("缺少“%(subject)s”：%(detail)s。"),
    "bad_value": _("“%(subject)s”的值有误：%(detail)s。"),
    "missing_column": _("缺少列“%(subject)s”；须有 %(detail)s。"),
    "unknown_column": _("不认识列“%(subject)s”；可用：%(detail)s。"),
    "row_width": _("本行有 %(subject)s 列，表头有 %(detail)s 列；请检查逗号与引号。"),
    "empty_code": _("代码或名称为空；请补全本行。"),
    "too_long": _("“%(subject)s”太长：最多 %(detail)s 个字符。"),
    "control_character": _("“%(subject)s”含有控制字符；请删去。"),
    "no_rows": _("“%(subject)s”中没有一行代码。"),
    "unknown_table": _("没有代码表“%(subject)s”；新表须在 edition.yaml 中写明 title 与 standard。"),
    "change_from": _("变更行的旧代码“%(subject)s”在上一版本中不存在；请改正。"),
    "change_to": _("变更行的新代码“%(subject)s”不在本版本中；请改正。"),
    "change_kind": _("变更方式“%(subject)s”有误；可用：%(detail)s。"),
    "dropped_in_use": _(
        "代码“%(subject)s”仍在使用（%(detail)s），新版本却没有它；请在 changes.csv 中写明去向，或写明 abolished。"
    ),
    "element_stands": _("数据元“%(subject)s”的版本 %(detail)s 已有不同内容；请把 version 加一。"),
}
