"""The conditions of a package: do they compile, do they read fields that exist, can they ever hold?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from zhengtong.kernel.documents.said import say as _
from zhengtong.support.expressions.services import Expression, Faulty, compile

from .faults import Fault
from .reading import Package
from .walking import entries, form_properties, mapping, words

Path = tuple[Any, ...]
MOST_TRIES = 20_000
_PLACES = {
    "reviews": ("when",),
    "requirements": ("when",),
    "credentials": ("when",),
    "eligibility": ("when", "must"),
}
_NUMBER = re.compile(r"(?<![\w.\"'])-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^'\\]*)'")
_FUNCTION = re.compile(r"\b[a-z]\w*\s*\(")


def check(package: Package) -> Iterator[Fault]:
    """Every condition of the manifest; one that can never hold is a fault."""
    questions = _questions(package)
    fields = form_properties(package)
    for path, source in _conditions(package.manifest):
        known = questions if path[0] == "eligibility" else fields
        expression = yield from _compiled(package, path, source, known)
        if expression and path[-1] == "when" and can_hold(expression, known) is False:
            yield package.document.fault(path, *_never(str(path[0])))


def _conditions(manifest: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every condition of the manifest with its place."""
    for part, names in _PLACES.items():
        for path, entry in entries(manifest, part):
            yield from (((*path, name), entry[name]) for name in names if isinstance(entry.get(name), str))


def _compiled(
    package: Package, path: Path, source: str, known: Mapping[str, Any]
) -> Generator[Fault, None, Expression | None]:
    """Yields what is wrong; returns the expression, or None where it cannot be judged further."""
    try:
        expression = compile(source, {"form": dict})
    except Faulty as error:
        yield package.document.fault(
            path, "condition-faulty", _("条件式有误：%(problem)s") % {"problem": error.message}, error.remedy
        )
        return None
    unknown = sorted(expression.fields_of("form") - set(known)) if known else []
    for name in unknown:
        yield package.document.fault(
            path,
            "condition-field-unknown",
            _("条件式用到的“%(name)s”不存在。") % {"name": name},
            _("可以用：%(known)s。") % {"known": ", ".join(sorted(known))},
        )
    return None if unknown else expression


def _never(part: str) -> tuple[str, Any, Any]:
    code = "review-unreachable" if part == "reviews" else "condition-never-true"
    return code, _("这个条件永远不会成立。"), _("请改正条件，或去掉这一项。")


def _questions(package: Package) -> dict[str, Any]:
    """The questions before applying, as if they were fields of a form."""
    kinds: dict[str, dict[str, Any]] = {"boolean": {"type": "boolean"}, "number": {"type": "number"}}
    found: dict[str, Any] = {}
    for _path, entry in entries(package.manifest, "eligibility"):
        values = [option.get("value") for _place, option in entries(entry, "options")]
        if isinstance(entry.get("key"), str):
            found[entry["key"]] = kinds.get(str(entry.get("type")), {"type": "string", "enum": words(values)})
    return found


# -- can it ever hold? ------------------------------------------------------------------------------------------------
def can_hold(expression: Expression, fields: Mapping[str, Any]) -> bool | None:
    """Whether some answer makes the condition true, tried with every value that could matter; None: cannot be said."""
    names = sorted(expression.fields_of("form"))
    choices = [candidates(mapping(fields.get(name)), expression.source) for name in names]
    if any(choice is None for choice in choices):
        return None
    listed = [choice or [] for choice in choices]
    tries = itertools.islice(itertools.product(*listed), MOST_TRIES + 1)
    for number, values in enumerate(tries):
        if number == MOST_TRIES:
            return None
        if expression.truth({"form": dict(zip(names, values, strict=True))}):
            return True
    return False


def candidates(field: Mapping[str, Any], source: str) -> list[Any] | None:
    """Values of a field around which the condition may turn; None where they cannot be listed (free text, lists)."""
    kind = field.get("type")
    if "const" in field:
        return [field["const"]]
    if isinstance(field.get("enum"), list):
        return list(field["enum"])
    if kind == "boolean":
        return [True, False]
    if kind in ("number", "integer"):
        return _numbers(field, source, whole=kind == "integer")
    if kind == "string" and not _FUNCTION.search(source):
        return ["", *(a or b for a, b in _QUOTED.findall(source))]
    return None


def _numbers(field: Mapping[str, Any], source: str, *, whole: bool) -> list[float | int]:
    step = 1 if whole else 0.5
    named = [float(number) for number in _NUMBER.findall(source)]
    around = {value + shift for value in named for shift in (-step, 0, step)}
    around |= {_bound(field, "minimum", 0.0), _bound(field, "maximum", 0.0), 0.0, step, -step}
    fitting = sorted(value for value in around if _fits(field, value))
    return [int(value) if whole else value for value in fitting]


def _fits(field: Mapping[str, Any], value: float) -> bool:
    infinite = float("inf")
    return _bound(field, "minimum", -infinite) <= value <= _bound(field, "maximum", infinite) and _bound(
        field, "exclusiveMinimum", -infinite
    ) < value < _bound(field, "exclusiveMaximum", infinite)


def _bound(field: Mapping[str, Any], name: str, otherwise: float) -> float:
    value = field.get(name)
    return float(value) if isinstance(value, int | float) else otherwise
