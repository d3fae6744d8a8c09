"""Registers into files or a stream: CSV, NDJSON, Parquet; the truth beside them; a manifest with sizes and digests."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from zhengtong.resources.registers.synth.sheet import TRUTH_SCHEMA
from zhengtong.resources.registers.synth.sources import REGISTERS, Page, stream
from zhengtong.resources.registers.synth.spec import NOTE, Spec
from zhengtong.resources.registers.synth.world import World

FORMATS = ("csv", "ndjson", "parquet")
STREAMED = ("csv", "ndjson")


class Sink:
    """One open file; the first page brings the header of a CSV file. `rows` counts what was written."""

    def __init__(self, file: BinaryIO, form: str) -> None:
        self.file, self.form, self.rows, self._begun = file, form, 0, False

    def write(self, frame: pl.DataFrame) -> None:
        page = io.BytesIO()
        if self.form == "csv":
            frame.write_csv(page, include_header=not self._begun)
        else:
            frame.write_ndjson(page)
        self.file.write(page.getbuffer())
        self._begun = True
        self.rows += len(frame)


def write_stream(spec: Spec, register: str, form: str, out: BinaryIO, truth: BinaryIO | None = None) -> int:
    """One register to an open file, its truth as CSV to another; gives the number of rows."""
    sink, told = Sink(out, form), Sink(truth, "csv") if truth else None
    for page in stream(World(spec), (register,)):
        sink.write(page.rows)
        if told:
            told.write(page.truth)
    return sink.rows


def write_folder(spec: Spec, folder: Path, form: str, registers: Sequence[str] = REGISTERS) -> dict[str, Any]:
    """Every register as a file, `truth.csv`, `manifest.json`; gives the manifest. Files of these names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(spec)
    with (folder / "truth.csv").open("wb") as file:
        truth = Sink(file, "csv")
        truth.write(pl.DataFrame(schema=TRUTH_SCHEMA))
        if form == "parquet":
            rows = {register: _parquet(world, register, folder, truth) for register in registers}
        else:
            rows = _plain(world, registers, folder, form, truth)
    manifest = _manifest(spec, folder, form, {**rows, "truth": truth.rows})
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


def _plain(world: World, registers: Sequence[str], folder: Path, form: str, truth: Sink) -> dict[str, int]:
    """All registers in one pass: a page of people is made once for all."""
    sinks = {register: Sink((folder / f"{register}.{form}").open("wb"), form) for register in registers}
    try:
        for page in stream(world, registers):
            sinks[page.register].write(page.rows)
            truth.write(page.truth)
    finally:
        for sink in sinks.values():
            sink.file.close()
    return {register: sink.rows for register, sink in sinks.items()}


def _parquet(world: World, register: str, folder: Path, truth: Sink) -> int:
    """A Parquet file is written to its end by one call: polars draws the pages from us."""
    from polars.io.plugins import register_io_source

    rows = 0

    def pages(*_: Any) -> Iterator[pl.DataFrame]:
        nonlocal rows
        for page in stream(world, (register,)):
            rows += len(page.rows)
            truth.write(page.truth)
            yield page.rows

    source = register_io_source(pages, schema=_first(world, register).rows.schema)
    source.sink_parquet(
        folder / f"{register}.parquet", compression="zstd", metadata={"synthetic": "true", "note": NOTE}
    )
    return rows


def _first(world: World, register: str) -> Page:
    return next(stream(World(_small(world.spec)), (register,)))


def _small(spec: Spec) -> Spec:
    return Spec(people=64, seed=spec.seed, divisions=spec.divisions, day=spec.day, faults=0)


def _manifest(spec: Spec, folder: Path, form: str, rows: dict[str, int]) -> dict[str, Any]:
    names = {name: f"{name}.{'csv' if name == 'truth' else form}" for name in rows}
    files = [{"name": name, "rows": rows[name], **_facts(folder / file)} for name, file in names.items()]
    return {
        "synthetic": True,
        "note": f"{NOTE}：数据全部虚构，不得与真实数据混用 (all invented; never mix with real data)",
        **asdict(spec),
        "divisions": list(spec.divisions),
        "day": spec.day.isoformat(),
        "format": form,
        "files": files,
    }


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": digest}
