"""What every benchmark shares: figures, medians of alternating rounds, and a word on the machine."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Round:
    """One round: how long it took, and the latency of each operation in seconds."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


def figure(rounds: list[Round], unit: str = "1/s") -> dict[str, Any]:
    """Median rate of the rounds; percentiles over all operations."""
    latencies = sorted(x for r in rounds for x in r.latencies)
    return {
        "value": round(statistics.median(r.per_second for r in rounds), 2),
        "unit": unit,
        "p50_ms": round(percentile(latencies, 0.50) * 1000, 2),
        "p99_ms": round(percentile(latencies, 0.99) * 1000, 2),
        "errors": sum(r.errors for r in rounds),
    }


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def alternate(times: int, *workloads: Callable[[], Round]) -> list[list[Round]]:
    """Each workload in turn, A B A B …, so that a drift of the machine meets all alike."""
    rounds: list[list[Round]] = [[] for _ in workloads]
    for _ in range(times):
        for kept, workload in zip(rounds, workloads, strict=True):
            kept.append(workload())
    return rounds


def machine(folder: Path) -> dict[str, Any]:
    """Cores, memory and the time one fsync takes where the data lie."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
        "fsync_ms": round(fsync_time(folder) * 1000, 3),
    }


def fsync_time(folder: Path, times: int = 20) -> float:
    """Median seconds of one 8 KiB write with fsync."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(times):
            begun = time.perf_counter()
            file.write(b"x" * 8192)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def memory_mb(pids: list[int]) -> float:
    """Proportional set size of the processes and all their children: shared pages are counted once."""
    total = 0
    for pid in family(pids):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(total / 1024, 1)


def family(pids: list[int]) -> list[int]:
    """The processes and everything they started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.read_text().split(" (", 1)
            parents.setdefault(int(rest.rsplit(") ", 1)[1].split()[1]), []).append(int(pid))
        except (OSError, IndexError, ValueError):
            continue
    found, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found
