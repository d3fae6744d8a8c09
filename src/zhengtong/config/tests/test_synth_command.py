"""`zt synth`: a stream or a folder, and what it says when it cannot."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from zhengtong.config.cli import main

pytestmark = pytest.mark.once
ZT = [sys.executable, "-m", "zhengtong", "synth"]


def zt(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["synth", "--lang", "en", *arguments])


def test_the_population_streams_as_csv_with_its_truth_beside_it(tmp_path: Path) -> None:
    answer = zt("--people", "2000", "--faults", "0.05", "--truth", str(tmp_path / "truth.csv"))
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    truth = list(csv.DictReader(io.StringIO((tmp_path / "truth.csv").read_text(encoding="utf-8"))))
    assert answer.exit_code == 0
    assert len(rows) > 2000
    assert all(row["source_note"] == "合成数据 synthetic" for row in rows)
    assert len(truth) > 80
    for fact in truth:
        assert rows[int(fact["row"]) - 1][fact["field"]] == fact["written"]


@pytest.mark.parametrize("register", ["legal-entities", "addresses", "parcels", "places", "food-operators"])
def test_another_register_streams_as_lines_of_json(register: str) -> None:
    lines = zt("--people", "800", "--register", register, "--format", "ndjson").stdout.splitlines()
    assert len(lines) > 10
    assert json.loads(lines[0])["source_note"] == "合成数据 synthetic"


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_folder_holds_registers_truth_and_a_manifest_that_fits(tmp_path: Path, form: str) -> None:
    answer = zt("--people", "1500", "--seed", "9", "--out", str(tmp_path / "new"), "--format", form, "--json")
    manifest = json.loads((tmp_path / "new" / "manifest.json").read_text(encoding="utf-8"))
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == manifest
    assert manifest["synthetic"] is True
    assert manifest["seed"] == 9
    assert manifest["divisions"] == ["5116"]
    assert len(manifest["files"]) == 7
    for entry in manifest["files"]:
        content = (tmp_path / "new" / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
        assert rows_in(tmp_path / "new" / entry["file"]) == entry["rows"] > 0


def rows_in(path: Path) -> int:
    if path.suffix == ".csv":
        return len(pl.read_csv(path, infer_schema=False))
    return len(pl.read_parquet(path)) if path.suffix == ".parquet" else len(path.read_text().splitlines())


def test_every_format_holds_the_same_records(tmp_path: Path) -> None:
    for form in ("csv", "ndjson", "parquet"):
        zt("--people", "900", "--out", str(tmp_path / form), "--format", form)
    read = pl.read_parquet(tmp_path / "parquet" / "population.parquet")
    assert read.equals(pl.read_csv(tmp_path / "csv" / "population.csv", infer_schema=False))
    assert read.equals(pl.read_ndjson(tmp_path / "ndjson" / "population.ndjson", schema=read.schema))
    assert pl.read_parquet_metadata(tmp_path / "parquet" / "population.parquet")["synthetic"] == "true"
    truths = [(tmp_path / form / "truth.csv").read_bytes() for form in ("csv", "ndjson", "parquet")]
    assert sorted(truths[0].splitlines()) == sorted(truths[1].splitlines()) == sorted(truths[2].splitlines())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--people", "0"], 1, "number of people must be 1"),
        (["--people", "9", "--faults", "0.9"], 1, "share of faults"),
        (["--people", "9", "--faults", "nan"], 1, "share of faults"),
        (["--people", "9", "--divisions", "99"], 1, "No county stands under “99”"),
        (["--people", "9", "--divisions", "5116,"], 1, "No county stands under “”"),
        (["--people", "60000000"], 1, "Choose wider ones, such as --divisions 51"),
        (["--people", "9", "--day", "1990-01-01"], 1, "The day must be 2020-01-01"),
        (["--people", "many"], 2, "not a valid integer"),
        (["--people", "9", "--format", "parquet"], 2, "name a folder with --out"),
        (["--people", "9", "--out", "x", "--truth", "y"], 2, "leave out --truth"),
        (["--people", "9", "--truth", "/nowhere/truth.csv"], 1, "/nowhere/truth.csv: No such file"),
        (["--people", "9", "--out", "/proc/nothing"], 1, "/proc/nothing"),
    ],
)
def test_what_cannot_be_made_is_said_with_its_remedy(arguments: list[str], code: int, words: str) -> None:
    answer = zt(*arguments)
    assert answer.exit_code == code
    assert words in answer.output


def test_it_speaks_chinese_too() -> None:
    assert (
        "没有县级行政区划"
        in CliRunner().invoke(main, ["synth", "--lang", "zh", "--people", "9", "--divisions", "99"]).output
    )


def test_without_the_libraries_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    answer = zt("--people", "9")
    assert answer.exit_code == 1
    assert "pip install polars numpy" in answer.output


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    with subprocess.Popen([*ZT, "--people", "200000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_memory_stays_the_same_however_many_people() -> None:
    """Peak resident memory in MiB, of 100,000 and of 400,000 people."""
    measure = (
        "import resource, runpy, sys; sys.argv = ['zt', 'synth', '--people', sys.argv[1]]\n"
        "try:\n    runpy.run_module('zhengtong', run_name='__main__')\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
    )
    peaks = [
        int(subprocess.run([sys.executable, "-c", measure, n], capture_output=True, check=True).stderr)
        for n in ("100000", "400000")
    ]
    assert peaks[1] < peaks[0] * 1.35, peaks
