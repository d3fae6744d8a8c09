"""What there is to draw of a process: steps, who does them, and which wait for which. Read from the BPMN itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from zhengtong.kernel.texts import Texts

from .bpmn import BPMN, ZT
from .checking import condition_of, flow_nodes, flows, local, reach, read_xml


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    name: Texts


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """One user task. `after`: the steps it directly waits for. `rank`: how many must precede it."""

    key: str
    name: Texts
    lane: Lane
    rank: int
    after: tuple[str, ...]
    days: int | None
    is_conditional: bool
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A process to be drawn; steps by rank, then as they stand in the file."""

    title: Texts
    lanes: tuple[Lane, ...]
    steps: tuple[DrawnStep, ...]

    def of_rank(self, rank: int) -> list[DrawnStep]:
        return [step for step in self.steps if step.rank == rank]

    @property
    def ranks(self) -> int:
        return 1 + max(step.rank for step in self.steps)


def read_picture(xml: bytes) -> Picture:
    """The picture of a checked process file."""
    root = read_xml(xml)
    process = root.find(f"{{{BPMN}}}process")
    assert process is not None
    lanes, lane_of = _lanes(process)
    tasks = [node for node in flow_nodes(process) if local(node) == "userTask"]
    after = _waiting({node.get("id", "") for node in tasks}, process)
    ranks = _ranks(after)
    passable = _passable(process)
    steps = [
        DrawnStep(
            key=(key := node.get("id", "")),
            name=_name(node, _extension(node, "step")),
            lane=lane_of.get(key, lanes[0]),
            rank=ranks[key],
            after=tuple(sorted(after[key])),
            days=int(days) if (days := _extension(node, "step").get("days", "")).isdigit() else None,
            is_conditional=key in passable,
            is_optional=_extension(node, "step").get("optional") == "true",
        )
        for node in tasks
    ]
    used = {step.lane.key for step in steps}
    steps.sort(key=lambda step: step.rank)
    return Picture(_name(process, {}), tuple(lane for lane in lanes if lane.key in used), tuple(steps))


def _lanes(process: etree._Element) -> tuple[list[Lane], dict[str, Lane]]:
    lanes: list[Lane] = []
    lane_of: dict[str, Lane] = {}
    for element in process.iter(f"{{{BPMN}}}lane"):
        extension = _extension(element, "lane")
        lane = Lane(extension.get("key") or element.get("id") or "", _name(element, extension))
        lanes.append(lane)
        lane_of |= {(ref.text or "").strip(): lane for ref in element.iterfind(f"{{{BPMN}}}flowNodeRef")}
    return lanes or [Lane("", {"zh": "", "en": ""})], lane_of


def _extension(element: etree._Element, tag: str) -> dict[str, str]:
    found = element.find(f"{{{BPMN}}}extensionElements/{{{ZT}}}{tag}")
    return {str(key): str(value) for key, value in found.attrib.items()} if found is not None else {}


def _name(element: etree._Element, extension: dict[str, str]) -> Texts:
    zh = element.get("name") or element.get("id") or ""
    return {"zh": zh, "en": extension.get("en") or zh}


def _waiting(tasks: set[str], process: etree._Element) -> dict[str, set[str]]:
    """For each task the tasks it directly waits for, what follows from others left out."""
    backward: dict[str, set[str]] = {node.get("id", ""): set() for node in flow_nodes(process)}
    for flow in flows(process):
        backward[flow.get("targetRef", "")].add(flow.get("sourceRef", ""))
    near = {task: set(_nearest(backward[task], backward, tasks)) for task in tasks}
    return {task: {k for k in found if not _follows(k, found - {k}, near)} for task, found in near.items()}


def _nearest(nodes: Iterable[str], backward: dict[str, set[str]], tasks: set[str]) -> Iterable[str]:
    seen, waiting = set(), list(nodes)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in tasks:
            yield node
        else:
            waiting.extend(backward[node])


def _follows(key: str, others: set[str], near: dict[str, set[str]]) -> bool:
    """Whether waiting for the others means waiting for the key as well."""
    return key in reach([before for other in others for before in near[other]], near)


def _ranks(after: dict[str, set[str]]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    while len(ranks) < len(after):
        free = [key for key, before in after.items() if key not in ranks and before <= ranks.keys()]
        ranks |= {key: 1 + max((ranks[before] for before in after[key]), default=-1) for key in free}
    return ranks


def _passable(process: etree._Element) -> set[str]:
    """The tasks that a way with a condition leads to, through gateways only."""
    nodes = {node.get("id", ""): node for node in flow_nodes(process)}
    onward = {key: [f.get("targetRef", "") for f in flows(process) if f.get("sourceRef") == key] for key in nodes}
    found, waiting = set(), [flow.get("targetRef", "") for flow in flows(process) if condition_of(flow)]
    while waiting:
        key = waiting.pop()
        if local(nodes[key]) == "userTask":
            found.add(key)
        elif local(nodes[key]) == "exclusiveGateway" and len(onward[key]) > 1:
            waiting.extend(onward[key])
    return found
