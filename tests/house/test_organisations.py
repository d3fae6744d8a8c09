"""The reviewed list of organisations agrees with the service items by the rule it claims to follow."""

from __future__ import annotations

import csv
from pathlib import Path

import zhengtong
from zhengtong.kernel.identifiers import check_uscc
from zhengtong.security.directory import rules
from zhengtong.security.directory.queries import DATA

ITEMS = Path(zhengtong.__file__).parent / "applications/public_services/data/items/guangan_511602.csv"


def test_every_department_has_its_most_frequent_valid_code_or_none() -> None:
    with open(ITEMS, encoding="utf-8") as file:
        items = list(csv.DictReader(file))
    with open(DATA / "organisations.csv", encoding="utf-8") as file:
        listed = {row["name"]: row for row in csv.DictReader(file)}
    is_valid = {item["dept_uscc"]: bool(item["dept_uscc"]) and check_uscc(item["dept_uscc"]) is None for item in items}
    findings = rules.choose_codes(items, is_valid)
    assert set(listed) == set(findings)
    assert {name: row["uscc"] for name, row in listed.items()} == {name: f.chosen for name, f in findings.items()}
    for name, finding in findings.items():
        for code, count in finding.codes.items():
            assert f"{code}×{count}" in listed[name]["basis"], f"{name}: the reasoning does not name {code}"


def test_what_makes_the_rule_necessary_is_really_there() -> None:
    with open(ITEMS, encoding="utf-8") as file:
        pairs = {(item["department"], item["dept_uscc"]) for item in csv.DictReader(file)}
    departments = [department for department, _code in pairs]
    codes = [code for _department, code in pairs]
    assert len({d for d in departments if departments.count(d) > 1}) == 15, "several codes (or none on some items)"
    assert len({c for c in codes if codes.count(c) > 1}) == 3, "one code (or none) for several departments"
