"""A plan written as BPMN 2.0 with its diagram interchange. The same plan gives the same bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from .plans import ACCEPT, DECIDE, Plan, Step

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
ZT = "urn:zhengtong:bpmn"  # our extension: the English label, the days, whether a step is optional
_NSMAP = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "zt": ZT}

_SIZES = {"userTask": (140, 60), "exclusiveGateway": (50, 50), "parallelGateway": (50, 50)}
_EVENT = (36, 36)
_COLUMN, _ROW, _LEFT = 180, 90, 60


@dataclass(slots=True)
class Node:
    id: str
    tag: str
    lane: str
    step: Step | None = None
    name: str = ""
    default: str = ""
    ins: list[str] = field(default_factory=list)
    outs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str = ""


class Graph:
    """Nodes and flows of one process, in the order in which they were made."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.flows: list[Flow] = []

    def node(self, node: Node) -> str:
        self.nodes[node.id] = node
        return node.id

    def flow(self, source: str, target: str, condition: str = "") -> Flow:
        flow = Flow(f"{source}__{target}", source, target, condition)
        self.flows.append(flow)
        self.nodes[source].outs.append(flow.id)
        self.nodes[target].ins.append(flow.id)
        return flow

    def columns(self) -> dict[str, int]:
        """The longest way from the start to each node."""
        column: dict[str, int] = dict.fromkeys(self.nodes, 0)
        for _turn in self.nodes:
            for flow in self.flows:
                column[flow.target] = max(column[flow.target], column[flow.source] + 1)
        return column


def write(plan: Plan) -> bytes:
    """The plan as BPMN 2.0 XML, UTF-8."""
    graph, root = graph_of(plan), etree.Element(f"{{{BPMN}}}definitions", nsmap=_NSMAP)
    root.set("id", f"definitions_{plan.key}")
    root.set("targetNamespace", ZT)
    _write_collaboration(root, plan)
    _write_process(root, plan, graph)
    _write_diagram(root, plan, graph)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


# -- the graph ----------------------------------------------------------------------------------------------------
def graph_of(plan: Plan) -> Graph:
    """start → accept → fork → [run? → review] … → join → decide → end."""
    graph, lead = Graph(), plan.steps[0].lane
    graph.node(Node("start", "startEvent", lead, name="提交"))
    exits = {step.key: _add_step(graph, step) for step in plan.steps}
    followers = _followers(plan)
    sources = {key: _fork(graph, plan, key, exits[key], len(followers[key])) for key in exits if key != DECIDE}
    for step in plan.steps[1:]:
        before = step.after or (ACCEPT,)
        entry = _join(graph, step, len(before))
        for key in before:
            graph.flow(sources[key], entry)
    graph.node(Node("end", "endEvent", lead, name="办结"))
    graph.flow("start", ACCEPT)
    graph.flow(DECIDE, "end")
    return graph


def _followers(plan: Plan) -> dict[str, list[str]]:
    followers: dict[str, list[str]] = defaultdict(list)
    for step in plan.steps[1:]:
        for key in step.after or (ACCEPT,):
            followers[key].append(step.key)
    return followers


def _add_step(graph: Graph, step: Step) -> str:
    """The step's nodes; gives the id of the last one. A conditional step may be passed by."""
    if not step.conditional:
        return graph.node(Node(step.key, "userTask", step.lane, step, step.title["zh"]))
    choice, merge = f"run_{step.key}", f"merge_{step.key}"
    graph.node(Node(choice, "exclusiveGateway", step.lane, name="需要办理？"))
    graph.node(Node(step.key, "userTask", step.lane, step, step.title["zh"]))
    graph.node(Node(merge, "exclusiveGateway", step.lane))
    graph.flow(choice, step.key, f"run_{step.key}")
    graph.flow(step.key, merge)
    graph.nodes[choice].default = graph.flow(choice, merge).id
    return merge


def _fork(graph: Graph, plan: Plan, key: str, exit_id: str, followers: int) -> str:
    if followers < 2:
        return exit_id
    lane = next(step.lane for step in plan.steps if step.key == key)
    fork = graph.node(Node(f"fork_{key}", "parallelGateway", lane))
    graph.flow(exit_id, fork)
    return fork


def _join(graph: Graph, step: Step, before: int) -> str:
    """Where the step is entered: its choice or the task itself, behind a join if it waits for several."""
    entry = f"run_{step.key}" if step.conditional else step.key
    if before < 2:
        return entry
    join = graph.node(Node(f"join_{step.key}", "parallelGateway", step.lane))
    graph.flow(join, entry)
    return join


# -- writing ------------------------------------------------------------------------------------------------------
def _sub(parent: etree._Element, namespace: str, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes)


def _write_collaboration(root: etree._Element, plan: Plan) -> None:
    collaboration = _sub(root, BPMN, "collaboration", id="collaboration")
    _sub(collaboration, BPMN, "participant", id="participant", name=plan.title["zh"], processRef=process_id(plan))


def process_id(plan: Plan) -> str:
    return f"process_{plan.key}"


