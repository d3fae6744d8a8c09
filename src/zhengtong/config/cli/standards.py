"""`zt standards`: code tables, their editions and data elements; what became of a code; loading a new edition.

Exit codes: 0 all is well, 1 the folder or the value has faults, 2 the command was not understood.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli.package import AS_JSON, LANGUAGES, speaking, usual_language

FOLDER = click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Code tables and data elements."""
    ctx.obj = LANGUAGES[lang]


@command.command(name="list")
@click.option("--elements", is_flag=True, help="Data elements instead of code tables.")
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, elements: bool, as_json: bool) -> None:
    """List the code tables with their present editions, or the data elements."""
    with speaking(ctx):
        rows = _element_rows() if elements else _table_rows()
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
        for row in [] if as_json else rows:
            click.echo("{key:34} {version:10} {about:16} {title}".format(**row))


@command.command()
@click.argument("key")
@click.option("--on", metavar="DAY", default="", help="As of a day: 1985, 1985-12 or 1985-12-31. Usually today.")
@click.option("--code", default="", help="Only this code, with all above it.")
@AS_JSON
@click.pass_context
def show(ctx: click.Context, key: str, on: str, code: str, as_json: bool) -> None:
    """Show the codes of the table KEY, or the data element KEY."""
    with speaking(ctx):
        from zhengtong.kernel.texts import localised
        from zhengtong.resources.standards import queries

        if not any(table.key == key for table in queries.list_tables()):
            _tell_element(key, as_json)
            return
        day = _day(on)
        found = queries.path_of(key, code, on=day) if code else queries.list_codes(key, on=day)
        rows = [_code_row(one) for one in found]
        if code and not rows:
            raise click.ClickException(
                localised({"zh": f"这一天没有代码 {code}。", "en": f"No code {code} on that day."})
            )
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
        for one in [] if as_json else found:
            click.echo(f"{'  ' * (one.level - 1)}{one.code}  {localised(one.label)}")


@command.command()
@click.argument("table")
@click.argument("old")
@click.argument("new")
@AS_JSON
@click.pass_context
def diff(ctx: click.Context, table: str, old: str, new: str, as_json: bool) -> None:
    """What differs between the editions OLD and NEW of TABLE (the older first)."""
    with speaking(ctx):
        from zhengtong.resources.standards import queries

        _tell_diff(queries.diff_editions(table, old, new), as_json)


