"""`zt package`: exit codes that mean something, JSON for programs, the language of the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from zhengtong.config.cli import main
from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory

SENIOR = Path(settings.ZT_PACKAGES) / "senior-card"


@pytest.fixture
def node(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    ensure_directory()
    standards.load_code_tables()


def zt(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["package", *map(str, arguments)])


def as_json(result: Result) -> object:
    return json.loads(result.stdout)


@pytest.mark.usefixtures("node")
def test_a_sound_package() -> None:
    result = zt("check", SENIOR)
    assert (result.exit_code, result.output) == (0, f"{SENIOR}: ok\n")
    assert as_json(zt("check", SENIOR, "--json")) == {"package": str(SENIOR), "ok": True, "faults": []}


@pytest.mark.usefixtures("node")
def test_a_faulty_package(tmp_path: Path) -> None:
    package = tmp_path / "faulty"
    assert zt("new", package).exit_code == 0
    (package / "guide.en.md").unlink()
    result = zt("check", package, "--json")
    assert result.exit_code == 1
    (fault,) = as_json(result)["faults"]  # type: ignore[index]
    assert (fault["path"], fault["code"]) == ("guide.en.md", "guide-missing")
    assert fault["message"] == {"zh": "缺少办事指南 guide.en.md。", "en": "The guide guide.en.md is missing."}
    published = zt("publish", package)
    assert (published.exit_code, "[guide-missing]" in published.output) == (1, True)


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], 2),
        (["check", "/nowhere/at/all"], 1),
        (["--lang", "fr", "list"], 2),
        (["fly"], 2),
        (["retire", "no-such-service"], 1),
        (["new", "/etc"], 1),
        (["new", "Not A Key"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = zt(*arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.output.strip()


@pytest.mark.usefixtures("node")
def test_publish_list_retire() -> None:
    version = as_json(zt("publish", SENIOR, "--json"))
    assert {k: version[k] for k in ("key", "version")} == {"key": "senior-card", "version": 1}  # type: ignore[index]
    (row,) = as_json(zt("list", "--json"))  # type: ignore[misc]
    assert (row["key"], row["status"], row["title"]) == ("senior-card", "in force", "Apply for a senior card")
    assert "申领老年人优待证" in zt("--lang", "zh", "list").output
    assert as_json(zt("retire", "senior-card", "--json")) == {"key": "senior-card", "status": "retired"}
    assert as_json(zt("list", "--json")) == []
    again = zt("retire", "senior-card")
    assert (again.exit_code, "no version in force" in again.output) == (1, True)


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize(
    ("locale", "word"), [("zh_CN.UTF-8", "没有这个文件夹"), ("C", "no such folder"), ("", "no such")]
)
def test_the_language_is_the_terminals(locale: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, locale)
    assert word in zt("check", "/nowhere/at/all").output
