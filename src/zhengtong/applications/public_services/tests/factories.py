"""Packages for tests: a small sound one in a folder of its own, to be spoiled as a test needs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import CHINA

from ..package.reading import Package, read_package
from ..package.starting import new_package

AT = datetime(2026, 11, 23, 9, tzinfo=CHINA)
EDITOR = system_actor("tests")
SHIPPED = ("open-restaurant", "senior-card", "hr-services-filing")


def starter(folder: Path, key: str = "small-service") -> Path:
    """The package that `zt package new` writes."""
    new_package(folder / key)
    return folder / key


def copy_of(folder: Path, key: str = "open-restaurant") -> Path:
    """A shipped package, to be changed; numbered 1, whatever number it has reached."""
    package = Path(shutil.copytree(Path(settings.ZT_PACKAGES) / key, folder / key))
    manifest = package / "service.yaml"
    text = re.sub(r"(?m)^version: \d+$", "version: 1", manifest.read_text(encoding="utf-8"))
    manifest.write_text(text, encoding="utf-8")
    return package


def change(package: Path, name: str, *replacements: tuple[str, str]) -> None:
    """Replace texts in a file of the package; each must be there."""
    text = (package / name).read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, f"{old!r} is not in {name}"
        text = text.replace(old, new, 1)
    (package / name).write_text(text, encoding="utf-8")


def edit(package: Path, how: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest as data."""
    manifest = read(package).manifest
    how(manifest)
    text = yaml.dump(manifest, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    (package / "service.yaml").write_text(text, encoding="utf-8")


class _Plain(yaml.SafeDumper):
    """Writes everything out: packages may hold no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def read(package: Path) -> Package:
    return read_package(package)
