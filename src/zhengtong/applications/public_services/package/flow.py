"""The flow of reviews: nothing waits for what never comes, nothing waits in a circle, and the process can be run."""

from __future__ import annotations

from collections.abc import Iterator

from zhengtong.kernel.documents.faults import Fault, pointer
from zhengtong.kernel.documents.said import say as _
from zhengtong.support.workflow import services as workflow

from .reading import PROCESS, Package
from .walking import entries, keys_of, words


def check(package: Package) -> Iterator[Fault]:
    yield from _links(package)
    yield from _circles(package)
    yield from _process(package)


def _links(package: Package) -> Iterator[Fault]:
    known = keys_of(package.manifest, "reviews")
    for path, entry in entries(package.manifest, "reviews"):
        for number, key in enumerate(words(entry.get("after"))):
            if key not in known:
                yield package.document.fault(
                    (*path, "after", number),
                    "review-unreachable",
                    _("等待的审查“%(key)s”不存在，此审查永远不会开始。") % {"key": key},
                    _("可以写：%(known)s。") % {"known": ", ".join(known)},
                )


def _circles(package: Package) -> Iterator[Fault]:
    after = {
        entry["key"]: words(entry.get("after"))
        for _path, entry in entries(package.manifest, "reviews")
        if isinstance(entry.get("key"), str)
    }
    for path, entry in entries(package.manifest, "reviews"):
        circle = circle_through(str(entry.get("key")), after)
        if circle:
            yield package.document.fault(
                (*path, "after"),
                "review-circle",
                _("审查互相等待，永远不会开始：%(circle)s。") % {"circle": " → ".join(circle)},
                _("请去掉其中一个 after。"),
            )


def circle_through(key: str, after: dict[str, list[str]]) -> list[str]:
    """A way from the review back to itself along `after`, or nothing."""
    waiting, seen = [[key]], set()
    while waiting:
        way = waiting.pop()
        for before in after.get(way[-1], ()):
            if before == key:
                return [*way, key]
            if before not in seen:
                seen.add(before)
                waiting.append([*way, before])
    return []


def _process(package: Package) -> Iterator[Fault]:
    """A process of the package's own: its BPMN must be one that this house runs, with a step for each review."""
    if PROCESS not in package.files:
        return
    for found in workflow.check_bpmn(package.files[PROCESS], steps=keys_of(package.manifest, "reviews")):
        yield Fault(pointer(PROCESS, [found.path]), "process-faulty", found.message, found.remedy)
