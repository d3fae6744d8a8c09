"""Conditions as data: CEL, checked when it is compiled, and closed when it fails. Never Python.

CEL's own library limits depth (32) and iterations, but not memory: `[s].map(x, x + x).map(…)` doubles at each step, its
C++ crashes on very deep values, and it cuts a text at a NUL. Hence the limits here on the source and on the values.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengtong.kernel.errors import Invalid

from .rules import Unusable, is_text, names_under, only_names_under, plain, spread_of

MAX_SOURCE = 1_000  # characters
MAX_COMPREHENSIONS = 3  # exists, all, map … in one expression
MAX_ADDITIONS = 20

_TYPES: dict[type, cel.Type] = {
    bool: cel.Type.BOOL,
    int: cel.Type.INT,
    float: cel.Type.DOUBLE,
    str: cel.Type.STRING,
    list: cel.Type.List(cel.Type.DYN),
    dict: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    object: cel.Type.DYN,
}
_POSITION = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a source. `line` and `column` count from 1; both 0 where the whole expression is meant."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        if not self.line:
            return self.message
        return _("第 %(line)s 行第 %(column)s 列：%(message)s") % {
            "line": self.line, "column": self.column, "message": self.message,
        }  # fmt: skip


class Faulty(Invalid):
    """The source is no condition. `faults` names each place."""

    code = "faulty-expression"
    title = gettext_lazy("条件式有误")
    remedy = gettext_lazy("请按 CEL 语法改正，例如 form.area_m2 > 300。")

    def __init__(self, source: str, faults: list[Fault]) -> None:
        super().__init__("；".join(str(fault) for fault in faults))
        self.source = source
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a condition gave. `fault` is empty where it gave true or false; else says why it was taken as false."""

    is_true: bool
    fault: str = ""


class Expression:
    """A compiled condition. Immutable, shared between threads."""

    def __init__(self, source: str, program: cel.Expression, variables: Iterable[str] = ()) -> None:
        self.source = source
        self._program = program
        self._reads = {name: only_names_under(name, source) for name in variables}

    def truth(self, values: Mapping[str, Any]) -> bool:
        """Whether it holds. Anything but a clean `true` (a missing key, a fault, another type) is False."""
        return self.judge(values).is_true

    def judge(self, values: Mapping[str, Any]) -> Judgement:
        """As `truth`, with the reason where the condition could not be judged. Never raises."""
        try:
            result = self._program.eval(data=plain(self._wanted(values)))
        except (Unusable, RuntimeError, ValueError) as error:
            return Judgement(False, str(error))
        if result.type() == cel.Type.BOOL:
            return Judgement(result.value())
        if result.type() == cel.Type.ERROR:
            return Judgement(False, str(result.value()))
        return Judgement(False, f"not a boolean: {result.type().name()}")

    def _wanted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values without what the source does not read: a form of a hundred fields is not copied for two."""
        return {name: _part(value, self._reads.get(name)) for name, value in values.items()}

    def fields_of(self, variable: str) -> frozenset[str]:
        """The names read under a variable: `form.area_m2 > 300` reads `area_m2` of `form`."""
        return names_under(variable, self.source)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


def _part(value: Any, names: frozenset[str] | None) -> Any:
    if names is None or not isinstance(value, Mapping):
        return value
    return {name: value[name] for name in names if name in value}


def compile(source: str, variables: Mapping[str, type]) -> Expression:
    """The condition, checked. `variables` maps each name to bool, int, float, str, list, dict or object (anything).

    Raises Faulty with every fault and its place. Compiled programs are kept.
    """
    return _compiled(source, tuple(sorted(variables.items(), key=lambda item: item[0])))


@functools.lru_cache(maxsize=4096)
def _compiled(source: str, variables: tuple[tuple[str, type], ...]) -> Expression:
    _check_size(source)
    try:
        program = _environment(variables).compile(source)
    except RuntimeError as error:
        raise Faulty(source, _faults_in(str(error))) from None
    if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise Faulty(source, [Fault(0, 0, _("结果应为真或假，而不是 %s") % program.return_type().name().lower())])
    return Expression(source, program, [name for name, _kind in variables])


@functools.lru_cache(maxsize=256)
def _environment(variables: tuple[tuple[str, type], ...]) -> cel.Env:
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in variables})


def _check_size(source: str) -> None:
    if not is_text(source):
        raise Faulty(source[:0], [Fault(0, 0, _("条件式含有无法识别的字符"))])
    spread = spread_of(source)
    if spread.characters > MAX_SOURCE:
        raise Faulty(source, [Fault(0, 0, _("条件式过长：最多 %s 个字符") % MAX_SOURCE)])
    if spread.comprehensions > MAX_COMPREHENSIONS:
        raise Faulty(source, [Fault(0, 0, _("遍历过多：exists、all、map 等合计最多 %s 次") % MAX_COMPREHENSIONS)])
    if spread.additions > MAX_ADDITIONS:
        raise Faulty(source, [Fault(0, 0, _("加号过多：最多 %s 个") % MAX_ADDITIONS)])


def _faults_in(message: str) -> list[Fault]:
    found = [Fault(max(int(line), 0), max(int(column), 0), _said(text)) for line, column, text in
             _POSITION.findall(message)]  # fmt: skip
    return list(dict.fromkeys(found)) or [Fault(0, 0, _said(message))]


def _said(text: str) -> str:
    """The library's English sentence, in the reader's language where it is one of the usual ones."""
    if unknown := re.match(r"undeclared reference to '([^']*)'", text):
        return _("没有名为“%s”的变量或函数") % unknown[1]
    if mixed := re.match(r"found no matching overload for '([^']*)' applied to '(.*)'", text):
        return _("运算 %(operator)s 不能用于 %(types)s") % {"operator": mixed[1].strip("_"), "types": mixed[2]}
    if text.startswith("Syntax error"):
        return _("语法错误（%s）") % text.removeprefix("Syntax error: ")[:160]
    if "recursion" in text:
        return _("嵌套过深")
    return text[:200]


class Pattern:
    """A regular expression in RE2: linear time, however a text is made. `matches` finds it anywhere in the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._expression = compile("text.matches(pattern)", {"text": str, "pattern": str})

    def matches(self, text: str) -> bool:
        return self._expression.truth({"text": text, "pattern": self.source})

    def fault(self) -> str:
        """Empty where the pattern is good; else what RE2 says."""
        return self._expression.judge({"text": "", "pattern": self.source}).fault
