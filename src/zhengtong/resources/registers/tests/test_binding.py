"""A field may not contradict the data element it is bound to; each contradiction is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengtong.resources.standards import services as standards

from .. import services
from ..definition.reading import MANIFEST
from .factories import authority

pytestmark = pytest.mark.django_db
NAME = "name: name, element: person-name, label: {zh: 姓名, en: Name}, type: text, length: 100"
NOTE = "element: source-note, label: {zh: 备注, en: Note}, type: text, length: 100"
WRONG = [
    (NAME, NAME.replace("length: 100", "length: 101"), "element-length"),
    (NOTE, NOTE.replace("type: text, length: 100", "type: date"), "element-type"),
    ("element: id-number,", "element: person-name,", "element-number"),
    ("code_table: gbt2261_1_sex", "code_table: gbt3304", "element-table"),
    ("merged: {zh: 重复并入", "joined: {zh: 重复并入", "element-values"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    standards.load_code_tables()
    authority("public-security", "civil-affairs", "education", "health")
    shipped = next(folder for folder in services.shipped() if folder.name == "population")
    (tmp_path / MANIFEST).write_bytes((shipped / MANIFEST).read_bytes())
    return tmp_path


@pytest.mark.parametrize(("right", "wrong", "code"), WRONG, ids=[one[2] for one in WRONG])
def test_a_contradiction_is_a_fault_with_its_line(folder: Path, right: str, wrong: str, code: str) -> None:
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    assert right in text
    changed = text.replace(right, wrong, 1)
    if code == "element-values":
        changed = changed.replace("merged: []", "joined: []").replace("merged_status: merged", "merged_status: joined")
    (folder / MANIFEST).write_text(changed, encoding="utf-8")
    (fault,) = services.check_definition(folder)
    assert fault.code == code
    first = text[: text.index(right)].count("\n") + 1
    assert first - 1 <= (fault.line or 0) <= first + 1
    with pytest.raises(services.DefinitionFaulty):
        services.plan(folder)


def test_what_ships_contradicts_nothing() -> None:
    standards.load_code_tables()
    folders = services.shipped()
    codes = {fault.code for folder in folders for fault in services.check_definition(folder)}
    assert codes <= {"authority-not-here"}
