"""Reads a package folder: which files it may hold, how large they may be, and what is in them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from zhengtong.kernel.documents.said import say as _
from zhengtong.kernel.documents.yaml import Document, read_yaml

from .faults import Fault

KB = 1024
MAX_TEXT = 256 * KB
MAX_OTHER = 2 * KB * KB
MAX_TOTAL = 10 * KB * KB
MAX_FILES = 100
MANIFEST = "service.yaml"
PROCESS = "process.bpmn"
GUIDES = {"zh": "guide.zh.md", "en": "guide.en.md"}
_TEXT = {".yaml", ".md", ".json", ".typ", ".bpmn", ".svg", ".txt"}
_OTHER = {".png", ".jpg", ".pdf"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


@dataclass
class Package:
    """A package as read from its folder. `faults` holds what is wrong with its files; nothing is checked further."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of service.yaml; empty when it cannot be read."""
        data = self.documents[MANIFEST].data if MANIFEST in self.documents else None
        return data if isinstance(data, dict) else {}

    @property
    def key(self) -> str:
        return str(self.manifest.get("key") or self.folder.name)

    @property
    def document(self) -> Document:
        return self.documents.setdefault(MANIFEST, Document(MANIFEST))

    def text(self, name: str) -> str | None:
        """The text of a file, or None when it is missing or no UTF-8 (which is then a fault already)."""
        try:
            return self.files[name].decode()
        except (KeyError, UnicodeDecodeError):
            return None

    def json(self, name: str) -> Any:
        """The content of a JSON file; None when it is missing or faulty (then a fault already)."""
        text = self.text(name)
        try:
            return None if text is None else _load_json(text)
        except (ValueError, RecursionError):
            return None

    @property
    def examples(self) -> dict[str, Document]:
        return {name: doc for name, doc in sorted(self.documents.items()) if name.startswith("examples/")}

    @property
    def digest(self) -> str:
        """SHA-256 over the names and contents of all files: two packages with the same digest are the same."""
        whole = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            whole.update(f"{len(name.encode())}:{name}{len(content)}:".encode() + hashlib.sha256(content).digest())
        return whole.hexdigest()


def read_package(folder: Path) -> Package:
    """Read every file of a package folder. Never raises for what is inside: it lists faults."""
    package = Package(folder)
    if not folder.is_dir():
        package.faults.append(
            Fault(str(folder), "folder-missing", _("没有这个文件夹。"), _("请给出含有 service.yaml 的文件夹。"))
        )
        return package
    _read_files(package)
    for name in sorted(package.files):
        _read_content(package, name)
    if MANIFEST not in package.files:
        package.faults.append(
            Fault(MANIFEST, "manifest-missing", _("缺少 service.yaml。"), _("请用“zt package new”生成一个样本。"))
        )
    return package


def _read_files(package: Package) -> None:
    total = 0
    for path in _walk(package.folder):
        name = path.relative_to(package.folder).as_posix()
        fault = _file_fault(path, name)
        if fault:
            package.faults.append(fault)
            continue
        total += path.stat().st_size
        if total > MAX_TOTAL or len(package.files) >= MAX_FILES:
            package.faults.append(
                Fault(name, "package-too-large", _("事项包过大。"), _("最多 100 个文件，合计不超过 10 MB。"))
            )
            return
        package.files[name] = path.read_bytes()


def _walk(folder: Path) -> list[Path]:
    """Files and symbolic links, not following links; hidden ones (editors, version control) are left out."""
    found: list[Path] = []
    for base, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        links = [f for f in folders if (Path(base) / f).is_symlink()]
        found += [Path(base) / n for n in sorted([*names, *links]) if not n.startswith(".")]
        if len(found) > MAX_FILES * 10:
            break
    return found


def _file_fault(path: Path, name: str) -> Fault | None:
    if path.is_symlink() or not path.is_file():
        return Fault(name, "file-link", _("不允许使用链接或特殊文件。"), _("请把文件本身放进事项包。"))
    suffix = path.suffix.lower()
    if not all(_NAME.fullmatch(part) for part in PurePosixPath(name).parts) or suffix not in _TEXT | _OTHER:
        return Fault(
            name,
            "file-name",
            _("不认识的文件名或类型。"),
            _("文件名只用字母、数字、点、横线；类型限于 yaml、md、json、typ、bpmn、svg、txt、png、jpg、pdf。"),
        )
    limit = MAX_TEXT if suffix in _TEXT else MAX_OTHER
    if path.stat().st_size > limit:
        return Fault(name, "file-too-large", _("文件过大。"), _("这类文件最大 %(limit)d KB。") % {"limit": limit // KB})
    return None


def _read_content(package: Package, name: str) -> None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in _TEXT:
        return
    try:
        text = package.files[name].decode()
    except UnicodeDecodeError:
        package.faults.append(Fault(name, "file-encoding", _("文件不是 UTF-8 编码。"), _("请另存为 UTF-8。")))
        return
    if suffix == ".yaml":
        document = package.documents[name] = read_yaml(name, text)
        package.faults += document.faults
    elif suffix == ".json":
        _check_json(package, name, text)


def _check_json(package: Package, name: str, text: str) -> None:
    try:
        _load_json(text)
    except (ValueError, RecursionError) as error:
        package.faults.append(
            Fault(
                name,
                "json-syntax",
                _("JSON 有误：%(problem)s") % {"problem": error},
                _("请检查引号、逗号和重复的键。"),
                getattr(error, "lineno", None),
            )
        )


def _load_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _value in pairs]
        raise ValueError(f"duplicate key {next(k for k in keys if keys.count(k) > 1)!r}")
    return result
