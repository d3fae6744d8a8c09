"""The generated pages of docs/reference on standards of security: requirement, how it is met, what shows it."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

STATUSES = ("met", "partly", "not met", "not applicable")
LONGEST = 240  # characters of a sentence
_FIELDS = {"number", "asks", "status", "how", "tests"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One standard: `sources/<name>.yaml` beside the pages, and the numbers it must answer in `sources/<numbers>`."""

    name: str
    numbers: str


SHEETS = (Sheet("asvs", "asvs-5.0.0.csv"), Sheet("mlps", "mlps-2019.csv"))


def read(folder: Path, sheet: Sheet) -> dict[str, Any]:
    """Title, introduction, chapters and requirements, as people keep them."""
    document: dict[str, Any] = yaml.safe_load((folder / "sources" / f"{sheet.name}.yaml").read_text(encoding="utf-8"))
    return document


def levels(folder: Path, sheet: Sheet) -> dict[str, str]:
    """Every number of the standard that is to be answered, with its level (or what stands in its place)."""
    lines = (folder / "sources" / sheet.numbers).read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["number"]: row["level"] for row in rows}


# -- what must hold ---------------------------------------------------------------------------------------------------
def faults(document: dict[str, Any], wanted: dict[str, str], root: Path) -> list[str]:
    """Everything by which the sheet would claim what is not so: numbers, statuses, sentences, tests."""
    rows = document["requirements"]
    found = Counter(str(row.get("number")) for row in rows)
    told = [f"{number}: stands nowhere" for number in wanted if number not in found]
    told += [f"{number}: stands {times} times" for number, times in found.items() if times > 1]
    told += [f"{number}: no number of the standard" for number in found if number not in wanted]
    return told + [f"{row['number']}: {fault}" for row in rows for fault in _faults_of(row, root)]


def _faults_of(row: dict[str, Any], root: Path) -> list[str]:
    tests = row.get("tests") or []
    told = [f"the field {name} is not known" for name in row.keys() - _FIELDS]
    told += [f"{name} says nothing" for name in ("asks", "how") if not str(row.get(name) or "").strip()]
    told += [f"{name} is too long" for name in ("asks", "how") if len(str(row.get(name) or "")) > LONGEST]
    if row.get("status") not in STATUSES:
        told.append(f"status {row.get('status')!r} is none of {', '.join(STATUSES)}")
    if row.get("status") == "met" and not tests:
        told.append("met, but no test shows it")
    if row.get("status") in ("not met", "not applicable") and tests:
        told.append(f"{row['status']}, and yet tests")
    return told + [f"there is no test {test}" for test in tests if not exists(test, root)]


def exists(test: str, root: Path) -> bool:
    """Whether pytest would find it: `file`, `file::test`, `file::Class::test`."""
    file, _, name = test.partition("::")
    standing = tests_of(root / file) if file.split("/")[-1].startswith("test_") else frozenset()
    return name in standing if name else bool(standing)


@cache
def tests_of(file: Path) -> frozenset[str]:
    """Names of the tests of a file, by its syntax alone."""
    if not file.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {before + f.name for f in inside if isinstance(f, ast.FunctionDef) and f.name.startswith("test")}
    return frozenset(found)


# -- the page ---------------------------------------------------------------------------------------------------------
def conformity_pages(head: str, folder: Path) -> dict[str, str]:
    return {f"{sheet.name}.md": _page(head, read(folder, sheet), levels(folder, sheet)) for sheet in SHEETS}


def _page(head: str, document: dict[str, Any], wanted: dict[str, str]) -> str:
    rows = document["requirements"]
    lines = [f"{head}# {document['title']}", "", document["introduction"].strip(), "", *_counts(rows, wanted)]
    for key, title in document["chapters"].items():
        lines += ["", f"## {key} {title}", f"| number | {document['level']} | asks | status | how | shown by |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_line(row, wanted[row["number"]]) for row in rows if _is_of(row["number"], key)]
    return "\n".join(lines) + "\n"


def _is_of(number: str, chapter: str) -> bool:
    return number == chapter or number.startswith(f"{chapter}.")


def _counts(rows: list[dict[str, Any]], wanted: dict[str, str]) -> list[str]:
    groups = sorted(set(wanted.values()))
    lines = [f"| status | {' | '.join(groups)} | together |", f"|---|{'---|' * (len(groups) + 1)}"]
    for status in STATUSES:
        counted = Counter(wanted[row["number"]] for row in rows if row["status"] == status)
        lines.append(f"| {status} | {' | '.join(str(counted[g]) for g in groups)} | {counted.total()} |")
    return lines


def _line(row: dict[str, Any], level: str) -> str:
    cells = [row["number"], level, row["asks"], row["status"], row["how"], "<br>".join(map(_short, row["tests"] or []))]
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _short(test: str) -> str:
    return f"`{test.removeprefix('src/zhengtong/')}`"
