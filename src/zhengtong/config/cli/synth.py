"""`zt synth`: the synthetic province: invented people, families, companies, parcels, with known faults.

Exit codes: 0 done, 1 it cannot be made (the message says why and what to do), 2 the command was not understood.
"""

from __future__ import annotations

import json
import sys
from errno import EPIPE
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhengtong.config.cli.package import LANGUAGES, usual_language

if TYPE_CHECKING:
    from zhengtong.resources.registers.synth import Spec

NAMES = ("population", "legal-entities", "addresses", "parcels", "places", "food-operators")
FORMATS = ("csv", "ndjson", "parquet")
_path = partial(click.Path, path_type=Path)


@click.command()
@click.option("--people", required=True, type=int, metavar="N", help="How many people; duplicates come on top.")
@click.option("--seed", default=1, show_default=True, metavar="S", help="The same seed makes the same bytes.")
@click.option("--register", type=click.Choice(NAMES), help="One register; else the population, or all with --out.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--out", type=_path(file_okay=False), help="A folder for registers, truth.csv and manifest.json.")
@click.option("--truth", type=_path(dir_okay=False), help="A file for the truth about the faults, as CSV.")
@click.option("--faults", default=0.01, show_default=True, help="Share of records with a fault, 0 to 0.5.")
@click.option("--divisions", default="5116", show_default=True, help="Prefixes of division codes, with commas between.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), default="2026-11-30", show_default=True, help="As of this day."
)
@click.option("--json", "as_json", is_flag=True, help="With --out, print the manifest.")
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
def command(lang: str, out: Path | None, truth: Path | None, form: str, as_json: bool, **asked: Any) -> None:
    """Make a synthetic province: to the standard output for a pipe, or with --out into files.

    Example: zt synth --people 1000000 > people.csv. Everything is invented and marked; keep it out of real registers.
    """
    if out and truth:
        raise click.UsageError("With --out the truth stands in the folder as truth.csv: leave out --truth.")
    _check_libraries(lang)
    from zhengtong.resources.registers.synth import SynthFault, write_folder

    try:
        spec = _spec(asked)
        if out:
            made = write_folder(spec, out, form, (asked["register"],) if asked["register"] else NAMES)
            click.echo(json.dumps(made, ensure_ascii=False, indent=2) if as_json else _told(made, out, lang))
        else:
            _write_stream(spec, asked["register"] or "population", form, truth)
    except SynthFault as fault:
        raise click.ClickException(fault.words[lang]) from fault
    except OSError as fault:
        if fault.errno == EPIPE:  # the reader has enough: `zt synth … | head`
            raise
        raise click.ClickException(f"{fault.filename or ''}: {fault.strerror}") from fault


def _check_libraries(lang: str) -> None:
    try:
        import numpy  # noqa: F401
        import polars  # noqa: F401
    except ImportError as fault:
        zh = "需要 polars 和 numpy。请重新准备环境（make run 或 make dev），或执行：pip install polars numpy"
        en = "polars and numpy are missing: make run or make dev installs them, or pip install polars numpy"
        raise click.ClickException(zh if lang == "zh" else en) from fault


def _spec(asked: dict[str, Any]) -> Spec:
    from zhengtong.resources.registers.synth import Spec

    divisions = tuple(part.strip() for part in asked["divisions"].split(","))
    numbers = {name: asked[name] for name in ("people", "seed", "faults")}
    return Spec(**numbers, divisions=divisions, day=asked["day"].date())


def _write_stream(spec: Spec, register: str, form: str, truth: Path | None) -> None:
    from zhengtong.resources.registers.synth import STREAMED, write_stream

    if form not in STREAMED:
        raise click.UsageError("Parquet cannot be streamed: name a folder with --out DIR.")
    if truth is None:
        write_stream(spec, register, form, sys.stdout.buffer)
        return
    with truth.open("wb") as told:
        write_stream(spec, register, form, sys.stdout.buffer, told)


def _told(made: dict[str, Any], out: Path, lang: str) -> str:
    zh, en = f"合成数据已写入 {out}（种子 {made['seed']}）：", f"Synthetic data, seed {made['seed']}, in {out}:"
    lines = [f"  {file['file']:<24} {file['rows']:>12,}  {file['sha256'][:16]}…" for file in made["files"]]
    return "\n".join([zh if lang == "zh" else en, *lines])
