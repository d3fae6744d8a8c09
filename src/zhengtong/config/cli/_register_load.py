"""`zt register load` and `zt register loads`: files and tables of other databases become records.

Exit codes: 0 every row is in the register, 1 some rows or the end of the source are not, 2 not understood.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli.package import AS_JSON, speaking

EVERY = 5.0  # seconds between two lines where there is no terminal


def _pairs(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.rpartition("=") for one in given]
    if wrong := [column for column, _mark, name in pairs if not (column and name)]:
        raise click.BadParameter(f"{wrong[0] or '?'}: write COLUMN=field")
    return {column: name for column, _mark, name in pairs}


@click.command()
@click.argument("register")
@click.argument("source", metavar="FILE|DSN|-")
@click.option("--as", "authorities", multiple=True, metavar="KEY", help="Authority that writes; repeat. Default: all.")
@click.option("--map", "mapping", multiple=True, callback=_pairs, metavar="COLUMN=field", help="What a column is.")
@click.option("--format", "kind", type=click.Choice(["csv", "ndjson", "xlsx", "parquet"]), help="Default: as it looks.")
@click.option("--sheet", default="", help="Sheet of a workbook. Default: the first.")
@click.option("--table", default="", help="Table or view of a database.")
@click.option("--outcome", type=click.Path(dir_okay=False, path_type=Path), help="What came of each row (CSV).")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would come of each row; change nothing.")
@click.option("--strict", "is_strict", is_flag=True, help="Refuse columns that the register does not have.")
@click.option("--synthetic", "is_synthetic", is_flag=True, help="Mark the records as synthetic.")
@AS_JSON
@click.pass_context
def load(ctx: click.Context, /, register: str, source: str, *, as_json: bool, **given: Any) -> None:
    """Load rows into REGISTER from a FILE (CSV, NDJSON, Excel, Parquet), a database (DSN) or - (standard input).

    The same file again changes nothing; after an interruption the same command goes on where it stopped.
    """
    with speaking(ctx):
        from zhengtong.kernel.clock import now
        from zhengtong.resources.registers import services

        outcome = given["outcome"] or _beside(source, register)
        options = services.Options(
            given["mapping"], given["is_strict"], given["is_dry"], given["is_synthetic"], outcome
        )
        actor = services.acting_for(register, given["authorities"])
        rows = services.open_source(source, kind=given["kind"] or "", sheet=given["sheet"], table=given["table"])
        with _Progress() as progress:
            done = services.load(
                actor=actor, register=register, source=rows, options=options, clock=now, progress=progress.show
            )
        click.echo(json.dumps(_facts(done), ensure_ascii=False) if as_json else _told(done))
    ctx.exit(1 if done.counts["bad"] or done.fault else 0)


def _beside(source: str, register: str) -> Path:
    is_file = source != "-" and "://" not in source
    return Path(f"{source}.outcome.csv" if is_file else f"{register}.outcome.csv")


class _Progress:
    """A bar on a terminal that knows the size; else a line now and then. On the error output."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._last = self._begun = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> _Progress:
        return self

    def show(self, rows: int, taken: int, size: int) -> None:
        if self._is_terminal and size:
            if self._bar is None:
                self._bar = click.progressbar(length=size, file=sys.stderr, label="load")
                self._bar.__enter__()
            self._bar.label = f"{rows} rows"
            self._bar.update(max(0, taken - self._bar.pos))
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            click.echo(f"  {rows} rows, {rows / (self._last - self._begun):.0f}/s", err=True)

    def __exit__(self, *_exc: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


def _facts(done: Any) -> dict[str, Any]:
    said = done.fault and {"code": done.fault.code, "zh": done.fault.zh, "en": done.fault.en}
    return {
        "register": done.register, "load": str(done.load.uuid) if done.load else None, **done.counts,
        "resumed_behind": done.resumed_behind, "ignored": list(done.ignored), "not_written": list(done.not_own),
        "outcome": str(done.outcome or ""), "synthetic": bool(done.load and done.load.is_synthetic), "fault": said,
    }  # fmt: skip


def _told(done: Any) -> str:
    from django.utils.translation import get_language

    language = "en" if (get_language() or "").startswith("en") else "zh"
    lines = [
        "{register}: {new} new, {changed} changed, {unchanged} unchanged, {bad} bad".format(
            register=done.register, **done.counts
        )
    ]
    if done.load is None:
        lines.append("dry run: nothing was written")
    if done.resumed_behind:
        lines.append(f"went on behind row {done.resumed_behind}")
    if done.ignored:
        lines.append(f"columns the register does not have: {', '.join(done.ignored)}")
    if done.not_own:
        lines.append(f"fields of other authorities, or retired, not written: {', '.join(done.not_own)}")
    lines += [getattr(one, language) for one in (*done.notes, *([done.fault] if done.fault else []))]
    return "\n".join([*lines, f"outcome of each row: {done.outcome}"])


@click.command()
@click.argument("register", required=False)
@AS_JSON
@click.pass_context
def loads(ctx: click.Context, register: str | None, as_json: bool) -> None:
    """List what was loaded, the newest first: when, from where, with what outcome."""
    with speaking(ctx):
        from zhengtong.resources.registers import queries

        found = [
            {"load": str(one.uuid), "register": one.register, "source": one.source, "sha256": one.sha256,
             "status": one.status, "rows": one.mark, "new": one.new, "changed": one.changed,
             "unchanged": one.unchanged, "bad": one.bad, "synthetic": one.is_synthetic, "fault": one.fault,
             "started_at": one.started_at.isoformat(), "outcome": one.outcome_file}
            for one in queries.list_loads(register)
        ]  # fmt: skip
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        for row in [] if as_json else found:
            click.echo(
                "{started_at:.16} {register:16} {status:9} {new} new {changed} changed {unchanged} unchanged "
                "{bad} bad  {source}".format(**row)
            )
