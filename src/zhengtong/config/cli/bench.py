"""`zt bench NAME`: measure the product against a baseline of the same run, on a scratch database."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, NoReturn

import click

NAMES = ("journey", "signing", "audit", "backup", "registers")


@click.command()
@click.argument("name", type=click.Choice(NAMES), default="journey")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(1_000, 10_000_000), help="Stored rows.")
@click.option("--seconds", default=27.0, show_default=True, type=click.FloatRange(3, 3600), help="Time to measure.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(name: str, rows: int, seconds: float, as_json: bool) -> None:
    """Run a benchmark on a scratch database. Exit status 1 when an operation failed."""
    from zhengtong.config.node.home import ROOT
    from zhengtong.config.node.progress import step_aside
    from zhengtong.config.node.scratch import scratch_database, scratch_home

    step_aside(as_json)
    sys.path.insert(0, str(ROOT))
    if name == "backup":  # has a server of its own
        with scratch_home():
            _finish(importlib.import_module("bench.backup").run("", rows=rows, seconds=seconds), as_json)
    with scratch_database("bench") as url:
        _load()
        result = importlib.import_module(f"bench.{name}").run(url, rows=rows, seconds=seconds)
        _close()
    _finish(result, as_json)


def _finish(result: dict[str, Any], as_json: bool) -> NoReturn:
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _told(result))
    sys.exit(1 if result["errors"] else 0)


def _load() -> None:
    import django

    django.setup()


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _told(result: dict[str, Any]) -> str:
    lines = [f"{result['bench']}, {result['rows']} rows"]
    lines += [f"  {name:<28} {f['value']:>10} {f['unit']}" for name, f in result["figures"].items()]
    lines += [f"  {name:<28} {ratio:>10}" for name, ratio in result["ratios"].items()]
    lines += [f"  memory {result['memory_mb']} MB", *(f"  error: {e}" for e in result["errors"])]
    return "\n".join(lines)
