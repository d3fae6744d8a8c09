"""Ways to look into a manifest that may still be faulty: what has the wrong shape is passed over (the schema tells)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .reading import Package

Path = tuple[Any, ...]


def entries(manifest: Mapping[str, Any], part: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The maps in a list of the manifest, each with its place."""
    listed = manifest.get(part)
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, Mapping):
            yield (part, number), entry


def words(value: Any) -> list[str]:
    """The texts in a list; nothing for anything else."""
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def number(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def keys_of(manifest: Mapping[str, Any], part: str) -> list[str]:
    """The keys declared in a part of the manifest."""
    return [entry["key"] for _path, entry in entries(manifest, part) if isinstance(entry.get("key"), str)]


def form_properties(package: Package) -> Mapping[str, Any]:
    """The fields of the form by name; empty when it cannot be read."""
    name = package.manifest.get("form")
    definition = mapping(package.json(name)) if isinstance(name, str) else {}
    return mapping(mapping(definition.get("schema")).get("properties"))
