"""The tutorial is done step by step, in both languages: what a reader types, changes and sees is what happens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from zhengtong.applications.public_services import services
from zhengtong.config.cli import main
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.support.workflow.models import ProcessDefinition

ROOT = Path(settings.ROOT)
TUTORIALS = {
    "en": ROOT / "docs/tutorials/your-first-service-package.md",
    "zh": ROOT / "docs/tutorials/your-first-service-package.zh-CN.md",
}
BLOCK = re.compile(r"^```(console|diff)(?: title=\"([^\"]+)\")?\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One block of the page: commands with what they print, or a change of a file."""

    kind: str
    file: str
    text: str


def steps(page: Path) -> list[Step]:
    return [Step(*match.groups(default="")) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def commands(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each command of a console block, with the lines it prints."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        command, *printed = part.rstrip("\n").split("\n")
        yield shlex.split(command), printed


def change(text: str, diff: str) -> str:
    """Apply one change: the lines kept and taken out must stand in the text, exactly once."""
    lines = diff.rstrip("\n").split("\n")
    old = "\n".join(line[1:] for line in lines if not line.startswith("+")) + "\n"
    new = "\n".join(line[1:] for line in lines if not line.startswith("-")) + "\n"
    assert text.count(old) == 1, f"{text.count(old)} places for\n{old}"
    return text.replace(old, new if new != "\n" else "")


def is_printed(expected: list[str], printed: list[str]) -> bool:
    """Line by line; `…` stands for anything within a line."""
    patterns = [".*".join(re.escape(part) for part in line.split("…")) for line in expected]
    return len(patterns) == len(printed) and all(map(re.fullmatch, patterns, printed))


@pytest.fixture
def node(db: None) -> None:
    """What `make run` has put into the node: authorities, code tables, the shipped packages."""
    ensure_directory()
    standards.load_code_tables()
    for folder in sorted(Path(settings.ZT_PACKAGES).glob("*/service.yaml")):
        services.publish(actor=system_actor("tests"), folder=folder.parent, at=now())


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("lang", sorted(TUTORIALS))
def test_the_tutorial_is_true(lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", {"en": "en_GB.UTF-8", "zh": "zh_CN.UTF-8"}[lang])
    for step in steps(TUTORIALS[lang]):
        if step.kind == "diff":
            file = tmp_path / step.file
            file.write_text(change(file.read_text(encoding="utf-8"), step.text), encoding="utf-8")
            continue
        for (program, *arguments), expected in commands(step.text):
            assert program == "zt"
            result = CliRunner().invoke(main, arguments)
            printed = result.output.rstrip("\n").split("\n")
            assert is_printed(expected, printed), f"zt {' '.join(arguments)} printed\n{result.output}"
    assert ProcessDefinition.objects.filter(key="market-stall").count() == 2


def test_both_pages_do_the_same() -> None:
    english, chinese = (steps(page) for page in TUTORIALS.values())
    assert [(s.kind, s.file) for s in english] == [(s.kind, s.file) for s in chinese]
    assert [s.text for s in english if s.kind == "diff"] == [s.text for s in chinese if s.kind == "diff"]
    assert len(english) > 20