@command.command()
@click.argument("table")
@click.argument("code")
@click.option(
    "--from", "start", metavar="DAY", default="", help="When the code was in use. Usually its newest meaning."
)
@click.option("--to", "end", metavar="DAY", default="", help="As of which day. Usually today.")
@AS_JSON
@click.pass_context
def resolve(  # noqa: PLR0917  (click passes them by name)
    ctx: click.Context, table: str, code: str, start: str, end: str, as_json: bool
) -> None:
    """What became of CODE of TABLE, step by step. Exit code 1 when no code of that day takes its place."""
    with speaking(ctx):
        from zhengtong.kernel.texts import localised
        from zhengtong.resources.standards import queries
        from zhengtong.resources.standards.services import outcome_text

        answer = queries.resolve(table, code, from_=_day(start), to=_day(end))
        steps = [(str(one.on_day), one.kind, one.from_code, one.from_name, one.to_code, one.to_name, one.is_inferred)
                 for one in answer.steps]  # fmt: skip
        if as_json:
            names = ("on_day", "kind", "from_code", "from_name", "to_code", "to_name", "is_inferred")
            facts = {
                "code": answer.code, "name": answer.name, "outcome": str(answer.outcome), "certain": answer.is_certain,
                "ends": [{"code": row.code, "name": row.name} for row in answer.ends],
                "steps": [dict(zip(names, step, strict=True)) for step in steps],
            }  # fmt: skip
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            click.echo(localised(outcome_text(answer)))
            for day, kind, before, before_name, after, after_name, inferred in steps:
                mark = " (?)" if inferred else ""
                click.echo(f"  {day}  {kind:9} {before} {before_name} -> {after or '-'} {after_name}{mark}")
    ctx.exit(0 if answer.ends else 1)


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def check(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """List every fault of the edition in FOLDER at once, and what loading it would change. Changes nothing."""
    with speaking(ctx):
        from zhengtong.resources.standards import services

        seen = services.preview(folder)
        _tell_preview(seen, as_json)
    ctx.exit(0 if seen.is_good else 1)


@command.command()
@click.argument("element")
@click.argument("values", nargs=-1)
@click.option("--on", metavar="DAY", default="", help="As of a day. Usually today.")
@AS_JSON
@click.pass_context
def judge(ctx: click.Context, element: str, values: tuple[str, ...], on: str, as_json: bool) -> None:
    """Judge VALUES of the data element ELEMENT; without any, the lines of standard input."""
    with speaking(ctx):
        from zhengtong.kernel.clock import china_date, now
        from zhengtong.resources.standards import queries

        checker = queries.checker_of(element, on=_day(on) or china_date(now()))
        lines = values or [line.rstrip("\r\n") for line in click.open_file("-", errors="replace")]
        faults = [_tell_finding(finding, as_json) for finding in checker.check_column(lines)]
    ctx.exit(1 if faults else 0)


@command.command()
@FOLDER
@AS_JSON
@click.pass_context
def load(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Load the edition, or the data elements, in FOLDER; loaded before, it changes nothing."""
    with speaking(ctx):
        from zhengtong.kernel import actors, clock
        from zhengtong.resources.standards import services

        seen = services.preview(folder)
        if seen.is_good:
            seen = services.load_edition(actor=actors.system_actor("zt standards"), folder=folder, at=clock.now())
        _tell_preview(seen, as_json, loaded=seen.is_good)
    ctx.exit(0 if seen.is_good else 1)


# -- telling ----------------------------------------------------------------------------------------------------------
def _day(text: str) -> Any:
    from zhengtong.resources.standards.services import parse_day

    day = parse_day(text) if text else None
    if text and day is None:
        raise click.BadParameter(f"{text!r}: write 1985, 1985-12 or 1985-12-31")
    return day


def _table_rows() -> list[dict[str, Any]]:
    from zhengtong.kernel.clock import china_date, now
    from zhengtong.kernel.texts import localised
    from zhengtong.resources.standards import queries

    current = queries.current_editions(china_date(now()))
    return [
        {"key": table.key, "version": edition.version if (edition := current.get(table.pk)) else "-",
         "about": table.standard or "-", "title": localised(table.title)}
        for table in queries.list_tables()
    ]  # fmt: skip


def _element_rows() -> list[dict[str, Any]]:
    from zhengtong.kernel.texts import localised
    from zhengtong.resources.standards import queries

    page = queries.list_elements(limit=100_000)
    return [
        {"key": one.identifier, "version": f"v{one.version}", "about": one.representation, "title": localised(one.name)}
        for one in page.elements
    ]  # fmt: skip


def _code_row(code: Any) -> dict[str, Any]:
    return {
        "code": code.code, "label": dict(code.label), "parent_code": code.parent_code, "level": code.level,
        "valid_from": str(code.valid_from or ""), "valid_to": str(code.valid_to or ""),
    }  # fmt: skip


def _tell_element(key: str, as_json: bool) -> None:
    from zhengtong.kernel.texts import localised
    from zhengtong.resources.standards import queries
    from zhengtong.resources.standards.services import as_spec

    element = queries.get_element(key)
    if as_json:
        click.echo(json.dumps(as_spec(element), ensure_ascii=False))
        return
    click.echo(f"{element.identifier} v{element.version}  {localised(element.name)}  {element.representation}")
    click.echo(localised(element.definition))
    for code, title in element.values.items():
        click.echo(f"  {code}  {localised(title)}")


def _tell_diff(found: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_diff_facts(found), ensure_ascii=False))
        return
    for row in found.added:
        click.echo(f"+ {row.code} {row.name}")
    for one in found.removed:
        ends = ", ".join(f"{row.code} {row.name}" for row in one.successors) or "-"
        click.echo(f"- {one.row.code} {one.row.name} -> {one.kind}: {ends}{'' if one.is_certain else ' (?)'}")
    for before, after in found.renamed:
        click.echo(f"~ {before.code} {before.name} -> {after.name}")
    for before, after in found.moved:
        click.echo(f"> {before.code} {before.name}: {before.parent_code or '-'} -> {after.parent_code or '-'}")
    click.echo(
        f"{len(found.added)} added, {len(found.removed)} removed, {len(found.renamed)} renamed, "
        f"{len(found.moved)} moved, {found.unchanged} unchanged"
    )


def _diff_facts(found: Any) -> dict[str, Any]:
    return {
        "added": [row.code for row in found.added],
        "removed": {one.row.code: [row.code for row in one.successors] for one in found.removed},
        "renamed": {before.code: [before.name, after.name] for before, after in found.renamed},
        "moved": {before.code: [before.parent_code, after.parent_code] for before, after in found.moved},
        "unchanged": found.unchanged,
    }


def _tell_finding(finding: Any, as_json: bool) -> Any:
    from zhengtong.kernel.texts import localised

    fault = finding.fault
    if as_json:
        facts = {"line": finding.index + 1, "code": fault.code, "text": dict(fault.text),
                 "suggestion": fault.suggestion, "successors": list(fault.successors)}  # fmt: skip
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        click.echo(f"{finding.index + 1}: [{fault.code}] {localised(fault.text)}{_hint(fault)}")
    return finding


def _hint(fault: Any) -> str:
    return f" -> {fault.suggestion}" if fault.suggestion else ""


def _tell_preview(seen: Any, as_json: bool, *, loaded: bool = False) -> None:
    faults = seen.field_errors()
    if as_json:
        facts = {
            "table": seen.table, "version": seen.version, "before": seen.before, "ok": seen.is_good,
            "loaded": loaded, "unchanged": seen.is_loaded and not seen.elements, "dropped": list(seen.dropped),
            "faults": [{"place": fault.path, "message": str(fault.message)} for fault in faults],
            "encodings": seen.reading.encodings, "diff": _diff_facts(seen.diff) if seen.diff else None,
            "elements": [element.identifier for element in seen.elements],
        }  # fmt: skip
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for fault in faults:
        click.echo(f"{fault.path}: {fault.message}")
    if seen.diff:
        _tell_diff(seen.diff, as_json=False)
    if seen.dropped:
        click.echo(f"dropped, and nothing says what became of them: {', '.join(seen.dropped)}")
    click.echo(_verdict(seen, len(faults), loaded=loaded), err=bool(faults))


def _verdict(seen: Any, faults: int, *, loaded: bool) -> str:
    what = " ".join(part for part in (seen.table, seen.version) if part) or str(seen.reading.folder)
    if faults:
        return f"{what}: {faults} fault(s), nothing loaded"
    if seen.is_loaded and not seen.elements:
        return f"{what}: stands already, nothing changed"
    elements = f", {len(seen.elements)} data element(s)" if seen.elements else ""
    return f"{what}{elements}: {'loaded' if loaded else 'ok'}"
