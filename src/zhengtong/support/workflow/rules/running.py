"""Runs a process on SpiffWorkflow. The state names its specs instead of holding them: a few hundred bytes."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import zstandard
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from .bpmn import BPMN
from .checking import condition_of, flow_nodes, flows, local, reach, read_xml
from .conditions import Condition, parse

for _name in ("spiff.workflow", "spiff.task"):  # a line for every change of state, made even when nobody reads it
    logging.getLogger(_name).setLevel(logging.WARNING)

FORMAT = 1  # of the stored state


class Stuck(RuntimeError):
    """The process can go nowhere though it has not ended. `check` and `rehearse` exclude it."""


class OnlyConditions:
    """The script engine: looks up booleans. There is no other: nothing of a process file is ever executed."""

    def __init__(self, values: Mapping[str, bool]) -> None:
        self.values = values

    def evaluate(self, _task: Task, expression: str, external_context: Any = None) -> bool:  # noqa: ARG002
        return parse(expression.strip()).holds(self.values)

    def execute(self, *_args: Any, **_kwargs: Any) -> None:
        raise Stuck("scripts are never executed")

    call_service = execute


@dataclass(frozen=True, slots=True)
class Spec:
    """A process ready to run. `needs`: the names run_* that must have a value when it starts."""

    process: BpmnProcessSpec
    steps: frozenset[str]
    needs: frozenset[str]
    ways: Mapping[str, tuple[tuple[str, Condition | None], ...]]  # where each node leads, and under what condition

    def ways_under(self, values: Mapping[str, bool]) -> dict[str, set[str]]:
        """Where each node may still lead: ways that are certainly closed are left out."""
        return {node: _open_ways(ways, values) for node, ways in self.ways.items()}


def read_spec(xml: bytes) -> Spec:
    """The process of a checked file. Extensions are for drawing and do not reach the engine."""
    root = read_xml(xml)
    for extension in list(root.iter(f"{{{BPMN}}}extensionElements", f"{{{BPMN}}}documentation")):
        extension.getparent().remove(extension)  # type: ignore[union-attr]
    process = root.find(f"{{{BPMN}}}process")
    assert process is not None
    process.set("isExecutable", "true")
    names = {name for flow in flows(process) if condition_of(flow) for name in parse(condition_of(flow)).names}
    steps = frozenset(node.get("id", "") for node in flow_nodes(process) if local(node) == "userTask")
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.ElementTree(root))
    needs = frozenset(name for name in names if name.startswith("run_"))
    return Spec(parser.get_spec(process.get("id")), steps, needs, _ways(process))


def _ways(process: etree._Element) -> dict[str, tuple[tuple[str, Condition | None], ...]]:
    ways: dict[str, list[tuple[str, Condition | None]]] = {n.get("id", ""): [] for n in flow_nodes(process)}
    for flow in flows(process):
        condition = parse(condition_of(flow)) if condition_of(flow) else None
        ways[flow.get("sourceRef", "")].append((flow.get("targetRef", ""), condition))
    return {node: tuple(found) for node, found in ways.items()}


def _open_ways(ways: tuple[tuple[str, Condition | None], ...], values: Mapping[str, bool]) -> set[str]:
    """Of an exclusive gateway the default way is closed once another one certainly opens."""
    certain = {target for target, condition in ways if condition and condition.holds(values)}
    if certain:
        return certain
    return {target for target, condition in ways if condition is None or condition.may_hold(values)}


@dataclass(slots=True)
class Run:
    """One running process. `values`: what its conditions look up."""

    workflow: BpmnWorkflow
    values: dict[str, bool]

    @property
    def is_finished(self) -> bool:
        return bool(self.workflow.is_completed())

    def open_steps(self) -> list[str]:
        return sorted(task.task_spec.name for task in self.workflow.tasks.values() if _is_open(task))

    def complete(self, key: str, results: Mapping[str, bool]) -> None:
        """Do one open step and go on to the next ones. Raises KeyError if it is not open, Stuck."""
        task = next((t for t in self.workflow.tasks.values() if _is_open(t) and t.task_spec.name == key), None)
        if task is None:
            raise KeyError(key)
        self.values.update(results)
        task.run()
        self._go_on()

    def states(self, spec: Spec) -> dict[str, str]:
        """Each step: done, open, waiting (a way leads there, as far as is known) or skipped."""
        found = {t.task_spec.name: t.state for t in self.workflow.tasks.values() if t.state >= TaskState.READY}
        live = {
            t.task_spec.name for t in self.workflow.tasks.values() if t.state in (TaskState.READY, TaskState.WAITING)
        }
        ahead = reach(live & spec.ways.keys(), spec.ways_under(self.values))
        rest = {key: "waiting" if key in ahead else "skipped" for key in spec.steps}
        return {key: _STATES.get(found.get(key, 0), rest[key]) for key in sorted(spec.steps)}

    def _go_on(self) -> None:
        self.workflow.do_engine_steps()
        if not self.open_steps() and not self.is_finished:
            raise Stuck("no step is open and the process has not ended")


_STATES = {TaskState.COMPLETED: "done", TaskState.READY: "open"}


def start(spec: Spec, values: Mapping[str, bool]) -> Run:
    held = dict(values)
    run = Run(BpmnWorkflow(spec.process, {}, script_engine=OnlyConditions(held)), held)
    run._go_on()
    return run


def pack(run: Run) -> bytes:
    """The state for storing: tasks as [parent, state, step, internal data], parents before children."""
    tasks = list(run.workflow.tasks.values())
    place = {task.id: index for index, task in enumerate(tasks)}
    rows = [[place.get(t._parent, -1), t.state, t.task_spec.name, t.internal_data] for t in tasks]
    return zstandard.compress(orjson.dumps({"format": FORMAT, "values": run.values, "tasks": rows}), 3)


def unpack(spec: Spec, state: bytes) -> Run:
    """The run as it was stored. Raises ValueError on a state of another format."""
    stored = orjson.loads(zstandard.decompress(state))
    if stored["format"] != FORMAT:
        raise ValueError(f"process state of format {stored['format']}, expected {FORMAT}")
    values = stored["values"]
    workflow = BpmnWorkflow(spec.process, {}, script_engine=OnlyConditions(values), deserializing=True)
    tasks: list[Task] = []
    for index, (parent, task_state, name, internal) in enumerate(stored["tasks"]):
        above = tasks[parent] if parent >= 0 else None
        task = Task(workflow, spec.process.task_specs[name], above, state=task_state, id=index)  # type: ignore[arg-type]
        task.internal_data = internal
        tasks.append(task)
    workflow.task_tree = tasks[0]
    return Run(workflow, values)


def rehearse(spec: Spec) -> list[str]:
    """Play the process through under every combination of its conditions. Returns what went wrong, if anything.

    With more than six conditions: all true, all false, and each one alone true or false.
    """
    return list(dict.fromkeys(fault for values in _combinations(sorted(spec.needs)) for fault in _play(spec, values)))


def _combinations(names: list[str]) -> list[dict[str, bool]]:
    if len(names) <= 6:
        return [dict(zip(names, bits, strict=True)) for bits in itertools.product((True, False), repeat=len(names))]
    singles = [{n: (n == one) is alone for n in names} for one in names for alone in (True, False)]
    return [dict.fromkeys(names, True), dict.fromkeys(names, False), *singles]


def _play(spec: Spec, values: dict[str, bool]) -> list[str]:
    done: list[str] = []
    try:
        run = start(spec, values)
        while opened := run.open_steps():
            run.complete(opened[0], {})
            done.append(opened[0])
    except Exception as error:  # whatever the engine says about a process somebody else drew
        return [f"{error}"]
    faults = [] if done[:1] == ["accept"] and done[-1:] == ["decide"] else ["accept must come first and decide last"]
    return faults + [f"{key} is opened twice" for key in set(done) if done.count(key) > 1]


def _is_open(task: Task) -> bool:
    return task.state == TaskState.READY and task.task_spec.manual
