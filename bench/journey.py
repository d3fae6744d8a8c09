"""The main journey: a joint case is seven durable, audited transactions through HTTP by eight clients at once."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from . import clients, filling, node
from .baseline_spiff import bare_steps
from .measuring import Round, alternate, figure, machine, memory_mb

ROUNDS = 3
FEW = 1_000
PAGES = {"hall": "/hall/", "hall_case": "", "workbench": "/workbench/", "workbench_case": ""}


def run(url: str, *, rows: int, seconds: float) -> dict[str, Any]:
    """Measure on the scratch database at `url`; Django is loaded and its tables are made. `rows`: stored cases."""
    cast, bpmn = _prepare()
    share = seconds / (ROUNDS * 4)
    errors: list[str] = []

    def measure(port: int) -> tuple[tuple[list[Round], list[Round]], dict[str, float]]:
        def product() -> Round:
            done, failed = clients.carry(port, cast, share)
            errors.extend(failed)
            return done

        def spiff() -> Round:
            return bare_steps(url, bpmn, list(clients.REVIEWS), share)

        done, bare = alternate(ROUNDS, product, spiff)
        return (done, bare), _pages(port, cast, example)

    with node.web(url) as (port, web), node.worker(url) as worker:
        clients.carry(port, cast, WARM)  # every worker has loaded everything
        memory = memory_mb([web.pid, worker.pid]) + SUPERVISOR_MB
        worker.terminate()
        worker.wait(20)
        example = _example()
        filling.fill(url, example, FEW)
        at_first, pages = measure(port)
    filling.fill(url, example, max(0, rows - FEW))
    with node.web(url) as (port, _web):  # no connection that planned its statements for a hundredth of the rows
        clients.carry(port, cast, WARM)
        at_full, pages_many = measure(port)
    return _report(rows, at_first, at_full, pages, pages_many, memory, errors)


WARM = 1.0  # seconds of work before anything is measured
SUPERVISOR_MB = 25.0  # `zt up` itself: Python without Django


def _prepare() -> tuple[clients.Cast, bytes]:
    from django.conf import settings

    from zhengtong.applications.public_services import queries as public_services
    from zhengtong.applications.public_services import services as publishing
    from zhengtong.config.story import seeding
    from zhengtong.config.story.restaurant import Answers, evidence_for, representative
    from zhengtong.kernel.clock import now
    from zhengtong.support.workflow import queries as workflow

    at = now() - timedelta(days=1)
    seeding.small_demo(at=at, packages=())
    with tempfile.TemporaryDirectory() as folder:
        package = node.bench_package(Path(folder), settings.ZT_PACKAGES / "open-restaurant")
        publishing.publish(actor=seeding.SEEDING, folder=package, at=at)
    version = public_services.get_current_version("open-restaurant")
    enterprise = representative("chen", at=now())
    evidence = evidence_for(enterprise, Answers.BUSINESS, at=now())
    submission = {
        "service_key": "open-restaurant",
        "data": Answers.BUSINESS,
        "evidence": [
            {
                "requirement_key": e.requirement_key,
                "file_uuid": e.file_uuid and str(e.file_uuid),
                "credential_uuid": e.credential_uuid and str(e.credential_uuid),
            }
            for e in evidence
        ],
    }
    cast = clients.Cast(
        enterprise=node.session_for("chen", "representative"),
        window=node.session_for("window"),
        lead=node.session_for("lead"),
        reviewers={key: node.session_for(key) for key in clients.REVIEWS},
        submission=json.dumps(submission, ensure_ascii=False).encode(),
    )
    return cast, workflow.get_bpmn(version.process_definition_uuid)


def _example() -> str:
    """A finished case, to be copied."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid FROM applications_cases_case WHERE status = 'granted' ORDER BY id LIMIT 1")
        row = cursor.fetchone()
    if row is None:
        raise RuntimeError("no case was finished: see the errors")
    return str(row[0])


def _pages(port: int, cast: clients.Cast, case: str) -> dict[str, float]:
    """Median seconds of each page, beside an empty page of a signed-in official."""
    import statistics
    import time

    asked = {
        "empty": ("/workbench/find/", cast.window),
        "hall": ("/hall/", cast.enterprise),
        "hall_cases": ("/hall/cases/", cast.enterprise),
        "hall_case": (f"/hall/cases/{case}/", cast.enterprise),
        "workbench": ("/workbench/", cast.window),
        "workbench_all": ("/workbench/?box=all", cast.window),
        "workbench_case": (f"/workbench/cases/{case}/", cast.window),
    }
    client = clients.Client(port, cast)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(15):
        for name, (path, headers) in asked.items():
            begun = time.perf_counter()
            status, _answer = client._ask("GET", path, {"Cookie": headers["Cookie"]}, None)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}")
            taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times) for name, times in taken.items()}


def _report(  # noqa: PLR0917
    rows: int, at_first: tuple[list[Round], list[Round]], at_full: tuple[list[Round], list[Round]],
    pages: dict[str, float], pages_many: dict[str, float], memory: float, errors: list[str],
) -> dict[str, Any]:  # fmt: skip
    """`at_first`, `at_full`: rounds of the product and of the baseline that alternated with them."""
    (steps, spiff), (full, spiff_full) = (
        [figure(rounds, "steps/s") for rounds in half] for half in (at_first, at_full)
    )
    ratio, ratio_full = steps["value"] / (spiff["value"] or 1), full["value"] / (spiff_full["value"] or 1)
    slowest = {name: round(pages_many[name] / pages_many["empty"], 2) for name in pages_many if name != "empty"}
    return {
        "bench": "journey",
        "rows": rows,
        "figures": {
            "steps": steps,
            "steps_full": full,
            **{
                f"page_{name}": {"value": round(t * 1000, 2), "unit": "ms", "p50_ms": round(t * 1000, 2), "errors": 0}
                for name, t in pages_many.items()
            },
        },
        "baselines": {
            "spiff_stored_steps": spiff,
            "spiff_full": spiff_full,
            "empty_page_ms": round(pages["empty"] * 1000, 2),
        },
        "ratios": {
            "steps_vs_spiff": round(ratio, 3),
            "step_cost_growth": round(ratio / ratio_full, 3) if ratio_full else 0,
            **{f"page_{name}_vs_empty": ratio for name, ratio in slowest.items()},
        },
        "memory_mb": memory,
        "errors": errors[:5],
        "machine": machine(Path(tempfile.gettempdir())),
    }