def _write_process(root: etree._Element, plan: Plan, graph: Graph) -> None:
    process = _sub(root, BPMN, "process", id=process_id(plan), name=plan.title["zh"], isExecutable="true")
    lanes = _sub(process, BPMN, "laneSet", id="lanes")
    for key, names in plan.lanes.items():
        lane = _sub(lanes, BPMN, "lane", id=f"lane_{key}", name=names["zh"])
        _sub(_sub(lane, BPMN, "extensionElements"), ZT, "lane", en=names.get("en") or names["zh"], key=key)
        for node in graph.nodes.values():
            if node.lane == key:
                _sub(lane, BPMN, "flowNodeRef").text = node.id
    for node in graph.nodes.values():
        _write_node(process, node)
    for flow in graph.flows:
        element = _sub(process, BPMN, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
        if flow.condition:
            _sub(element, BPMN, "conditionExpression").text = flow.condition


def _write_node(process: etree._Element, node: Node) -> None:
    attributes = {"id": node.id, **({"name": node.name} if node.name else {})}
    element = _sub(process, BPMN, node.tag, **attributes, **({"default": node.default} if node.default else {}))
    if node.step:
        step, extension = node.step, {"en": node.step.title.get("en") or node.name}
        extension |= {"days": str(step.days)} if step.days else {}
        extension |= {"optional": "true"} if step.optional else {}
        _sub(_sub(element, BPMN, "extensionElements"), ZT, "step", **extension)
    for tag, flows in (("incoming", node.ins), ("outgoing", node.outs)):
        for flow in flows:
            _sub(element, BPMN, tag).text = flow


# -- the diagram --------------------------------------------------------------------------------------------------
def _write_diagram(root: etree._Element, plan: Plan, graph: Graph) -> None:
    plane = _sub(_sub(root, BPMNDI, "BPMNDiagram", id="diagram"), BPMNDI, "BPMNPlane", id="plane")
    plane.set("bpmnElement", "collaboration")
    columns, rows = graph.columns(), _rows(plan, graph)
    width = (max(columns.values()) + 1) * _COLUMN + _LEFT
    total = sum(len(lane) for lane in rows.values()) * _ROW
    _shape(plane, "participant", (0, 0, width, total), horizontal=True)
    top = 0
    boxes: dict[str, Box] = {}
    for lane, keys in rows.items():
        _shape(plane, f"lane_{lane}", (30, top, width - 30, len(keys) * _ROW), horizontal=True)
        for index, ids in enumerate(keys):
            middle = top + index * _ROW + _ROW // 2
            boxes |= {node: _box(graph.nodes[node], columns[node], middle) for node in ids}
        top += len(keys) * _ROW
    for node in graph.nodes:
        _shape(plane, node, boxes[node])
    for flow in graph.flows:
        _edge(plane, flow, boxes[flow.source], boxes[flow.target])


Box = tuple[int, int, int, int]


def _rows(plan: Plan, graph: Graph) -> dict[str, list[list[str]]]:
    """The rows of each lane: one for what belongs to no review, then one for each of its reviews."""
    rows: dict[str, list[list[str]]] = {lane: [] for lane in plan.lanes}
    own = {step.key: [f"join_{step.key}", f"run_{step.key}", step.key, f"merge_{step.key}", f"fork_{step.key}"]
           for step in plan.reviews}  # fmt: skip
    taken = {node for nodes in own.values() for node in nodes}
    rows[plan.steps[0].lane].append([node for node in graph.nodes if node not in taken])
    for step in plan.reviews:
        rows[step.lane].append([node for node in own[step.key] if node in graph.nodes])
    return rows


def _box(node: Node, column: int, middle: int) -> Box:
    width, height = _SIZES.get(node.tag, _EVENT)
    return _LEFT + column * _COLUMN + (_COLUMN - width) // 2, middle - height // 2, width, height


def _shape(plane: etree._Element, element: str, box: Box, *, horizontal: bool = False) -> None:
    shape = _sub(plane, BPMNDI, "BPMNShape", id=f"shape_{element}", bpmnElement=element)
    if horizontal:
        shape.set("isHorizontal", "true")
    x, y, width, height = map(str, box)
    _sub(shape, DC, "Bounds", x=x, y=y, width=width, height=height)


def _edge(plane: etree._Element, flow: Flow, source: Box, target: Box) -> None:
    edge = _sub(plane, BPMNDI, "BPMNEdge", id=f"edge_{flow.id}", bpmnElement=flow.id)
    for x, y in _waypoints(source, target):
        _sub(edge, DI, "waypoint", x=str(x), y=str(y))


def _waypoints(source: Box, target: Box) -> Iterable[tuple[int, int]]:
    start = source[0] + source[2], source[1] + source[3] // 2
    end = target[0], target[1] + target[3] // 2
    bend = end[0] - (_COLUMN - target[2]) // 4
    return (start, end) if start[1] == end[1] else (start, (bend, start[1]), (bend, end[1]), end)
