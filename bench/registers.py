"""The registers against bare PostgreSQL in the same run: a validated load of people ÷ COPY of the same rows into the
same indexed table, in turn; then look-ups and searches among all that are stored.

What COPY is given was written by the product: encrypted and indexed already. Each round has people of its own, so that
every row is new to both, and both write beside the same stored rows. Of the stored, those of the loads are asked for.
"""

from __future__ import annotations

import csv
import os
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from . import duplicates, fuzzy, lookups
from .measuring import Round, figure, machine, memory_mb

ROUNDS = 3
REGISTER = "population"
FIELDS = (
    "id_number", "name", "name_pinyin", "former_name", "sex", "ethnic", "birth_date", "status", "division",
    "town", "address_code", "address_text", "phone", "household_id", "household_relation", "father_id_number",
    "mother_id_number", "spouse_id_number", "marital", "education", "death_date", "source_note",
)  # fmt: skip


FEW = 100_000  # rows against which the growth is told; a tenth of all where there are no more


def run(url: str, *, rows: int, seconds: float) -> dict[str, Any]:
    """Measure on a scratch database; `rows`: people stored at the end, in a first load, ROUNDS loads and as many
    copies."""
    from zhengtong.security.directory import services as directory

    _prepare(directory)
    few = FEW if rows > FEW else max(500, rows // 10)
    share = max(500, (rows - few) // (2 * ROUNDS))
    found = duplicates.ratios()  # of an empty register, before people of the measurement are in it
    loads, copies, errors, peak = [], [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, "first.csv")
        _write(first, 0, few)
        errors = _load(first)[1]
        actor, text = lookups.token()
        _settle()
        with lookups.copy_of(url) as few_url:
            loads, copies, peak = _load_and_copy(Path(folder), few, share, errors)
            _settle()
            held = [_id_number(number) for number in range(few + ROUNDS * share)]
            asked = lookups.measure((url, few_url), held, few, text, seconds)
    people = [_named(number) for number in range(0, few + ROUNDS * share, max(1, rows // 5_000))]
    sought, failed = fuzzy.measure(actor, people)
    figures = {
        "load": _figure(loads), "lookup": figure(asked.many), "lookup_few": figure(asked.few),
        "fuzzy": figure([sought]),
    }  # fmt: skip
    errors += failed + [f"{name}: {one['errors']} failed" for name, one in figures.items() if one["errors"]]
    return {
        "bench": "registers",
        "rows": _stored(),
        "few_rows": few,
        "figures": figures,
        "baselines": {"copy": _figure(copies), "bare_http": figure(asked.bare)},
        "ratios": {
            "load_vs_copy": round(_rate(loads) / _rate(copies), 3),
            "lookup_vs_bare_http": round(_rate(asked.many) / _rate(asked.bare), 3),
            "lookup_growth": round(_rate(asked.few) / _rate(asked.many), 3),
            "fuzzy_p99_ms": figures["fuzzy"]["p99_ms"],
            **found,
        },
        "memory_mb": peak,
        "gateway_memory_mb": asked.memory_mb,
        "cpu_ms": asked.cpu_ms,
        "errors": errors,
        "machine": machine(Path(os.environ["ZT_HOME"])),
    }


def _load_and_copy(
    folder: Path, first: int, share: int, errors: list[str]
) -> tuple[list[Round], list[Round], float]:  # fmt: skip
    """ROUNDS loads and as many copies in turn, behind the first people; and the most memory this process took."""
    loads, copies, peak = [], [], 0.0
    for number in range(ROUNDS):
        file, lines = folder / f"{number}.csv", folder / f"{number}.copy"
        _write(file, first + number * share, share)
        done = _load(file)
        peak = max(peak, memory_mb([os.getpid()]))
        loads.append(done[0])
        errors += done[1]
        _as_copy_reads(lines)
        copies.append(_copy(lines, share))
        file.unlink()
        lines.unlink()
    return loads, copies, peak


def _settle() -> None:
    """What the server does in time: statistics, which pages all may see, and what the loads left to be written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE register_population")
        cursor.execute("CHECKPOINT")


def _named(number: int) -> tuple[str, date, str]:
    row = _person(number)
    return row[1], date.fromisoformat(row[6]), row[8]


def _prepare(directory: Any) -> None:
    from django.core.management import call_command

    from zhengtong.kernel.actors import system_actor
    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers import services
    from zhengtong.resources.standards import services as standards
    from zhengtong.security.crypto import services as crypto

    call_command("migrate", interactive=False, verbosity=0)
    crypto.ensure_node_key()
    crypto.ensure_ring(at=now())
    actor = system_actor("bench")
    standards.load_code_tables()
    directory.load_divisions(actor=actor, at=now())
    directory.load_organisations(actor=actor, at=datetime(2020, 1, 1, tzinfo=UTC))
    services.ensure_shipped(actor=actor, at=now())


def _write(path: Path, first: int, count: int) -> None:
    """So many synthetic people in families of four, in the shape of `zt synth`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        writer.writerows(_person(number) for number in range(first, first + count))


def _person(number: int) -> list[str]:
    family, place = divmod(number, 4)
    mates = [_id_number(4 * family + n) for n in range(4)]
    born = f"{mates[place][6:10]}-{mates[place][10:12]}-{mates[place][12:14]}"
    father, mother = (mates[0], mates[1]) if place > 1 else ("", "")
    spouse = mates[1 - place] if place < 2 else ""
    return [
        mates[place], f"王{chr(0x4E00 + number % 9000)}{chr(0x4E00 + number * 7 % 9000)}", f"wang yan {number % 9000}",
        "", str(1 + number % 2), "01", born, "active", "511602", "511602001", f"51160200{number:010}",
        f"广安区演示路{family}号{place}单元",
        f"199{number % 10**8:08}", f"H{family:010}", "户主" if not place else "成员",
        father, mother, spouse, "20" if place < 2 else "10", "20", "", "合成数据",
    ]  # fmt: skip


def _id_number(number: int) -> str:
    from zhengtong.kernel.identifiers import synthetic_id_number

    day, serial = divmod(number, 999)
    return synthetic_id_number(serial, born=date(1900, 1, 1) + timedelta(days=day))


def _load(path: Path) -> tuple[Round, list[str]]:
    from zhengtong.kernel.clock import now
    from zhengtong.resources.registers import services

    options = services.Options(outcome=path.with_suffix(".outcome.csv"))
    actor = services.acting_for(REGISTER, [])
    begun = time.perf_counter()
    source = services.open_source(str(path))
    done = services.load(actor=actor, register=REGISTER, source=source, options=options, clock=now)
    taken = time.perf_counter() - begun
    failed = [f"load: {done.counts}"] if done.counts["bad"] or done.fault else []
    return Round(taken, [taken] * done.counts["new"]), failed


def _as_copy_reads(path: Path) -> None:
    """The rows of that round as COPY reads them, under keys and ids of their own."""
    from django.db import connection

    from zhengtong.resources.registers import queries

    definition = queries.get_register(REGISTER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM registers_act WHERE kind = 'loaded' ORDER BY id DESC LIMIT 1")
        (act,) = cursor.fetchone()
        names = ["valid_from", "recorded_at", "act_id", "is_synthetic", *definition.columns]
        values = ["sha256(id_number_index)" if name == "id_number_index" else name for name in names]
        query = f"COPY (SELECT {', '.join(values)} FROM {definition.table} WHERE act_id = {act}) TO STDOUT"
        with path.open("wb") as file, cursor.copy(query) as copy:
            for piece in copy:
                file.write(piece)


def _copy(path: Path, count: int) -> Round:
    """COPY in one transaction that acts for every authority: the fastest way PostgreSQL has into this table."""
    from django.db import connection, transaction

    from zhengtong.resources.registers import queries

    definition = queries.get_register(REGISTER)
    names = ", ".join(["valid_from", "recorded_at", "act_id", "is_synthetic", *definition.columns])
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        keys = ",".join(one.key for one in definition.authorities)
        cursor.execute("SELECT set_config('zt.acting_for', %s, true)", [keys])
        with path.open("rb") as file, cursor.copy(f"COPY {definition.table} ({names}) FROM STDIN") as copy:
            while piece := file.read(1 << 17):
                copy.write(piece)
    taken = time.perf_counter() - begun
    return Round(taken, [taken] * count)


def _rate(rounds: list[Round]) -> float:
    return statistics.median(one.per_second for one in rounds)


def _figure(rounds: list[Round]) -> dict[str, Any]:
    return {"value": round(_rate(rounds), 1), "unit": "rows/s", "p50_ms": None, "p99_ms": None, "errors": 0}


def _stored() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_population")
        return int(cursor.fetchone()[0])
