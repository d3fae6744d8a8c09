"""Runs the examples of a package: each says what should come out, and is compared with what does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.documents.yaml import Document
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.forms import services as forms

from .. import definitions, rules
from .faults import Fault
from .reading import Package
from .walking import mapping, words

_KEYS = {"title", "answers", "form", "accepted_on", "expect"}
_EXPECTED = {"eligible", "errors", "reviews", "requirements", "outputs", "due"}
_USUAL_DAY = date(2026, 1, 5)


def check(package: Package, *, whole: bool) -> Iterator[Fault]:
    """Faults of the examples. They are run only if the rest is `whole`: else their results would mean nothing."""
    if not package.examples:
        yield Fault(
            "examples",
            "examples-missing",
            _("没有示例。"),
            _("请在 examples/ 下至少写一个示例，说明填什么、应得到什么；发布时会逐个运行。"),
        )
    for document in package.examples.values():
        shape = list(_shape(document))
        yield from shape
        if whole and not shape:
            yield from _run(package, document)


def _shape(document: Document) -> Iterator[Fault]:
    data = document.data
    if not isinstance(data, Mapping):
        yield document.fault((), "example-faulty", _("示例应是带键的一组值。"), _("请参照说明文档填写。"))
        return
    for name in sorted(set(data) - _KEYS):
        yield document.fault((name,), "example-faulty", _("不认识“%(name)s”。") % {"name": name}, _known(_KEYS))
    expected = mapping(data.get("expect"))
    for name in sorted(set(expected) - _EXPECTED):
        message = _("不认识“%(name)s”。") % {"name": name}
        yield document.fault(("expect", name), "example-faulty", message, _known(_EXPECTED))
    if not expected:
        yield document.fault(("expect",), "example-faulty", _("示例没有写应得到什么（expect）。"), _known(_EXPECTED))
    if _day(data.get("accepted_on")) is None and (data.get("accepted_on") or expected.get("due")):
        yield document.fault(
            ("accepted_on",),
            "example-faulty",
            _("受理日期应写成 2026-11-23 的样子。"),
            _("核对时限（due）时必须写明。"),
        )


def _known(names: set[str]) -> Any:
    return _("可以写：%(known)s。") % {"known": ", ".join(sorted(names))}


# -- run one ----------------------------------------------------------------------------------------------------------
def _run(package: Package, document: Document) -> Iterator[Fault]:
    data = document.data
    expected, form = mapping(data["expect"]), dict(mapping(data.get("form")))
    for name, found in _results(package, data, form).items():
        if name in expected and not _same(expected[name], found):
            yield document.fault(
                ("expect", name),
                "example-differs",
                _("应为 %(expected)s，实际为 %(found)s。") % {"expected": _said(expected[name]), "found": _said(found)},
                _("请改正示例，或者改正事项包。"),
            )
    if form and "errors" not in expected:
        for fault in _form_faults(package, form, data):
            yield document.fault(
                ("form", fault.path),
                "example-form-faulty",
                _("示例填写的内容未通过表单检查：%(problem)s") % {"problem": fault.message},
                _("请改正示例；如果本来就该不通过，请在 expect 中写 errors。"),
            )
    yield from _due(package, document, form)


def _results(package: Package, data: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """What the package makes of the example, by the names used in `expect`."""
    manifest = package.manifest
    reviews = rules.applicable_reviews(manifest, form)
    found: dict[str, Any] = {
        "reviews": [review.key for review in reviews],
        "requirements": [r.key for r in rules.applicable_requirements(manifest, form, reviews) if r.required],
        "outputs": [credential.key for credential in rules.applicable_credentials(manifest, form)],
        "errors": sorted({fault.path for fault in _form_faults(package, form, data)}),
    }
    if "answers" in data:
        found["eligible"] = rules.eligibility(manifest, mapping(data["answers"])).is_eligible
    return found


def _form_faults(package: Package, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Any]:
    compiled = forms.compile_form(package.json(package.manifest["form"]))
    at = datetime.combine(_day(data.get("accepted_on")) or _USUAL_DAY, time(9), CHINA)
    return forms.validate(compiled, form, at=at)


def _due(package: Package, document: Document, form: Mapping[str, Any]) -> Iterator[Fault]:
    """The clocks: `due` maps promised, statutory or a review's key to the day on which it ends."""
    accepted = _day(document.data.get("accepted_on"))
    if accepted is None:
        return
    due = due_dates(package.manifest, form, accepted)
    for name, day in mapping(mapping(document.data["expect"]).get("due")).items():
        if str(day) != str(due.get(name, "—")):
            yield document.fault(
                ("expect", "due", name),
                "example-differs",
                _("应为 %(expected)s，实际为 %(found)s。") % {"expected": day, "found": due.get(name, "—")},
                _("时限从受理的次日起按工作日计算；请改正示例或时限。"),
            )


def due_dates(manifest: Mapping[str, Any], form: Mapping[str, Any], accepted: date) -> dict[str, date]:
    """When each clock of an application accepted that day ends; a review that waits counts from the end before it."""
    decision = definitions.decision_of(manifest)
    days = {"promised": decision.promised_days, "statutory": decision.statutory_days}
    days |= rules.ends_of(rules.applicable_reviews(manifest, form))
    return {name: deadlines.add_working_days(accepted, count) for name, count in days.items()}


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _same(expected: Any, found: Any) -> bool:
    """Lists are compared without order."""
    return sorted(words(expected)) == sorted(found) if isinstance(found, list) else expected == found


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) or "—" if isinstance(value, list) else str(value)
