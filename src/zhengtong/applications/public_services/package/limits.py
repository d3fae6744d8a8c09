"""Time limits, fees, visits, law: what the law and the standards of the field demand of a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhengtong.kernel.documents.said import say as _

from ..definitions import ASSURANCE, JOINT_DAYS, SINGLE_DAYS
from .faults import Fault
from .reading import Package
from .walking import entries, mapping, number, words

Path = tuple[Any, ...]
IMMEDIATE = "1"  # 即办件, GB/T 39046 A.6


def check(package: Package) -> Iterator[Fault]:
    yield from _decision(package)
    yield from _reviews(package)
    yield from _kind(package)
    yield from _law(package)
    yield from _visits(package)
    yield from _questions(package)
    yield from _assurance(package)


def _decision(package: Package) -> Iterator[Fault]:
    decision = mapping(package.manifest.get("decision"))
    statutory, promised = number(decision, "statutory_days"), number(decision, "promised_days")
    fault = package.document.fault
    if statutory and promised and promised > statutory:
        yield fault(
            ("decision", "promised_days"),
            "promise-above-statute",
            _("承诺 %(promised)d 个工作日，超过法定 %(statutory)d 个工作日。")
            % {"promised": promised, "statutory": statutory},
            _("承诺时限不得长于法定时限。"),
        )
    is_joint = package.manifest.get("kind") == "joint"
    most = JOINT_DAYS if is_joint else SINGLE_DAYS
    if statutory and statutory > most and (is_joint or not decision.get("justification")):
        clause = (
            _("联合办理最多 45 个工作日（行政许可法第四十二条第二款）。")
            if is_joint
            else _("一般最多 20 个工作日（行政许可法第四十二条第一款）；法律另有规定的，请写 justification。")
        )
        yield fault(
            ("decision", "statutory_days"),
            "statute-too-long",
            _("法定时限 %(days)d 个工作日过长。") % {"days": statutory},
            clause,
        )
    kind = mapping(package.manifest.get("implementation")).get("case_type")
    if kind == IMMEDIATE and promised and promised > 1:
        yield fault(
            ("decision", "promised_days"),
            "immediate-too-long",
            _("即办件的承诺时限应为 1 个工作日。"),
            _("请改为 1，或把 case_type 改为 2（承诺件）。"),
        )


def _reviews(package: Package) -> Iterator[Fault]:
    """Each review, and each chain of reviews that wait for each other, must fit into the promise."""
    promised = number(mapping(package.manifest.get("decision")), "promised_days")
    days, after = {}, {}
    for path, entry in entries(package.manifest, "reviews"):
        if isinstance(entry.get("key"), str) and number(entry, "days"):
            days[entry["key"]] = (number(entry, "days") or 0, path)
            after[entry["key"]] = words(entry.get("after"))
    for key, (own, path) in days.items():
        whole = own + _before(key, days, after, frozenset({key}))
        if promised and whole > promised:
            yield package.document.fault(
                (*path, "days"),
                "review-too-long",
                _("该审查最迟在第 %(days)d 个工作日结束，超过承诺的 %(promised)d 个工作日。")
                % {"days": whole, "promised": promised},
                _("请缩短该审查（及其之前的审查），或放宽承诺时限。"),
            )


def _before(key: str, days: dict[str, tuple[int, Path]], after: dict[str, list[str]], above: frozenset[str]) -> int:
    """Working days of the longest chain before a review; circles are reported elsewhere."""
    chains = [days[k][0] + _before(k, days, after, above | {k}) for k in after[key] if k in days and k not in above]
    return max(chains, default=0)


def _kind(package: Package) -> Iterator[Fault]:
    named = [entry.get("authority") for _path, entry in entries(package.manifest, "reviews")]
    authorities = {key for key in (*named, package.manifest.get("lead_authority")) if isinstance(key, str)}
    if package.manifest.get("kind") == "single" and len(authorities) > 1:
        yield package.document.fault(
            ("kind",),
            "single-with-several",
            _("单项服务只有一个部门，这里有 %(count)d 个。") % {"count": len(authorities)},
            _("请改为 kind: joint。"),
        )
    if package.manifest.get("kind") == "joint" and len(authorities) < 2:
        yield package.document.fault(
            ("kind",), "joint-with-one", _("联办服务至少有两个部门。"), _("请改为 kind: single，或补上其他部门的审查。")
        )


def _law(package: Package) -> Iterator[Fault]:
    if not package.manifest.get("law"):
        yield package.document.fault(
            ("law",),
            "law-missing",
            _("没有设定依据。"),
            _("请在 law 中写明法律法规的名称、文号和条款；没有依据的事项不得设定（优化营商环境条例第三十五条）。"),
        )


def _visits(package: Package) -> Iterator[Fault]:
    visits = mapping(package.manifest.get("visits"))
    if number(visits, "count") and not visits.get("reason"):
        yield package.document.fault(
            ("visits",),
            "visits-without-reason",
            _("须到现场办理，但没有说明原因。"),
            _("请写 reason，或把 count 改为 0。"),
        )


def _questions(package: Package) -> Iterator[Fault]:
    for path, entry in entries(package.manifest, "eligibility"):
        if entry.get("must") and not entry.get("otherwise"):
            yield package.document.fault(
                (*path, "must"),
                "refusal-without-words",
                _("不符合条件时没有告知内容。"),
                _("请写 otherwise，告诉申请人怎么办。"),
            )
        if entry.get("type") == "choice" and not entry.get("options"):
            yield package.document.fault(
                (*path, "type"), "choice-without-options", _("选择题没有选项。"), _("请写 options。")
            )


def _assurance(package: Package) -> Iterator[Fault]:
    """A credential in somebody's name is issued only to who has proved to bear it."""
    level = number(package.manifest, "assurance")
    if level and level < ASSURANCE and package.manifest.get("outputs"):
        yield package.document.fault(
            ("assurance",),
            "assurance-too-low",
            _("核发证照的事项，办理人的实名等级不得低于 %(least)d 级。") % {"least": ASSURANCE},
            _("请改为 2 或 3，或删去这一项（默认为 2）。"),
        )
