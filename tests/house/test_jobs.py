"""Every queue is consumed, and background work is one line that calls a verb."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from procrastinate.contrib.django import app

from zhengtong.kernel.events.worker import make_worker_app

TASK_FILES = sorted(Path(settings.PACKAGE).glob("*/*/tasks.py"))


def test_the_worker_takes_jobs_of_every_queue() -> None:
    assert make_worker_app().worker_defaults.get("queues") is None


def test_the_rooms_tasks_are_known_to_the_worker() -> None:
    known = {t.name for t in make_worker_app().tasks.values()}
    assert known == {t.name for t in app.tasks.values()}
    assert {
        "zhengtong.applications.cases.abandon_overdue_supplements",
        "zhengtong.support.notifications.deliver_email",
    } <= known


@pytest.mark.parametrize("file", TASK_FILES, ids=lambda f: f.parent.name)
def test_a_task_is_one_statement(file: Path) -> None:
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
            assert len(body) == 1, f"{file}: {node.name} does more than call a verb"
