"""The baseline: SpiffWorkflow alone, each step stored, in one process, on the same database at the same durability.

The state names its specification instead of holding it (the fair way to store it); serializer and script engine are the
library's own. One step: lock and read the state, do the task, write state and open tasks, commit.
"""

from __future__ import annotations

import io
import time
from typing import Any
from uuid import UUID

import orjson
import psycopg
import zstandard
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.util.task import TaskState

from .measuring import Round

TABLES = """
    CREATE TABLE IF NOT EXISTS bench_workflow (id bigserial PRIMARY KEY, state bytea NOT NULL, done bool NOT NULL);
    CREATE TABLE IF NOT EXISTS bench_task (workflow bigint NOT NULL, name text NOT NULL, uuid uuid PRIMARY KEY)
"""


def bare_steps(url: str, bpmn: bytes, reviews: list[str], seconds: float) -> Round:
    """Run whole processes for some seconds: start, accept, every review, decide."""
    spec = _spec(bpmn)
    serializer = _serializer(spec)
    with psycopg.connect(url) as db:
        db.execute(TABLES)
        db.commit()
        steps = _Steps(db, spec, serializer, {f"run_{key}": True for key in reviews})
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            steps.whole_process(["accept", *reviews, "decide"])
        return Round(time.perf_counter() - begun, steps.latencies)


class _Steps:
    def __init__(self, db: Any, spec: Any, serializer: Any, data: dict[str, bool]) -> None:
        self.db, self.spec, self.serializer, self.data = db, spec, serializer, data
        self.latencies: list[float] = []

    def whole_process(self, names: list[str]) -> None:
        begun = time.perf_counter()
        workflow = BpmnWorkflow(self.spec)
        workflow.task_tree.data.update(self.data)
        workflow.do_engine_steps()
        key = self._save(None, workflow, begun)
        for name in names:
            self._step(key, name)

    def _step(self, key: int, name: str) -> None:
        begun = time.perf_counter()
        row = self.db.execute("SELECT state FROM bench_workflow WHERE id = %s FOR UPDATE", (key,)).fetchone()
        workflow = self.serializer.from_dict(orjson.loads(zstandard.decompress(row[0])))
        task = next(t for t in workflow.get_tasks(state=TaskState.READY, manual=True) if t.task_spec.name == name)
        task.run()
        workflow.do_engine_steps()
        self._save(key, workflow, begun)

    def _save(self, key: int | None, workflow: Any, begun: float) -> int:
        state = zstandard.compress(orjson.dumps(self.serializer.to_dict(workflow)), 3)
        done = workflow.is_completed()
        if key is None:
            question = "INSERT INTO bench_workflow (state, done) VALUES (%s, %s) RETURNING id"
            key = self.db.execute(question, (state, done)).fetchone()[0]
        else:
            self.db.execute("UPDATE bench_workflow SET state = %s, done = %s WHERE id = %s", (state, done, key))
            self.db.execute("DELETE FROM bench_task WHERE workflow = %s", (key,))
        for task in workflow.get_tasks(state=TaskState.READY, manual=True):
            self.db.execute("INSERT INTO bench_task VALUES (%s, %s, %s)", (key, task.task_spec.name, task.id))
        self.db.commit()
        self.latencies.append(time.perf_counter() - begun)
        return int(key)


def _spec(bpmn: bytes) -> Any:
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(bpmn))
    return parser.get_spec(parser.get_process_ids()[0])


def _serializer(spec: Any) -> BpmnWorkflowSerializer:
    class ByReference(BpmnWorkflowConverter):
        """Stores which specification it is instead of the specification."""

        def to_dict(self, workflow: Any) -> dict[str, Any]:
            stored = super(BpmnWorkflowConverter, self).to_dict(workflow)
            stored["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
            stored["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
            return stored

        def from_dict(self, stored: dict[str, Any]) -> Any:
            workflow = self.target_class(spec, {}, deserializing=True)
            workflow.tasks = self.mapping_from_dict(stored["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks.get(UUID(stored["root"]))
            self.set_default_attributes(workflow, stored)
            self.subprocesses_from_dict(stored["subprocesses"], workflow)
            workflow.bpmn_events = self.registry.restore(stored.pop("bpmn_events", []))
            return workflow

    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: ByReference}))
