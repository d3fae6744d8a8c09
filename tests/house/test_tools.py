"""The tools around the house: the set-up's words when something is missing, locks, contracts, no skips in CI."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import polib
import pytest

ROOT = Path(__file__).parents[2]


def _script(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- the set-up -------------------------------------------------------------------------------------------------------
@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    module = _script("environment", monkeypatch)
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "UV", str(tmp_path / ".uv"))
    return module


def _words(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip()


def test_an_old_python_without_a_newer_one(environment, monkeypatch, capsys) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    monkeypatch.setattr(environment, "OTHERS", ("python99.1",))
    with pytest.raises(SystemExit):
        environment.main("product")
    said = _words(capsys)
    assert "make PYTHON=" in said
    assert "\n" not in said


def test_an_old_python_beside_a_newer_one(environment, monkeypatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None)
    called: list[str] = []

    def execv(program: str, arguments: list[str]) -> None:
        called.extend([program, *arguments])
        raise SystemExit

    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(SystemExit):
        environment.main("product")
    assert called == ["/opt/python3.12", "/opt/python3.12", *sys.argv]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_makes_no_environments(environment, monkeypatch, capsys, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit):
        environment.main("product")
    assert "apt install python3-venv" in _words(capsys)


def test_a_folder_of_somebody_else(environment, monkeypatch, capsys) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SystemExit):
        environment.main("product")
    assert "cannot be written to" in _words(capsys)


def test_a_full_disk(environment, monkeypatch, capsys) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**10, 10**10, 2**20))
    with pytest.raises(SystemExit):
        environment.main("product")
    assert "has 1 MB free; the set-up needs" in _words(capsys)


def test_a_step_that_fails_is_named(environment, capsys) -> None:
    with pytest.raises(SystemExit):
        environment.run("false", "argument")
    assert _words(capsys).startswith("`false argument` failed")


def test_the_set_up_has_the_syntax_of_old_pythons() -> None:
    """Its first duty is to tell an old Python that it is too old."""
    source = (ROOT / "scripts" / "environment.py").read_text()
    compile(source, "environment.py", "exec", dont_inherit=True, flags=0, _feature_version=7)


def test_make_alone_lists_every_target_with_its_line() -> None:
    said = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in said.splitlines()][:6] == ["help", "run", "demo", "bench", "test", "check"]


# -- locks ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    module = _script("locks", monkeypatch)
    for file in (*ROOT.glob("requirements*"), ROOT / "package.json", ROOT / "package-lock.json"):
        shutil.copy(file, tmp_path / file.name)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def test_the_locks_stand(locks) -> None:
    locks.check()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("requirements.lock", "django==", "--index-url https://mirror/simple\ndjango==", "names an address"),
        ("requirements.lock", "django==5", "django @ git+https://x/y@1\ndjango==5", "names an address"),
        ("requirements.lock", "granian==", "granian-gone==", "lacks granian"),
        ("requirements-dev.lock", "django==5", "django==4.9\n#", "lacks django==5"),
        ("package-lock.json", '"integrity"', '"resolved": "https://registry/x", "integrity"', "names an address"),
        ("package-lock.json", '"integrity"', '"other"', "no integrity hash"),
        ("package.json", '"htmx.org": "2', '"htmx.org": "3', "differ in dependencies"),
    ],
)
def test_a_faulty_lock_is_named(locks, file: str, old: str, new: str, said: str) -> None:
    path = locks.ROOT / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(SystemExit, match=said):
        locks.check()


def test_a_requirement_without_hash_is_named(locks) -> None:
    with (locks.ROOT / "requirements.lock").open("a") as lock:
        lock.write("zzz==1.0\n")
    with pytest.raises(SystemExit, match=r"no hash for zzz==1\.0"):
        locks.check()


# -- contracts --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("applications.cases.services", "support.forms.services", True),
        ("applications.cases.services", "support.forms.models", False),
        ("applications.cases.services", "support.forms.services.drafts", False),
        ("applications.cases.services", "support.forms", False),
        ("applications.cases.services", "applications.cases.models", True),
        ("applications.cases.services", "kernel.events.rules", True),
        ("access.hall.views", "applications.cases.urls", True),
        ("applications.cases.services", "resources.registers.wire", True),
        ("config.settings", "security.audit.wire", True),
        ("resources.registers.wire", "security.audit.wire", True),
        ("resources.registers.wire", "security.audit.services", False),
    ],
)
def test_doors(monkeypatch, importer: str, imported: str, allowed: bool) -> None:
    contracts = _script("import_contracts", monkeypatch)
    assert contracts.is_allowed(f"zhengtong.{importer}", f"zhengtong.{imported}") is allowed


def test_a_wire_knows_no_django(monkeypatch) -> None:
    contracts = _script("import_contracts", monkeypatch)
    assert not contracts.is_allowed("zhengtong.resources.registers.wire", "django.db")
    assert contracts.is_allowed("zhengtong.resources.registers.wire", "hashlib")


# -- no skips in CI ---------------------------------------------------------------------------------------------------
def test_ci_takes_a_skip_for_a_failure(request, monkeypatch) -> None:
    plugins = request.config.pluginmanager.get_plugins()
    house = next(p for p in plugins if getattr(p, "__file__", "") == str(ROOT / "conftest.py"))
    skipped = lambda: SimpleNamespace(outcome="skipped", longrepr="no browser")  # noqa: E731
    monkeypatch.delenv("CI", raising=False)
    assert house._without_skip(skipped()).outcome == "skipped"
    monkeypatch.setenv("CI", "1")
    assert house._without_skip(skipped()).outcome == "failed"
    expected = SimpleNamespace(outcome="skipped", longrepr="", wasxfail="known")
    assert house._without_skip(expected).outcome == "skipped"


# -- texts ------------------------------------------------------------------------------------------------------------
def test_a_chinese_page_finds_every_text_at_the_first_look() -> None:
    """The sources are Chinese; without a catalogue of their own each text would be sought in every library's."""
    from django.utils.translation import trans_real

    catalogue = trans_real.translation("zh-hans")._catalog._catalogs[0]
    known = [e for po in (ROOT / "src").rglob("locale/en/LC_MESSAGES/django.po") for e in polib.pofile(str(po))]
    ours = [e for e in known if not (e.obsolete or e.msgctxt or e.msgid_plural)]
    assert len(ours) > 1000
    assert [e.msgid for e in ours if catalogue.get(e.msgid) != e.msgid] == []
