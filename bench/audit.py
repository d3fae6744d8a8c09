"""The accountability log against bare PostgreSQL in the same run: append, batches, sealing, verification, proofs.

Stored entries are written by the product's own `record_many` and `seal`. The bare baseline is a table of the same
columns with its primary key, one INSERT and COMMIT an entry, by as many writers.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from .measuring import Round, alternate, figure, machine, memory_mb

ROUNDS = 3
WRITERS = 8
FEW = 10_000
BATCH = 10_000
PROOFS = 2_000
TOGETHER = 100
ACTION = "bench.thing.done"
_BARE_TABLE = """
CREATE TABLE bench_bare (LIKE security_audit_entry INCLUDING DEFAULTS INCLUDING IDENTITY,
                         PRIMARY KEY (uuid, recorded_at))
"""
_BARE_INSERT = """
INSERT INTO bench_bare (uuid, at, actor_urn, on_behalf_urn, capacity, action, object_urn, case_urn, outcome, purpose,
    detail, subjects, salt)
VALUES (%s, now(), %s, '', 'official', %s, %s, %s, 'done', '', %s::jsonb, '{}', '\\x00112233445566778899aabbccddeeff')
"""


def run(url: str, *, rows: int, seconds: float) -> dict[str, Any]:  # noqa: ARG001
    """Measure on a scratch database; `rows`: stored entries at the end, `seconds` of it are given to appending."""
    from django.core.management import call_command
    from django.db import connection

    from zhengtong.kernel.clock import now
    from zhengtong.security.audit import providers
    from zhengtong.security.crypto import services as crypto

    call_command("migrate", interactive=False, verbosity=0)
    crypto.ensure_node_key()
    crypto.ensure_ring(at=now())
    providers.ACTIONS.register(ACTION, {"zh": "测量", "en": "Measured"})
    with connection.cursor() as cursor:
        cursor.execute(_BARE_TABLE)
    share = seconds / (ROUNDS * 4)
    batches = _fill(FEW)
    sealing = _seal()
    few, bare = alternate(ROUNDS, lambda: _append(share), lambda: _bare(share))
    batches += _fill(max(BATCH, rows - FEW - sum(len(r.latencies) for r in few)))
    sealing += _seal()
    many, bare_many = alternate(ROUNDS, lambda: _append(share), lambda: _bare(share))
    sealing += _seal()
    report, verifying, of_own_time = _verify()
    proofs, size = _proofs()
    proofs_of_many = _proofs_of_many()
    errors = [] if report.ok else [f"the log is not sound: {report.as_json()}"]
    appended = statistics.median(r.per_second for r in few + many)
    plain = statistics.median(r.per_second for r in bare + bare_many)
    growth = statistics.median(r.per_second for r in few) / statistics.median(r.per_second for r in many)
    return {
        "bench": "audit",
        "rows": report.entries,
        "figures": {
            "append": figure(few + many),
            "append_at_few": figure(few),
            "append_at_many": figure(many),
            "batch_append": _rate(batches),
            "sealing": _rate(sealing),
            "verify": _rate([verifying]),
            "verify_of_own_cpu": _rate([of_own_time]),
            "proofs": figure([proofs]),
            "proofs_of_many": _rate([proofs_of_many]),
        },
        "baselines": {"insert_commit": figure(bare + bare_many), "writers": WRITERS},
        "ratios": {
            "append_vs_insert": round(appended / plain, 3),
            "append_growth": round(growth, 3),
            "batch_entries_per_s": round(_median(batches)),
            "sealed_entries_per_s": round(_median(sealing)),
            "verify_entries_per_s": round(_median([verifying])),
            "proofs_per_s": round(proofs.per_second),
            "proofs_of_many_per_s": round(_median([proofs_of_many])),
            "proof_bytes": size,
        },
        "memory_mb": memory_mb([os.getpid()]),
        "errors": errors + [f"{r.errors} failed" for r in few + many + bare + bare_many if r.errors],
        "machine": machine(Path(os.environ["ZT_HOME"])),
    }


Rate = tuple[int, float]  # entries, seconds


def _median(rates: list[Rate]) -> float:
    return statistics.median(count / taken for count, taken in rates)


def _rate(rates: list[Rate]) -> dict[str, Any]:
    return {"value": round(_median(rates), 1), "unit": "entries/s", "p50_ms": None, "p99_ms": None, "errors": 0}


def _fill(count: int) -> list[Rate]:
    """Stored entries, a batch to a transaction."""
    from django.db import transaction

    from zhengtong.kernel.clock import now
    from zhengtong.security.audit import services

    rates = []
    while count > 0:
        acts = [
            services.Act(ACTION, urn, json.loads(detail), case_urn=urn) for urn, detail in _things(min(BATCH, count))
        ]
        begun = time.perf_counter()
        with transaction.atomic():
            services.record_many(_actor(), acts, at=now())
        rates.append((len(acts), time.perf_counter() - begun))
        count -= len(acts)
    return rates


def _things(count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        yield _urn(), json.dumps({"case": f"5116022026112200{number:05}", "outcome": "favourable"})


def _urn() -> str:
    return f"urn:zhengtong:511602-e:cases:case:{uuid4()}"


def _actor() -> Any:
    from zhengtong.kernel.actors import Actor, Capacity

    return Actor(urn=f"urn:zhengtong:511602-e:identity:account:{uuid4()}", capacity=Capacity.OFFICIAL)


def _seal() -> list[Rate]:
    """Everything that waits; the rate of each call that found something."""
    from zhengtong.kernel.clock import now
    from zhengtong.security.audit import queries, services

    rates, before = [], getattr(queries.find_checkpoint(), "tree_size", 0)
    while True:
        begun = time.perf_counter()
        head = services.seal(at=now())
        if head is None:
            return rates
        rates.append((head.tree_size - before, time.perf_counter() - begun))
        before = head.tree_size


def _append(seconds: float) -> Round:
    """Acts recorded one by one, each in a transaction of its own."""
    from django.db import transaction

    from zhengtong.kernel.clock import now
    from zhengtong.security.audit import services

    actor = _actor()

    def append(urn: str, detail: str) -> None:
        with transaction.atomic():
            services.record(actor, ACTION, urn, at=now(), detail=json.loads(detail), case_urn=urn)

    return _by_writers(lambda: append, seconds)


def _bare(seconds: float) -> Round:
    """The same columns by plain INSERT and COMMIT."""
    from django.db import connection

    actor = _urn()

    def writer() -> Callable[[str, str], None]:
        connection.ensure_connection()
        db = connection.connection
        db.autocommit = False

        def append(urn: str, detail: str) -> None:
            db.execute(_BARE_INSERT, [uuid4(), actor, ACTION, urn, urn, detail])
            db.commit()

        return append

    return _by_writers(writer, seconds)


def _by_writers(prepare: Callable[[], Callable[[str, str], None]], seconds: float) -> Round:
    from django.db import connection

    kept: list[Round] = []
    ready = threading.Barrier(WRITERS)

    def work() -> None:
        append, done = prepare(), Round(seconds)
        connection.ensure_connection()
        ready.wait()
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            try:
                append(_urn(), '{"case": "51160220261122000001", "outcome": "favourable"}')
                done.latencies.append(time.perf_counter() - begun)
            except Exception:  # counted and reported
                done.errors += 1
        kept.append(done)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(seconds, [x for done in kept for x in done.latencies], sum(done.errors for done in kept))


def _verify() -> tuple[Any, Rate, Rate]:
    """The report, and the entries by seconds passed and by seconds of our processes' own time."""
    from zhengtong.security.audit import services

    begun, own = time.perf_counter(), _own_time()
    report = services.verify()
    return report, (report.entries, time.perf_counter() - begun), (report.entries, _own_time() - own)


def _own_time() -> float:
    return sum(os.times()[:4])


def _proofs() -> tuple[Round, int]:
    """Inclusion proofs of leaves all over the log, and the bytes of the longest."""
    from zhengtong.security.audit import queries, services

    head = queries.find_checkpoint()
    assert head is not None
    step, longest, latencies = max(1, head.tree_size // PROOFS), 0, []
    begun = time.perf_counter()
    for index in range(0, head.tree_size, step):
        asked = time.perf_counter()
        path = services.inclusion_path(index, head.tree_size)
        latencies.append(time.perf_counter() - asked)
        longest = max(longest, sum(map(len, path)))
    return Round(time.perf_counter() - begun, latencies), longest


def _proofs_of_many() -> Rate:
    """The same proofs a hundred at a time, as an export with proofs asks for them."""
    from zhengtong.security.audit import queries, services

    head = queries.find_checkpoint()
    assert head is not None
    indexes = range(0, head.tree_size, max(1, head.tree_size // PROOFS))
    begun = time.perf_counter()
    for first in range(0, len(indexes), TOGETHER):
        services.inclusion_paths(indexes[first : first + TOGETHER], head.tree_size)
    return len(indexes), time.perf_counter() - begun
