"""YAML as people write it: words stay words, nothing grows, every fault has its line."""

from __future__ import annotations

import pytest

from zhengtong.kernel.documents.yaml import read_yaml


def test_words_stay_words() -> None:
    data = read_yaml("x.yaml", "type: 01\nopen: 9:00\nno: yes\nday: 2026-11-23\nfree: true\nm2: 120.5\nnothing:\n").data
    assert data == {
        "type": "01", "open": "9:00", "no": "yes", "day": "2026-11-23", "free": True, "m2": 120.5, "nothing": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: {c: 1, c: 2}", "yaml-duplicate-key", 2),
        ("a: &x [1]\nb: *x", "yaml-alias", 1),
        ("a: !!python/object/apply:os.system [id]", "yaml-tag", 1),
        ("a: !!binary aGk=", "yaml-tag", 1),
        ("a:\n  - b\n c: d", "yaml-syntax", 3),
        ("a: " + "[" * 40 + "]" * 40, "yaml-depth", None),
        ("? [a, b]\n: c", "yaml-key", None),
        ("a: \x00", "yaml-syntax", None),
    ],
)
def test_what_yaml_may_not_hold(text: str, code: str, line: int | None) -> None:
    faults = read_yaml("x.yaml", text).faults
    assert [fault.code for fault in faults] == [code]
    assert line is None or faults[0].line == line


def test_a_billion_laughs_are_refused_at_once() -> None:
    text = "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    assert [fault.code for fault in read_yaml("x.yaml", text).faults] == ["yaml-alias"]


def test_a_fault_knows_its_line() -> None:
    document = read_yaml("x.yaml", "a: 1\nb:\n  - {c: 2}\n  - d: 3\n")
    assert (document.line(("b", 1, "d")), document.line(("b", 1, "missing"))) == (4, 4)


def test_a_number_too_long_to_be_one_stays_text() -> None:
    assert read_yaml("x.yaml", "a: " + "9" * 5000).data == {"a": "9" * 5000}
