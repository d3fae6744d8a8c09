"""Is a process file one that we run? Every fault at once. Nothing of it is executed, and no entity is expanded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from lxml import etree

from .bpmn import BPMN, BPMNDI, DC, DI
from .conditions import FaultyCondition, parse
from .plans import ACCEPT, DECIDE

LARGEST = 1_000_000
MOST_NODES = 200
NODES = ("startEvent", "endEvent", "userTask", "exclusiveGateway", "parallelGateway")
_ALLOWED = {
    *NODES, "definitions", "collaboration", "participant", "process", "laneSet", "lane", "flowNodeRef", "sequenceFlow",
    "incoming", "outgoing", "conditionExpression", "documentation", "extensionElements", "textAnnotation", "text",
    "association",
}  # fmt: skip
_EXECUTED = {"scriptTask", "script", "businessRuleTask", "serviceTask", "sendTask", "receiveTask"}
_TIMED = {"timerEventDefinition", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"}
_SPIFF = "spiffworkflow"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a process file. `path`: the element and its line."""

    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.path}:", self.message, self.remedy) if part)


class UnreadableProcess(ValueError):
    """The file is not XML that we read."""


def read_xml(xml: bytes) -> etree._Element:
    """The root element, without network, entities or document type. Raises UnreadableProcess."""
    if len(xml) > LARGEST:
        raise UnreadableProcess(_("流程文件超过 1 MB。"))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableProcess(_("流程文件不是有效的 XML：%(error)s") % {"error": error}) from error
    if getattr(root.getroottree().docinfo, "doctype", "") or any(
        isinstance(node, etree._Entity) for node in root.iter()
    ):
        raise UnreadableProcess(_("流程文件不得包含 DOCTYPE 或实体声明。"))
    return root


def check(xml: bytes, steps: Iterable[str] | None = None) -> list[Fault]:
    """Every fault of the file. `steps`: the keys of the reviews, its user tasks beside accept and decide; None: any."""
    try:
        root = read_xml(xml)
    except UnreadableProcess as error:
        return [Fault("bpmn", str(error), _("请用 BPMN 2.0 编辑器重新导出。"))]
    if root.tag != f"{{{BPMN}}}definitions":
        return [Fault(_where(root), _("根元素不是 BPMN 2.0 的 definitions。"))]
    faults = list(_elements(root))
    process = root.findall(f"{{{BPMN}}}process")
    if len(process) != 1:
        return [*faults, Fault("definitions", _("流程文件须恰好包含一个 process。"))]
    faults += _identifiers(root)
    if faults:
        return faults
    faults += [*_tasks(process[0], None if steps is None else set(steps)), *_flows(process[0])]
    ids = {node.get("id") for node in flow_nodes(process[0])}
    whole = all({flow.get("sourceRef"), flow.get("targetRef")} <= ids for flow in flows(process[0]))
    return faults + list(_ways(process[0])) if whole else faults


def flow_nodes(process: etree._Element) -> list[etree._Element]:
    """The process's events, tasks and gateways, in document order."""
    return [element for element in process if local(element) in NODES]


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def flows(process: etree._Element) -> list[etree._Element]:
    return process.findall(f"{{{BPMN}}}sequenceFlow")


def condition_of(flow: etree._Element) -> str:
    return (flow.findtext(f"{{{BPMN}}}conditionExpression") or "").strip()


# -- what may stand in it -----------------------------------------------------------------------------------------
def _elements(element: etree._Element) -> Iterator[Fault]:
    namespace, tag = etree.QName(element).namespace, local(element)
    if namespace in (BPMNDI, DC, DI):
        return
    if namespace != BPMN:
        yield Fault(_where(element), _("不认识的元素。"), _("请删除，或放入 extensionElements。"))
    elif tag in _EXECUTED:
        yield Fault(_where(element), _("不执行脚本和服务任务。"), _("请改用用户任务；条件在事项包中用 CEL 表达。"))
    elif tag in _TIMED:
        yield Fault(_where(element), _("流程中不得有定时器和中间事件。"), _("时限在事项包的 days 中填写。"))
    elif tag not in _ALLOWED:
        yield Fault(_where(element), _("不支持这种元素。"), _("可用：开始、结束、用户任务、排他网关、并行网关。"))
    elif tag == "extensionElements":
        yield from (
            Fault(_where(child), _("不执行引擎扩展。"), _("请删除。"))
            for child in element.iter()
            if _SPIFF in (etree.QName(child).namespace or "")
        )
    else:
        for child in element:
            yield from _elements(child)


def _identifiers(root: etree._Element) -> Iterator[Fault]:
    counted = Counter(
        element.get("id") for element in root.iter(f"{{{BPMN}}}*") if local(element) in (*NODES, "sequenceFlow")
    )
    if None in counted:
        yield Fault("definitions", _("有节点或连线没有 id。"))
    for identifier, times in counted.items():
        if identifier and times > 1:
            yield Fault(identifier, _("id 重复。"))


