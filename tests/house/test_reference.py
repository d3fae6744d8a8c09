"""What docs/reference says is what the sources do."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from zhengtong.config.cli import _reference as reference
from zhengtong.config.cli import main

SOURCE = Path(reference.__file__).parents[2]
READ = re.compile(r"""(?:env(?:_flag)?\(|environ(?:\.get\(|\[)|envvar=)\s*"(ZT_[A-Z_]+|DATABASE_URL|PORT)\"""")


def test_every_setting_is_described_and_every_description_is_of_a_setting() -> None:
    files = [f for f in SOURCE.rglob("*.py") if "tests" not in f.parts]
    used = {name for file in files for name in READ.findall(file.read_text())}
    described = {name for entries in reference.SETTINGS.values() for name in entries}
    assert described == used


def test_every_command_explains_itself() -> None:
    page = reference.commands_page()
    for name in main.list_commands(None):
        assert f"## zt {name}\n" in page
    undocumented = re.findall(r"^## (zt.*)\n```\nUsage: [^\n]*\n\n(?:Options|Commands)", page, re.MULTILINE)
    assert not undocumented


def test_an_unknown_command_is_wrong_usage() -> None:
    answer = CliRunner().invoke(main, ["nonsense"])
    assert answer.exit_code == 2
    assert "No such command 'nonsense'" in answer.output
