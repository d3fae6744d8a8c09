"""What the product is made of: a bill of materials that fits its schema and the locks, and an audit that cannot lie."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import audit  # noqa: E402
import sbom  # noqa: E402


@pytest.fixture(scope="module")
def document() -> str:
    return sbom.document()


def test_it_fits_the_schema_of_cyclonedx(document: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.replace('"components"', '"parts"')) is not None


def test_it_names_what_is_locked_with_every_hash(document: str) -> None:
    told = json.loads(document)
    lock = (ROOT / "requirements.lock").read_text()
    named = {c["purl"]: c for c in told["components"]}
    assert {p for p in named if p.startswith("pkg:pypi/")} == {f"pkg:pypi/{n}@{v}" for n, v in sbom.PIN.findall(lock)}
    assert sum(len(c["hashes"]) for p, c in named.items() if p.startswith("pkg:pypi/")) == len(sbom.HASH.findall(lock))
    assert any(p.startswith("pkg:npm/") for p in named)
    assert told["metadata"]["component"]["name"] == "zhengtong"
    assert not any("pytest" in p for p in named), "tools of the developers are no part of the product"


def test_the_same_locks_give_the_same_bytes(document: str) -> None:
    again = subprocess.run(
        [sys.executable, "-c", "import sbom; print(sbom.document(), end='')"], cwd=ROOT / "scripts", text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert again.stdout == document


def test_a_source_that_knows_nothing_is_no_source(monkeypatch, capsys) -> None:
    monkeypatch.setattr(audit, "ask", lambda source, file: [{"name": "django", "version": "4.2.0", "vulns": []}])
    assert audit.main([]) == 3
    assert audit.main(["--offline-passes"]) == 0
    assert capsys.readouterr().out.count("NOT AUDITED") == 2


def test_what_is_found_or_not_judged_fails(monkeypatch, capsys) -> None:
    known = {"name": "django", "version": "4.2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["4.2.1"]}]}
    for told, said in (
        ([known], "CVE-1, mended in 4.2.1"),
        ([{"name": "x", "skip_reason": "none"}], "not judged"),
        ([], "stopped"),
    ):
        monkeypatch.setattr(audit, "ask", lambda source, file, told=told: told if file.suffix == ".lock" else [known])
        assert audit.main(["--offline-passes"]) == 1
        assert said in capsys.readouterr().out
    monkeypatch.setattr(
        audit, "ask", lambda source, file: [{**known, "vulns": known["vulns"] if file.suffix != ".lock" else []}]
    )
    assert audit.main([]) == 0