def _tasks(process: etree._Element, steps: set[str] | None) -> Iterator[Fault]:
    nodes = flow_nodes(process)
    tasks = {node.get("id", "") for node in nodes if local(node) == "userTask"}
    for key in sorted({ACCEPT, DECIDE} | (steps or set())):
        if key not in tasks:
            yield Fault("process", _("缺少用户任务“%(key)s”。") % {"key": key}, _("请加入 id 为此值的用户任务。"))
    for key in sorted(tasks - (tasks if steps is None else steps) - {ACCEPT, DECIDE}):
        yield Fault(key, _("用户任务“%(key)s”不是事项包中的审查。") % {"key": key}, _("请在 reviews 中声明，或删除。"))
    if len(nodes) > MOST_NODES:
        yield Fault("process", _("流程的节点超过 %(most)s 个。") % {"most": MOST_NODES})
    starts = [node for node in nodes if local(node) == "startEvent"]
    if len(starts) != 1 or not any(local(node) == "endEvent" for node in nodes):
        yield Fault("process", _("流程须有一个开始事件和至少一个结束事件。"))


def _flows(process: etree._Element) -> Iterator[Fault]:
    nodes = {node.get("id"): node for node in flow_nodes(process)}
    tasks = {key for key, node in nodes.items() if local(node) == "userTask"}
    for flow in flows(process):
        source = nodes.get(flow.get("sourceRef"))
        if source is None or flow.get("targetRef") not in nodes:
            yield Fault(_where(flow), _("连线的两端须是本流程的节点。"))
        elif condition_of(flow) and local(source) != "exclusiveGateway":
            yield Fault(_where(flow), _("只有排他网关的出口可以有条件。"))
        elif condition_of(flow):
            yield from _condition(flow, tasks)
    for node in nodes.values():
        yield from _exits(node, [flow for flow in flows(process) if flow.get("sourceRef") == node.get("id")])


def _condition(flow: etree._Element, tasks: set[str | None]) -> Iterator[Fault]:
    try:
        condition = parse(condition_of(flow))
    except FaultyCondition as fault:
        yield Fault(
            _where(flow),
            _("条件无法读取：%(fault)s。") % {"fault": fault},
            _("条件只能由名称和 not、and、or、括号组成。"),
        )
        return
    for name in condition.names:
        head = (
            name.removeprefix("run_")
            if name.startswith("run_")
            else next((t for t in tasks if name.startswith(f"{t}_")), "")
        )
        if head not in tasks:
            yield Fault(
                _where(flow),
                _("条件中的名称“%(name)s”无人赋值。") % {"name": name},
                _("请用 run_<步骤> 或 <步骤>_<结果>。"),
            )


def _exits(node: etree._Element, outgoing: list[etree._Element]) -> Iterator[Fault]:
    tag = local(node)
    if tag in ("userTask", "startEvent") and len(outgoing) != 1:
        yield Fault(_where(node), _("任务和开始事件须恰好有一个出口。"), _("分支请用网关。"))
    if tag != "exclusiveGateway" or len(outgoing) < 2:
        return
    default = node.get("default")
    if default not in {flow.get("id") for flow in outgoing}:
        yield Fault(_where(node), _("排他网关须有默认出口。"), _("请设置 default。"))
    for flow in outgoing:
        if flow.get("id") != default and not condition_of(flow):
            yield Fault(_where(flow), _("排他网关的非默认出口须有条件。"))


# -- where its ways lead ------------------------------------------------------------------------------------------
def _ways(process: etree._Element) -> Iterator[Fault]:
    nodes = {node.get("id", ""): node for node in flow_nodes(process)}
    forward: dict[str, set[str]] = {key: set() for key in nodes}
    backward: dict[str, set[str]] = {key: set() for key in nodes}
    for flow in flows(process):
        forward[flow.get("sourceRef", "")].add(flow.get("targetRef", ""))
        backward[flow.get("targetRef", "")].add(flow.get("sourceRef", ""))
    starts = [key for key, node in nodes.items() if local(node) == "startEvent"]
    ends = [key for key, node in nodes.items() if local(node) == "endEvent"]
    for key in sorted(nodes.keys() - reach(starts, forward)):
        yield Fault(_where(nodes[key]), _("从开始事件到不了这里。"))
    for key in sorted(nodes.keys() - reach(ends, backward)):
        yield Fault(_where(nodes[key]), _("从这里到不了结束事件。"))
    for key in sorted(k for k in nodes if k in reach(forward[k], forward)):
        yield Fault(_where(nodes[key]), _("流程不得有回路。"), _("补正由办件处理，不在流程中。"))


def reach(starts: Iterable[str], steps: dict[str, set[str]]) -> set[str]:
    """Everything that can be reached, the starts included."""
    found, waiting = set(), list(starts)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(steps[key])
    return found


def _where(element: etree._Element) -> str:
    return f"{local(element)} {element.get('id', '')}".strip() + f" (line {element.sourceline})"
