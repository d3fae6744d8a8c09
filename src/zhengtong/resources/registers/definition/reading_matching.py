"""The rules of matching in a definition: what a schema cannot say of them, and the plain value they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zhengtong.kernel.documents.faults import Fault
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.documents.yaml import Document

from .model import Comparison, Matching

_TEXTS = ("text", "id-number", "uscc", "phone")
_NUMBERS = ("id-number", "uscc", "phone")
_FOR = {
    "homophone": ("text",), "one_edit": (*_TEXTS, "date"), "similar": ("text",), "swapped": ("text", "date"),
    "transposed": (*_TEXTS, "division"), "corrected": _NUMBERS,
}  # fmt: skip
_NOT_WEIGHTS = ("field", "with")


def build(data: Mapping[str, Any]) -> Matching:
    return Matching(
        blocks=tuple(tuple(block) for block in data["blocks"]), review=data["review"], sure=data["sure"],
        compare=tuple(
            Comparison(one["field"], {w: v for w, v in one.items() if w not in _NOT_WEIGHTS}, one.get("with", ""))
            for one in data["compare"]
        ),
        merged_status=data["merged_status"], largest_block=data.get("largest_block", 200),
    )  # fmt: skip


def references(data: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """(where, name) of every field that is named."""
    for number, block in enumerate(data["blocks"]):
        yield from ((("matching", "blocks", number), name) for name in block)
    for number, one in enumerate(data["compare"]):
        yield from ((("matching", "compare", number, key), one[key]) for key in _NOT_WEIGHTS if key in one)


def check(document: Document) -> Iterator[Fault]:
    """What is wrong besides fields that do not exist."""
    data, fields = document.data["matching"], {one["name"]: one for one in document.data["fields"]}
    for number, block in enumerate(data["blocks"]):
        if any(fields.get(name, {}).get("type") == "geometry" for name in block):
            yield _fault(document, ("blocks", number), "block", _("不能按图形分组。"), _("请换用编号或文字。"))
    for number, one in enumerate(data["compare"]):
        yield from _check_comparison(document, number, one, fields)
    if data["review"] > data["sure"]:
        message = _("review（需核）不能大于 sure（基本确定）。")
        yield _fault(document, ("review",), "thresholds", message, _("请调小 review 或调大 sure。"))
    most = sum(max((v for w, v in one.items() if w not in _NOT_WEIGHTS), default=0) for one in data["compare"])
    if most < data["review"]:
        message = _("各项权重之和最多为 %(most)g，达不到 review。") % {"most": most}
        yield _fault(document, ("review",), "out-of-reach", message, _("请调小 review 或加大权重。"))
    yield from _check_status(document, data)


def _check_comparison(document: Document, number: int, one: Mapping[str, Any], fields: Any) -> Iterator[Fault]:
    path = ("compare", number)
    if not any(way not in (*_NOT_WEIGHTS, "differs") for way in one):
        yield _fault(document, path, "no-way", _("没有写明相同时的权重。"), _("请加上 exact 等比较方式和权重。"))
    kind = fields.get(one["field"], {}).get("type", "")
    if kind == "geometry":
        yield _fault(document, path, "compared", _("不能比较图形。"), _("请换用编号或文字。"))
    for way in one:
        if way in _FOR and kind and kind not in _FOR[way]:
            message = _("“%(way)s”不能用于 %(type)s 型数据项。") % {"way": way, "type": kind}
            remedy = _("可以用于：%(known)s。") % {"known": ", ".join(_FOR[way])}
            yield _fault(document, (*path, way), "way-type", message, remedy)
    against = fields.get(one.get("with", ""))
    crossed = against and (kind != against["type"] or (one["field"] != against["name"] and against.get("encrypted")))
    if crossed:
        message = _("“%(name)s”与它类型不同或已加密，不能互相比较。") % {"name": one["with"]}
        yield _fault(document, (*path, "with"), "with-type", message, _("请换一个同类型、不加密的数据项。"))


def _check_status(document: Document, data: Mapping[str, Any]) -> Iterator[Fault]:
    status, value = document.data.get("status"), data["merged_status"]
    if not status or status["changes"].get(value) != []:
        message = _("“%(value)s”不是状态中的终止状态：并入他人的记录以它终止。") % {"value": value}
        remedy = _("请在 status.changes 中写 %(value)s: []，并列入状态的可选值。") % {"value": value}
        yield _fault(document, ("merged_status",), "merged-status", message, remedy)


def _fault(document: Document, path: tuple[Any, ...], code: str, message: Any, remedy: Any) -> Fault:
    return document.fault(("matching", *path), f"matching-{code}", message, remedy)
