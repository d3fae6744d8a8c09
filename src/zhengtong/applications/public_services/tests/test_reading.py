"""Reading a package: only plain, bounded, readable files come in."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from zhengtong.kernel.documents import yaml

from ..package import manifest_schema, reading
from ..package.reading import read_package
from .factories import SHIPPED, starter


def codes(folder: Path) -> set[str]:
    return {fault.code for fault in read_package(folder).faults}


# -- files ------------------------------------------------------------------------------------------------------------
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    package = starter(tmp_path)
    (package / "secret.md").symlink_to("/etc/hostname")
    (package / "all").symlink_to("/etc")
    found = read_package(package)
    assert {f.path for f in found.faults if f.code == "file-link"} == {"secret.md", "all"}
    assert "secret.md" not in found.files


@pytest.mark.parametrize("name", ["run.py", "a b.md", "文件.md", "x.exe", ".hidden/x.md"])
def test_only_known_kinds_of_files(tmp_path: Path, name: str) -> None:
    package = starter(tmp_path)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("x")
    assert ("file-name" in codes(package)) is not name.startswith(".")
    assert name not in read_package(package).files


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = starter(tmp_path)
    (package / "large.md").write_text("x" * (reading.MAX_TEXT + 1))
    assert codes(package) == {"file-too-large"}
    monkeypatch.setattr(reading, "MAX_TOTAL", 1000)
    assert "package-too-large" in codes(package)


def test_a_fifo_is_not_read(tmp_path: Path) -> None:
    package = starter(tmp_path)
    os.mkfifo(package / "pipe.md")
    assert codes(package) == {"file-link"}


def test_broken_texts_are_named(tmp_path: Path) -> None:
    package = starter(tmp_path)
    (package / "guide.zh.md").write_bytes("办事指南".encode("gbk"))
    (package / "form.json").write_text('{"a": 1, "a": 2}')
    (package / "extra.json").write_text('{"a": NaN}')
    faults = {(fault.path, fault.code) for fault in read_package(package).faults}
    assert faults == {("guide.zh.md", "file-encoding"), ("form.json", "json-syntax"), ("extra.json", "json-syntax")}


def test_no_folder_and_no_manifest(tmp_path: Path) -> None:
    assert codes(tmp_path / "nowhere") == {"folder-missing"}
    assert codes(tmp_path) == {"manifest-missing"}


def test_the_digest_is_over_names_and_contents(tmp_path: Path) -> None:
    package = starter(tmp_path)
    before = read_package(package).digest
    assert read_package(package).digest == before
    (package / "guide.en.md").rename(package / "guide.md")
    assert read_package(package).digest != before
    (package / "guide.md").rename(package / "guide.en.md")
    with open(package / "form.json", "a") as file:
        file.write("\n")
    assert read_package(package).digest != before


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_packages_can_be_read(key: str, settings) -> None:
    package = read_package(Path(settings.ZT_PACKAGES) / key)
    assert package.faults == []
    assert package.key == key
    assert len(package.examples) >= 2


# -- the reference ----------------------------------------------------------------------------------------------------
def test_the_reference_names_every_key_and_every_code(settings) -> None:
    text = (Path(settings.ROOT) / "docs/reference/service-package.md").read_text(encoding="utf-8")
    schema = json.loads(manifest_schema.SCHEMA.read_text(encoding="utf-8"))
    assert [name for name in sorted(_names(schema)) if f"`{name}`" not in text] == []
    sources = "".join(
        file.read_text(encoding="utf-8") for file in [*Path(reading.__file__).parent.glob("*.py"), Path(yaml.__file__)]
    )
    codes = set(re.findall(r'"([a-z]{2,}(?:-[a-z]+)+)"', sources)) - {"zh-hans", "package-faulty"}
    assert len(codes) > 60
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def _names(schema: Any) -> set[str]:
    """Every property name anywhere in a schema, those of texts apart."""
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) - {"zh", "en"}
    return own.union(*map(_names, schema.values()), *(_names(p) for p in schema.get("properties", {}).values()))
