"""Reads `register.yaml` of a folder, and says everything that is wrong with it at once."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from zhengtong.kernel.documents import shape
from zhengtong.kernel.documents.faults import Fault
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.documents.yaml import Document, read_yaml
from zhengtong.security.permissions.providers import Secrecy

from . import reading_matching, rule_reading
from .model import BOX, Authority, Definition, Field, Sharing, Type
from .rules import THRESHOLD, Axis, Statistics

MANIFEST = "register.yaml"
LARGEST = 512 * 1024
SCHEMA = Path(__file__).parents[1] / "data" / "register.schema.json"
RESERVED = frozenset({
    "id", "uuid", "record", "record_id", "valid_from", "valid_to", "recorded_at", "superseded_at", "is_synthetic",
    "act", "act_id", "disputed", "flags", "objects", "pk", "urn", "definition",
})  # fmt: skip
_LENGTHS = {Type.TEXT: 200, Type.CODE: 20, Type.CHOICE: 40}
_UNCHECKED = (Type.GEOMETRY, Type.BOOLEAN)


@dataclass
class Read:
    """What became of a folder. `definition` is None where there are faults. `document` knows the lines;
    `rules`: the text of its quality.yaml."""

    definition: Definition | None = None
    faults: list[Fault] = field(default_factory=list)
    document: Document | None = None
    rules: str = ""


@functools.cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read_folder(folder: Path) -> Read:
    """The definition in a folder. Never raises for what is inside."""
    if not (folder / MANIFEST).is_file():
        return Read(
            faults=[Fault(MANIFEST, "manifest-missing", _("缺少 register.yaml。"), _("请给出基础库定义的文件夹。"))]
        )
    found = {}
    for name in (MANIFEST, rule_reading.FILE):
        path = folder / name
        if not path.is_file():
            continue
        if path.stat().st_size > LARGEST:
            return Read(faults=[Fault(name, "file-too-large", _("文件过大。"), _("定义文件最大 512 KB。"))])
        try:
            found[name] = path.read_bytes().decode()
        except UnicodeDecodeError:
            return Read(faults=[Fault(name, "file-encoding", _("文件不是 UTF-8 编码。"), _("请另存为 UTF-8。"))])
    return _with_rules(read_text(found[MANIFEST]), found.get(rule_reading.FILE, ""))


def _with_rules(read: Read, text: str) -> Read:
    if read.definition is None or not text:
        return read
    rules, faults = rule_reading.read_rules(text, read.definition)
    return Read(None, faults) if faults else Read(replace(read.definition, quality=rules), [], read.document, text)


def read_text(text: str) -> Read:
    """The definition that a text writes."""
    document = read_yaml(MANIFEST, text)
    faults = [*document.faults, *(() if document.faults else shape.check(document, validator(), prefix="register"))]
    if not faults:
        faults = list(_check(document))
    definition = None if faults else _build(document.data)
    if definition is not None and definition.statistics:
        faults = list(_check_statistics(document, definition))
    return Read(None, faults, document) if faults else Read(definition, document=document)


def _build(data: Mapping[str, Any]) -> Definition:
    status = data.get("status", {})
    return Definition(
        key=data["key"], noun=data["noun"], label=data["label"], description=data["description"],
        record_label=data["record_label"], basis=tuple(data["basis"]),
        authorities=tuple(Authority(key, source) for key, source in data["authorities"].items()),
        fields=tuple(_field(one) for one in data["fields"]), keys=tuple(tuple(key) for key in data["keys"]),
        title=tuple(data.get("title", ())), subject_field=data.get("subject", ""),
        status_field=status.get("field", ""), 
        status_changes={name: tuple(after) for name, after in status.get("changes", {}).items()},
        partitions=data.get("partitions", 0), retention=data.get("retention", {}),
        matching=reading_matching.build(data["matching"]) if "matching" in data else None,
        statistics=_statistics(data) if "statistics" in data else None,
    )  # fmt: skip


def _statistics(data: Mapping[str, Any]) -> Statistics:
    told, labels = data["statistics"], {one["name"]: one["label"] for one in data["fields"]}
    axes = tuple(
        Axis(one["field"], one.get("label") or labels.get(one["field"], {}), one.get("digits", 0),
             tuple(one.get("bands", ())))
        for one in told["axes"]
    )  # fmt: skip
    return Statistics(
        told["label"], axes, told.get("of", {}), told.get("threshold", THRESHOLD), told.get("open", False)
    )


def _field(data: Mapping[str, Any]) -> Field:
    kind = Type(data["type"])
    marks = {
        f"is_{name}": data.get(name, False) for name in ("required", "fixed", "encrypted", "indexed", "retired", "past")
    }
    return Field(
        name=data["name"], element=data["element"], label=data["label"], type=kind, authority=data["authority"],
        length=data.get("length", _LENGTHS.get(kind, 0)), digits=data.get("digits", 14), scale=data.get("scale", 2),
        minimum=data.get("minimum"), code_table=data.get("code_table", ""),
        values=data.get("values", {}), may_reask=data.get("may_reask", False),
        secrecy=Secrecy.named(data.get("secrecy", "internal")), sharing=Sharing(data.get("sharing", "conditional")),
        mask=data.get("mask", "all" if data.get("encrypted") else ""), **marks,
    )  # fmt: skip


# -- what a schema cannot say -----------------------------------------------------------------------------------------
def _check(document: Document) -> Iterator[Fault]:
    data = document.data
    names = [one["name"] for one in data["fields"]]
    for number, one in enumerate(data["fields"]):
        yield from _check_field(document, ("fields", number), one, names[:number], data["authorities"])
    for path, name in _references(data):
        if name not in names:
            yield document.fault(
                path, "field-unknown", _("没有名为“%(name)s”的数据项。") % {"name": name}, _named(names)
            )
    unused = set(data["authorities"]) - {one["authority"] for one in data["fields"]}
    for key in sorted(unused):
        message = _("没有数据项以“%(name)s”为数源部门。") % {"name": key}
        yield document.fault(("authorities", key), "authority-unused", message, _("请删去，或写到数据项上。"))
    yield from _check_keys(document)
    yield from _check_required(document)
    yield from _check_status(document)
    if "matching" in data:
        yield from reading_matching.check(document)


def _references(data: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for number, key in enumerate(data["keys"]):
        yield from ((("keys", number), name) for name in key)
    yield from ((("title",), name) for name in data.get("title", ()))
    if "subject" in data:
        yield ("subject",), data["subject"]
    if "status" in data:
        yield ("status", "field"), data["status"]["field"]
    if "matching" in data:
        yield from reading_matching.references(data["matching"])


def _named(names: list[str]) -> Any:
    return _("可以写：%(known)s。") % {"known": ", ".join(names)}


def _check_field(
    document: Document, path: tuple[Any, ...], one: Mapping[str, Any], before: list[str], known: Mapping[str, Any]
) -> Iterator[Fault]:
    def fault(code: str, name: str, message: Any, remedy: Any) -> Fault:
        return document.fault((*path, name), code, message, remedy)

    name = one["name"]
    if name in before:
        yield fault("field-repeated", "name", _("数据项“%(name)s”重复。") % {"name": name}, _("每个名称只用一次。"))
    if name in RESERVED or name.endswith(("_index", *(f"_{side}" for side in BOX))):
        yield fault("field-reserved", "name", _("名称“%(name)s”由系统使用。") % {"name": name}, _("请换一个名称。"))
    if one["authority"] not in known:
        message = _("没有声明数源部门“%(name)s”。") % {"name": one["authority"]}
        yield fault("authority-unknown", "authority", message, _named(list(known)))
    if (one["type"] == "code") != ("code_table" in one):
        message = _("代码型数据项要写明代码表（code_table），其他类型不写。")
        yield fault("code-table", "type", message, _("请补上或删去 code_table。"))
    if (one["type"] == "choice") != ("values" in one):
        yield fault(
            "choice-values", "type", _("选择型数据项要列出可选值（values），其他类型不写。"), _("请补上或删去 values。")
        )
    if ("minimum" in one) and one["type"] not in ("integer", "decimal", "money"):
        yield fault("minimum-type", "minimum", _("只有数值型数据项有最小值。"), _("请去掉 minimum。"))
    if one.get("past") and one["type"] != "date":
        yield fault("past-type", "past", _("只有日期型数据项可以限定为过去。"), _("请去掉 past。"))
    yield from _check_protection(fault, one)


def _check_protection(fault: Any, one: Mapping[str, Any]) -> Iterator[Fault]:
    texts = ("text", "id-number", "uscc", "phone")
    if one.get("encrypted") and one["type"] not in texts:
        message = _("只有文字型数据项可以加密。")
        yield fault("encrypted-type", "encrypted", message, _("请改为 %(known)s 之一。") % {"known": ", ".join(texts)})
    if one["type"] == "id-number" and not one.get("encrypted"):
        message = _("公民身份号码必须加密存放（个人信息保护法第五十一条）。")
        yield fault("id-number-clear", "type", message, _("请加上 encrypted: true。"))
    if one.get("sharing") == "unconditional" and one.get("secrecy") == "sensitive":
        message = _("敏感数据项不能无条件共享。")
        yield fault("sharing-secrecy", "sharing", message, _("请改为 conditional 或 withheld。"))


def _check_keys(document: Document) -> Iterator[Fault]:
    fields = {one["name"]: one for one in document.data["fields"]}
    for number, key in enumerate(document.data["keys"]):
        for name in key:
            if name in fields and not fields[name].get("required"):
                message = _("主键数据项“%(name)s”必须必填。") % {"name": name}
                yield document.fault(("keys", number), "key-optional", message, _("请在该数据项加上 required: true。"))
            if name in fields and fields[name]["type"] == "geometry":
                message = _("“%(name)s”不能作主键。") % {"name": name}
                yield document.fault(("keys", number), "key-type", message, _("请换用编号一类的数据项。"))
    if document.data.get("partitions") and len(document.data["keys"]) > 1:
        message = _("分区的基础库只能有一个主键。")
        yield document.fault(("partitions",), "partitions-keys", message, _("请只留一个主键，或去掉 partitions。"))


def _check_required(document: Document) -> Iterator[Fault]:
    """Whoever enters a record writes its key: what others are the source of cannot be there at once."""
    fields = {one["name"]: one for one in document.data["fields"]}
    owners = {fields[name]["authority"] for key in document.data["keys"] for name in key if name in fields}
    for number, one in enumerate(document.data["fields"]):
        if one.get("required") and one["authority"] not in owners:
            message = _("“%(name)s”由别的部门填写，登记时还没有，不能必填。") % {"name": one["name"]}
            yield document.fault(("fields", number, "required"), "required-elsewhere", message, _("请去掉 required。"))
        if one.get("required") and one.get("retired"):
            message = _("停用的数据项不能必填。")
            yield document.fault(("fields", number, "retired"), "required-retired", message, _("请去掉其中一个标记。"))


def _check_status(document: Document) -> Iterator[Fault]:
    status = document.data.get("status")
    chosen = next((f for f in document.data["fields"] if status and f["name"] == status["field"]), None)
    if not status or chosen is None:
        return
    listed, changes = set(chosen.get("values", {})), status["changes"]
    for value in sorted({*changes, *(after for afters in changes.values() for after in afters)} - listed):
        message = _("“%(value)s”不是“%(name)s”的可选值。") % {"value": value, "name": status["field"]}
        yield document.fault(("status", "changes"), "status-unknown", message, _named(sorted(listed)))
    for value in sorted(listed - set(changes)):
        message = _("没有写明状态“%(value)s”之后可以变为什么。") % {"value": value}
        yield document.fault(("status", "changes"), "status-missing", message, _("终止状态写空列表 []。"))


def _check_statistics(document: Document, definition: Definition) -> Iterator[Fault]:
    """What is counted is known and in clear; what everybody may see is counted by open fields only."""
    told = definition.statistics
    assert told
    if "of" in document.data["statistics"]:
        yield from rule_reading.check_condition(document, ("statistics", "of"), told.of, definition)
    for number, axis in enumerate(told.axes):
        path, one = ("statistics", "axes", number), definition.find(axis.field)
        if one is None:
            message = _("没有名为“%(name)s”的数据项。") % {"name": axis.field}
            yield document.fault((*path, "field"), "field-unknown", message, _named(list(definition.by_name)))
        elif one.is_encrypted or one.type not in (Type.DATE, Type.CODE, Type.CHOICE, Type.TEXT, Type.BOOLEAN):
            message = _("不能按“%(name)s”分组统计。") % {"name": axis.field}
            yield document.fault((*path, "field"), "axis-type", message, _("请用代码、选择、文字或出生日期。"))
        elif (one.type is Type.DATE) != bool(axis.bands):
            message = _("日期按年龄段（bands）分组，其他类型不写 bands。")
            yield document.fault(path, "axis-bands", message, _("例如 bands: [0, 15, 60]。"))
        elif told.is_open and one.secrecy is not Secrecy.OPEN:
            message = _("“%(name)s”不是公开的数据项，其统计不能向社会公开。") % {"name": axis.field}
            yield document.fault(path, "axis-secrecy", message, _("请去掉 open: true，或不按它分组。"))
