"""YAML as packages and definitions write it: a small, safe part of YAML 1.2, with the line of every value.

Anchors, tags and duplicate keys are refused. `no` stays a word, `01` a text, `9:00` a text: only `true`, `false`,
`null` and decimal numbers are read as anything else than text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from .faults import Fault, pointer
from .said import say as _

DEPTH = 30
Path = tuple[Any, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's plain scalars and no aliases."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,15})$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}$", "-+0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null", "str", "map", "seq")}


@dataclass
class Document:
    """A YAML text as plain data, the line on which each value begins, and what is wrong with it."""

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """The line of a value, or of the nearest thing around it; None where only the whole file is around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path) if path else None

    def fault(self, path: Path, code: str, message: Any, remedy: Any) -> Fault:
        return Fault(pointer(self.file, path), code, message, remedy, self.line(path))


def read_yaml(file: str, text: str) -> Document:
    """Parse; everything that is wrong is in `faults`, and `data` is None when nothing can be made of the text."""
    document = Document(file)
    try:
        _refuse_aliases(text)
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, _Alias, RecursionError) as error:
        document.faults.append(_syntax_fault(file, error))
        return document
    if node is not None:
        document.data = _plain(node, (), document)
    return document


class _Alias(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _refuse_aliases(text: str) -> None:
    """Anchors and aliases let ten lines grow into a gigabyte; a package has no use for them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Alias(event.start_mark.line + 1 if event.start_mark else 0)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise RecursionError


def _syntax_fault(file: str, error: Exception) -> Fault:
    if isinstance(error, _Alias):
        return Fault(
            file, "yaml-alias", _("YAML 中不允许使用锚点（&）和引用（*）。"), _("请把内容直接写出来。"), error.line
        )
    if isinstance(error, RecursionError):
        return Fault(file, "yaml-depth", _("YAML 嵌套层次过深。"), _("最多 %(depth)d 层。") % {"depth": DEPTH})
    mark = getattr(error, "problem_mark", None)
    return Fault(
        file,
        "yaml-syntax",
        _("YAML 语法有误：%(problem)s") % {"problem": getattr(error, "problem", None) or error},
        _("请检查缩进、冒号和引号。"),
        mark.line + 1 if mark else None,
    )


def _plain(node: yaml.Node, path: Path, document: Document) -> Any:
    document.lines[path] = node.start_mark.line + 1
    if node.tag not in _PLAIN:
        document.faults.append(
            document.fault(
                path, "yaml-tag", _("不允许使用标签 %(tag)s。") % {"tag": node.tag}, _("请去掉标签，直接写值。")
            )
        )
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, number), document) for number, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.faults.append(document.fault(path, "yaml-key", _("键必须是一个词。"), _("请把键写成普通文字。")))
            continue
        key = key_node.value
        place = (*path, key)
        if key in result:
            document.lines[place] = key_node.start_mark.line + 1
            document.faults.append(
                document.fault(
                    place,
                    "yaml-duplicate-key",
                    _("键“%(key)s”重复出现。") % {"key": key},
                    _("同一层里每个键只能写一次，请删去多余的一个。"),
                )
            )
            continue
        result[key] = _plain(value_node, place, document)
    return result


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        return node.value == "true"
    if kind == "int":
        return int(node.value)
    if kind == "float":
        return float(node.value)
    return None if kind == "null" else node.value
