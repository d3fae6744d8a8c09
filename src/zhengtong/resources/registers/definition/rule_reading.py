"""Reads the rules of `quality.yaml` and says everything that is wrong with them at once, with lines.

A condition is `field: test`; all tests must hold. The tests:
- a value, or a list of values: equal to it, to one of them;
- `{is: missing}`, `{is: present}`; `{not: value}`, `{not: {own: field}}`;
- `{before: x}`, `{after: x}` of days, `{below: x}`, `{above: x}` of numbers, where x is a value, `{field: name}` of the
  same record, `{own: name}` of the record that is checked (in `where`), `{today: true}`; days moved by `years`, `days`;
- `{matches: pattern}`, `{lacks: pattern}` of texts: a regular expression that both engines understand;
- `{begins: {field: name}}`, `{differs: {field: name, digits: n}}` of codes: their beginnings;
- `{division: unknown}` (never was one), `{division: abolished}` (was one).
Whether fields exist is asked of the definitions that are given: of this register, and of others by key.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from zhengtong.kernel.documents import shape
from zhengtong.kernel.documents.faults import Fault
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.documents.yaml import Document, read_yaml

from .rules import SYSTEM, Rule, rule_from_json

if TYPE_CHECKING:
    from .model import Definition

FILE = "quality.yaml"
SCHEMA = Path(__file__).parents[1] / "data" / "quality.schema.json"
CHECKS = ("fails", "unmatched", "matched", "repeated", "opened")
BEFORE = ("before", "after")
NUMBERS = ("below", "above")
PATTERNS = ("matches", "lacks")
TESTS = ("is", "not", *BEFORE, *NUMBERS, *PATTERNS, "begins", "differs", "division")
DAYS, COUNTS, TEXTS = (
    frozenset(("date",)),
    frozenset(("integer", "money", "decimal", "degrees")),
    frozenset(("text", "code", "choice", "uscc", "phone", "division", "urn")),
)
Path_ = tuple[Any, ...]


@functools.cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read_rules(text: str, definition: Definition) -> tuple[tuple[Rule, ...], list[Fault]]:
    """The rules a text says, or every fault of them that can be seen without other registers."""
    document = read_yaml(FILE, text)
    faults = [*document.faults, *(() if document.faults else shape.check(document, validator(), prefix="quality"))]
    if not faults:
        faults = list(_check(document, definition))
    return ((), faults) if faults else (tuple(rule_from_json(one) for one in document.data["rules"]), [])


def _check(document: Document, definition: Definition) -> Iterator[Fault]:
    keys = [one["key"] for one in document.data["rules"]]
    known = [one.key for one in definition.authorities]
    for number, one in enumerate(document.data["rules"]):
        path: Path_ = ("rules", number)
        if one["key"] in keys[:number]:
            yield document.fault((*path, "key"), "rule-repeated", _("规则“%(name)s”重复。") % {"name": one["key"]},
                                 _("每个名称只用一次。"))  # fmt: skip
        if one["authority"] not in known:
            message = _("没有声明数源部门“%(name)s”。") % {"name": one["authority"]}
            yield document.fault((*path, "authority"), "authority-unknown", message, _named(known))
        if sum(name in one for name in CHECKS) != 1:
            message = _("一条规则只写一种检查：%(known)s。") % {"known": ", ".join(CHECKS)}
            yield document.fault(path, "rule-checks", message, _("请补上或分成几条规则。"))
        yield from _check_rule(document, path, one, definition)


def _check_rule(document: Document, path: Path_, one: Mapping[str, Any], definition: Definition) -> Iterator[Fault]:
    for name in ("of", "fails"):
        if name in one:
            yield from check_condition(document, (*path, name), one[name], definition)
    for place, name in enumerate(one.get("repeated", ())):
        if definition.find(name) is None:
            yield _unknown(document, (*path, "repeated", place), name, definition)
    if "opened" in one:
        yield from _check_opened(document, (*path, "opened"), one["opened"], definition)
    for part, reference in _references(one):
        for own in reference["by"]:
            if definition.find(own) is None:
                yield _unknown(document, (*path, *part, "by", own), own, definition)


def _check_opened(
    document: Document, path: Path_, told: Mapping[str, str], definition: Definition
) -> Iterator[Fault]:  # fmt: skip
    for name in [name for name in ("field", "against") if name in told]:
        if definition.find(told[name]) is None:
            yield _unknown(document, (*path, name), told[name], definition)
    held, against = definition.find(told["field"]), definition.find(told.get("against", ""))
    if held is not None and not held.is_encrypted:
        yield document.fault((*path, "field"), "rule-opened", _("这里应是加密的数据项。"), _("未加密的请写 fails。"))
    if ("against" in told) == ("wants" in told):
        message = _("“against”和“wants”须写其中一个。")
        yield document.fault(path, "rule-opened", message, _("与别的数据项核对写 against，检验写法写 wants。"))
    if "against" in told and held is not None and held.type != "id-number":
        message = _("这里应是公民身份号码型的数据项。")
        yield document.fault((*path, "field"), "rule-opened", message, _("请改为 type: id-number 的数据项。"))
    if against is not None and against.type not in ("date", "code"):
        message = _("身份号码只能与出生日期或性别核对。")
        yield document.fault((*path, "against"), "rule-opened", message, _("请改为日期型或性别代码型的数据项。"))
    if "wants" in told and not _is_pattern(told["wants"]):
        message = _("不是有效的正则表达式：%(text)s。") % {"text": told["wants"]}
        yield document.fault((*path, "wants"), "test-pattern", message, _("只用字符、字符组和次数。"))


def _references(one: Mapping[str, Any]) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    for number, reference in enumerate(one.get("unmatched", ())):
        yield ("unmatched", number), reference
    if "matched" in one:
        yield ("matched",), one["matched"]


def _named(names: list[str]) -> Any:
    return _("可以写：%(known)s。") % {"known": ", ".join(names)}


def _unknown(document: Document, path: Path_, name: str, definition: Definition) -> Fault:
    message = _("“%(register)s”没有名为“%(name)s”的数据项。") % {"register": definition.key, "name": name}
    return document.fault(path, "field-unknown", message, _named(list(definition.by_name)))


# -- what only other registers can say --------------------------------------------------------------------------------
def check_elsewhere(
    text: str, definition: Definition, find: Callable[[str], Definition | None]
) -> Iterator[Fault]:  # fmt: skip
    """Faults of references to other registers, as they are published here. For a text without other faults."""
    document = read_yaml(FILE, text)
    for number, one in enumerate(document.data["rules"]):
        for place, reference in _references(one):
            path = ("rules", number, *place)
            other = definition if reference["register"] == definition.key else find(reference["register"])
            if other is None:
                message = _("没有名为“%(name)s”的基础库。") % {"name": reference["register"]}
                yield document.fault((*path, "register"), "register-unknown", message, _("请先发布它，或改用已有的。"))
                continue
            for own, theirs in reference["by"].items():
                if other.find(theirs) is None:
                    yield _unknown(document, (*path, "by", own), theirs, other)
            if "where" in reference:
                yield from check_condition(document, (*path, "where"), reference["where"], other, own=definition)


# -- conditions -------------------------------------------------------------------------------------------------------
def check_condition(
    document: Document, path: Path_, condition: Mapping[str, Any], about: Definition, own: Definition | None = None
) -> Iterator[Fault]:
    """Faults of a condition on records of `about`; `own`: the register of the record that is checked."""
    for name, test in condition.items():
        one = about.find(name)
        if one is None and name not in SYSTEM:
            yield _unknown(document, (*path, name), name, about)
            continue
        kind = "date" if one is None else str(one.type)
        is_encrypted = one is not None and one.is_encrypted
        for code, message, remedy in _test(test, kind, is_encrypted, about, own):
            yield document.fault((*path, name), code, message, remedy)


def _test(test: Any, kind: str, is_encrypted: bool, about: Definition, own: Definition | None) -> Iterator[Any]:
    """(code, message, remedy) of what is wrong with one test."""
    if not isinstance(test, Mapping):
        if is_encrypted:
            yield _sealed()
        return
    if len(test) != 1 or next(iter(test)) not in TESTS:
        yield "test-unknown", _("每个数据项写一种检验。"), _named(list(TESTS))
        return
    ((name, operand),) = test.items()
    if is_encrypted and name != "is":
        yield _sealed()
    elif name == "is" and operand not in ("missing", "present"):
        yield "test-value", _("“is”只有两个值。"), _named(["missing", "present"])
    elif name == "division" and (operand not in ("unknown", "abolished") or kind != "division"):
        yield "test-value", _("“division”用于区划代码型数据项。"), _named(["unknown", "abolished"])
    elif (name in BEFORE and kind not in DAYS) or (name in NUMBERS and kind not in COUNTS):
        yield (
            "test-type",
            _("“%(name)s”不能用于这种数据项。") % {"name": name},
            _("日期用 before、after，数值用 below、above。"),
        )
    elif name in (*PATTERNS, "begins", "differs") and kind not in TEXTS:
        yield "test-type", _("“%(name)s”不能用于这种数据项。") % {"name": name}, _("它只用于文字和代码。")
    elif name in PATTERNS and not _is_pattern(operand):
        yield "test-pattern", _("不是有效的正则表达式：%(text)s。") % {"text": operand}, _("只用字符、字符组和次数。")
    else:
        yield from _operand(name, operand, about, own)


def _sealed() -> tuple[str, Any, Any]:
    return "test-encrypted", _("加密的数据项只能检验是否填写。"), _("请写 {is: missing} 或 {is: present}。")


_UNSHARED = re.compile(r"\\[A-Zbmy<>]|\(\?")  # what the two engines read differently


def _is_pattern(text: Any) -> bool:
    if not isinstance(text, str) or _UNSHARED.search(text):
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _operand(name: str, operand: Any, about: Definition, own: Definition | None) -> Iterator[Any]:
    if isinstance(operand, Mapping):
        yield from _named_operand(operand, about, own)
    elif name in BEFORE and not _is_day(operand):
        yield "test-value", _("不是有效的日期：%(text)s。") % {"text": operand}, _("请按 2026-03-02 的形式填写。")
    elif name in NUMBERS and (isinstance(operand, bool) or not isinstance(operand, int | float)):
        yield "test-value", _("这里应是数字。"), _("请写数字，或 {field: 数据项}。")
    elif name in ("begins", "differs"):
        yield "test-value", _("要写明与什么比较。"), _named(["field", "own"])


_OPERANDS = ("field", "own", "today", "years", "days", "digits")


def _named_operand(operand: Mapping[str, Any], about: Definition, own: Definition | None) -> Iterator[Any]:
    if strange := sorted(set(operand) - set(_OPERANDS)):
        yield "test-value", _("不认识“%(name)s”。") % {"name": strange[0]}, _named(list(_OPERANDS))
    if "own" in operand and own is None:
        yield "test-value", _("“own”只能写在 where 中。"), _("请改用 field。")
    for place, where in (("field", about), ("own", own)):
        name = operand.get(place)
        if name and where and where.find(name) is None and name not in SYSTEM:
            yield "field-unknown", _("没有名为“%(name)s”的数据项。") % {"name": name}, _named(list(where.by_name))
    if not {"field", "own", "today"} & set(operand):
        yield "test-value", _("要写明与什么比较。"), _named(["field", "own", "today"])


def _is_day(text: Any) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except (TypeError, ValueError):
        return False
