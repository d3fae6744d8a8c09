"""What the documents promise is there: links lead somewhere, and the commands they name exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from django.conf import settings

from zhengtong.config.cli import main

ROOT = Path(settings.ROOT)
BLOCK = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)
COMMAND = re.compile(r"(?:^|[`$/\s(])zt ((?:[a-z][a-z-]* ?)+)", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")
LARGEST_IMAGE = 300_000  # bytes


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return [ROOT / unquote(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def links(text: str) -> list[str]:
    prose = re.sub(r"`[^`\n]*`", "", BLOCK.sub("", text))
    return [target for target in LINK.findall(prose) if not target.startswith(ELSEWHERE)]


def anchors(text: str) -> set[str]:
    """The names under which a code host lets one link to headings."""
    plain = (re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(BLOCK.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


def fault_of(document: Path, link: str) -> str:
    path, _, anchor = unquote(link).partition("#")
    if path.startswith("/"):
        return f"{link}: an address of the node is no link; write it as code"
    target = (document.parent / path).resolve() if path else document
    if not target.exists() or not target.is_relative_to(ROOT):
        return f"{link}: leads nowhere"
    if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
        return f"{link}: no such heading"
    return ""


@pytest.mark.parametrize("document", documents(), ids=lambda d: str(d.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    faults = [fault for link in links(document.read_text(encoding="utf-8")) if (fault := fault_of(document, link))]
    assert not faults


def commands_named(text: str) -> set[str]:
    """Each `zt word word …` with as many words as are names of commands or could have been meant as such."""
    return {" ".join(said.split()[:2]) for said in COMMAND.findall(text)}


def unknown_command(said: str) -> str:
    """The first word that names no command; empty where all is well. What follows a command is its arguments."""
    command: click.Command | None = main
    for word in said.split():
        if not isinstance(command, click.Group):
            return ""
        found = command.get_command(click.Context(command), word)
        if found is None:
            return word if command is main or command.no_args_is_help else ""
        command = found
    return ""


@pytest.mark.parametrize("document", documents(), ids=lambda d: str(d.relative_to(ROOT)))
def test_commands_exist(document: Path) -> None:
    named = commands_named(document.read_text(encoding="utf-8"))
    assert not {said for said in named if unknown_command(said)}


def test_a_dead_link_and_an_unknown_command_would_be_found(tmp_path: Path) -> None:
    text = "[gone](nowhere.md) `zt fly` and `zt audit weep`, but `zt audit verify` and [web](https://example.org)"
    assert links(text) == ["nowhere.md"]
    assert fault_of(ROOT / "README.md", "nowhere.md")
    assert fault_of(ROOT / "README.md", "README.md#no-such-heading")
    assert {said for said in commands_named(text) if unknown_command(said)} == {"fly", "audit weep"}


def test_every_page_of_the_documentation_is_linked_from_its_index() -> None:
    index = ROOT / "docs" / "README.md"
    seen, queue = {index}, [index]
    while queue:
        document = queue.pop()
        targets = ((document.parent / unquote(t).partition("#")[0]).resolve() for t in links(document.read_text()))
        new = {t for t in targets if t.suffix == ".md" and t.is_file()} - seen
        seen |= new
        queue += new
    assert not {d for d in documents() if d.is_relative_to(ROOT / "docs")} - seen


def test_pictures_are_small() -> None:
    large = {
        p.name for p in (ROOT / "docs").rglob("*") if p.suffix in (".png", ".jpg") and p.stat().st_size > LARGEST_IMAGE
    }
    assert not large
