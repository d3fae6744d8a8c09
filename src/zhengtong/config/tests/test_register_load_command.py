"""`zt register load` and `loads`: what an operator types and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zhengtong.config.cli import main
from zhengtong.resources.registers.tests.test_loading import FIELDS, as_csv, person, stored
from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory

FILE = Path("people.csv")


@pytest.fixture
def zt(db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings):
    settings.ZT_DEMO = True  # numbers of nobody
    ensure_directory()
    standards.load_code_tables()
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0, **given) -> Result:
        result = CliRunner().invoke(main, ["register", "--lang", "en", *arguments], **given)
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_file_is_tried_loaded_and_listed(zt) -> None:
    FILE.write_text(as_csv([person(1), person(2, sex="?"), person(3)]), encoding="utf-8")
    said = zt("load", "population", "people.csv", "--dry-run", code=1).stdout
    assert "2 new, 0 changed, 0 unchanged, 1 bad" in said
    assert "nothing was written" in said
    assert stored() == 0
    facts = json.loads(zt("load", "population", "people.csv", "--json", "--synthetic", code=1).stdout)
    assert (facts["new"], facts["bad"], facts["synthetic"]) == (2, 1, True)
    assert facts["outcome"].endswith("people.csv.outcome-2.csv"), "the dry run's file stays"
    assert Path(facts["outcome"]).with_suffix(".rejected.csv").is_file()
    (row,) = json.loads(zt("loads", "population", "--json").stdout)
    assert (row["load"], row["status"], row["source"]) == (facts["load"], "finished", "people.csv")
    assert "2 new 0 changed 0 unchanged 1 bad  people.csv" in zt("loads").stdout


def test_the_standard_input_is_loaded_in_the_name_of_one_authority(zt) -> None:
    said = zt("load", "population", "-", "--as", "public-security", input=as_csv([person(1)])).stdout
    assert "1 new" in said
    assert "not written: marital" in said
    assert Path("population.outcome.csv").is_file()
    lines = json.dumps(person(2)) + "\n"
    assert "1 new" in zt("load", "population", "-", input=lines).stdout


def test_what_cannot_be_loaded_is_said_with_its_remedy(zt) -> None:
    assert "There is no file" in zt("load", "population", "nothing.csv", code=1).stderr
    FILE.write_text("a,b\n1,2\n")
    said = zt("load", "population", "people.csv", code=1).stderr
    assert "id_number" in said
    assert "--map" in said
    assert "authority" in zt("load", "population", "people.csv", "--as", "housing", code=1).stderr
    zt("load", "nowhere", "people.csv", code=1)
    zt("load", "population", "people.csv", "--map", "a", code=2)
    head = ("number", *FIELDS[1:])
    FILE.write_text(as_csv([person(4)], head=head), encoding="utf-8")
    assert "1 new" in zt("load", "population", "people.csv", "--map", "number=id_number").stdout
