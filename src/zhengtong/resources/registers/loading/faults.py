"""What a load says about a row, a cell or a whole file, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import override

from zhengtong.kernel.documents.said import Said
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.errors import Invalid

from ..contradictions import WORDS as CONTRADICTIONS


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a row, or a note on it: `field` empty where the row as a whole is meant; `code` is for programs."""

    code: str
    field: str
    zh: str
    en: str


WORDS: dict[str, Said] = {
    "columns": _("这一行有%(found)d列，应有%(wanted)d列（第%(first)d至%(last)d行）；文件可能被截断，或引号没有成对。"),
    "line-too-long": _("这一行太长（超过%(most)d个字符），已跳过；它可能不是表格数据。"),
    "broken-row": _("这一行不能读取：%(why)s。请修正后重新装入。"),
    "not-an-object": _("这一行不是 JSON 对象，例如 {\"name\": \"张三\"}；文件可能被截断。"),
    "unknown-member": _("对象中有文件开头没有的成员：%(names)s。请让各行的成员一致。"),
    "nested": _("“%(name)s”的值是列表或对象，应为文字或数字。"),
    "encoding": _("含有不能识别的字符；文件应为 UTF-8 或 GB18030 编码。"),
    "duplicate": _("同一文件中前面已有相同主键的行，以第一行为准，此行未装入。"),
    "not-registered": _("基础库中没有这条记录；登记新记录须填写“%(names)s”，并由其数源部门装入。"),
    "missing": _("不能为空。"),
    "fixed": _("登记后不能变更；登记有误的，请办理更正。"),
    "ended": _("这条记录已经终止，不能再变更；登记有误的，请办理更正。"),
    "status": _("状态不能由“%(old)s”变更为“%(new)s”；登记有误的，请办理更正。"),
    "taken": _("“%(names)s”已属于另一条记录。"),
    "lower-case-x": _("末位的小写 x 已改为大写 X。"),
    "id-15": _("这是15位的第一代身份号码，应为18位；按规则换算为 %(number)s，请核实后改用18位号码装入。"),
    "number-lost-digits": _("表格把号码存成了数值，末几位已经丢失；请把该列设为文本格式后重新填写。"),
    "file-cut": _("文件到此中断，其后的内容没有读到：%(why)s。请取得完整的文件后重新装入，已装入的行不会重复。"),
    "garbage": _("连续%(count)d行不能读取，自第%(first)d行起不再读；此文件可能不是表格数据。"),
    "no-line-end": _("最后一行没有换行符；如文件被截断，这一行可能不完整，请核对。"),
}  # fmt: skip
WORDS |= CONTRADICTIONS


def make(code: str, field: str = "", **values: Any) -> Fault:
    """The fault of this code, said in both languages."""
    if not values:
        return _constant(code, field)
    zh, en = both(WORDS[code] % values)
    return Fault(code, field, zh, en)


@cache
def _constant(code: str, field: str) -> Fault:
    return Fault(code, field, *both(WORDS[code]))


def both(said: Said) -> tuple[str, str]:
    with override("zh-hans"):
        zh = str(said)
    with override("en"):
        return zh, str(said)


class Unloadable(Invalid):
    """The whole file cannot be loaded, or not to its end. What was loaded before stays."""

    code = "unloadable"
