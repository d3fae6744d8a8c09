"""Conditions, plans, process files and their faults."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, BpmnValidator

from zhengtong.support.workflow import services
from zhengtong.support.workflow.rules import running
from zhengtong.support.workflow.rules.bpmn import BPMN, BPMNDI
from zhengtong.support.workflow.rules.conditions import FaultyCondition, parse
from zhengtong.support.workflow.rules.plans import FaultyPlan, read_plan

from .factories import AUTHORITIES, RESTAURANT, manifest, process

KEYS = [review["key"] for review in RESTAURANT["reviews"]]


# -- conditions ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "true_for"),
    [
        ("a", "ab a"), ("not a", "b none"), ("a and b", "ab"), ("a or b", "ab a b"), ("not (a or b)", "none"),
        ("a and not b or b and not a", "a b"), ("not not a", "ab a"), ("((a))", "ab a"),
    ],
)  # fmt: skip
def test_conditions(source, true_for):
    worlds = {"ab": (True, True), "a": (True, False), "b": (False, True), "none": (False, False)}
    held = [name for name, (a, b) in worlds.items() if parse(source).holds({"a": a, "b": b})]
    assert held == [name for name in worlds if name in true_for.split()]


def test_an_unknown_name_fails_closed_even_under_not():
    assert not parse("not unknown").holds({})
    assert not parse("a and unknown").holds({"a": True})
    assert parse("a or unknown").holds({"a": True})
    assert not parse("a and unknown").may_hold({"a": False})
    assert parse("a and unknown").may_hold({"a": True})


@pytest.mark.parametrize(
    "source",
    [
        "", "not", "a and", "a b", "(a", "a)", "1 == 1", "True()", "a.b", "__import__('os').system('x')",
        "a; b", "a\nimport os", "lambda: a", "a if b else a", "[a]", "a" * 501, "(" * 30 + "a" + ")" * 30,
        "not " * 100 + "a", "条件",
    ],
)  # fmt: skip
def test_everything_else_is_no_condition(source):
    with pytest.raises(FaultyCondition):
        parse(source)


@given(st.text(max_size=60))
def test_no_text_ever_runs_or_breaks_the_reader(source):
    with contextlib.suppress(FaultyCondition):
        assert parse(source).holds({}) in (True, False)


# -- plans --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reviews", "path"),
    [
        ([{"key": "Food"}], "reviews[0].key"),
        ([{"key": "accept"}], "reviews[0].key"),
        ([{"key": "a"}, {"key": "a"}], "reviews[0].key"),
        ([{}], "reviews[0].key"),
        ([{"key": "a", "after": ["b"]}], "reviews[0].after"),
        ([{"key": "a", "after": "a"}], "reviews[0].after"),
        ([{"key": "a", "after": ["b"]}, {"key": "b", "after": ["a"]}], "reviews"),
    ],
)
def test_reviews_that_cannot_be_ordered(reviews, path):
    with pytest.raises(FaultyPlan) as caught:
        read_plan(manifest(*reviews))
    assert path in [fault[0] for fault in caught.value.faults]


def test_all_faults_of_a_plan_are_told_at_once():
    with pytest.raises(FaultyPlan) as caught:
        services.compile_reviews(manifest({"key": "X"}, {"key": "a", "after": ["nowhere"]}, {"key": "decide"}))
    assert len(caught.value.faults) == 3


# -- compiled processes -------------------------------------------------------------------------------------------
def test_the_same_manifest_gives_the_same_bytes():
    assert services.compile_reviews(RESTAURANT) == services.compile_reviews({**RESTAURANT})


def test_a_compiled_process_is_valid_bpmn_with_a_lane_for_each_authority_and_a_complete_diagram():
    root = etree.fromstring(services.compile_reviews(RESTAURANT, authority_names=AUTHORITIES))
    BpmnValidator().validate(root)
    lanes = {lane.get("name") for lane in root.iter(f"{{{BPMN}}}lane")}
    assert lanes == {names["zh"] for names in AUTHORITIES.values()}
    drawn = {element.get("bpmnElement") for element in root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")}
    parts = [e for tag in ("sequenceFlow", "userTask", "parallelGateway", "exclusiveGateway", "lane", "participant")
             for e in root.iter(f"{{{BPMN}}}{tag}")]  # fmt: skip
    assert {element.get("id") for element in parts} <= drawn


def test_the_drawn_boxes_do_not_overlap():
    root = etree.fromstring(services.compile_reviews(RESTAURANT))
    boxes = []
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape"):
        if shape.get("isHorizontal") is None:
            bounds = shape[0]
            boxes.append([int(bounds.get(name)) for name in ("x", "y", "width", "height")])
    for (ax, ay, aw, ah), (bx, by, bw, bh) in itertools.combinations(boxes, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_an_independent_reader_finds_the_process():
    parser = BpmnParser(validator=BpmnValidator())
    parser.add_bpmn_str(services.compile_reviews(RESTAURANT))
    assert parser.get_process_ids() == ["process_open-restaurant"]


@st.composite
def manifests(draw):
    keys = [f"r{n}" for n in range(draw(st.integers(0, 5)))]
    reviews = []
    for index, key in enumerate(keys):
        after = draw(st.lists(st.sampled_from(keys[:index]), unique=True, max_size=3)) if index else []
        when = {"when": "form.x"} if draw(st.booleans()) else {}
        reviews.append({"key": key, "authority": draw(st.sampled_from(["x", "y"])), "after": after, **when})
    return manifest(*draw(st.permutations(reviews)))


@settings(max_examples=40, deadline=None)
@given(manifests(), st.data())
def test_any_plan_runs_in_any_order_and_keeps_its_dependencies(plan, data):
    keys = [review["key"] for review in plan["reviews"]]
    xml = services.compile_reviews(plan)
    assert services.check_bpmn(xml, steps=keys) == []
    spec = running.read_spec(xml)
    values = {name: data.draw(st.booleans(), label=name) for name in sorted(spec.needs)}
    applicable = {k for k in keys if values.get(f"run_{k}", True)}
    run, done = running.start(spec, values), []
    while opened := run.open_steps():
        key = data.draw(st.sampled_from(opened))
        run = running.unpack(spec, running.pack(run))
        run.complete(key, {})
        done.append(key)
        for review in plan["reviews"]:
            if review["key"] == key:
                assert set(review["after"]) & applicable <= set(done)
    assert run.is_finished
    assert sorted(done[1:-1]) == sorted(applicable)
    assert (done[0], done[-1]) == ("accept", "decide")
    assert {k for k, state in run.states(spec).items() if state == "skipped"} == set(keys) - applicable


# -- files of others ----------------------------------------------------------------------------------------------
def edge(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def nodes(text: str) -> str:
    """`userTask:a parallelGateway:b` as elements."""
    return "".join(f'<{tag} id="{key}"/>' for tag, key in (word.split(":") for word in text.split()))


ENDS = nodes("startEvent:s userTask:accept userTask:decide endEvent:e") + edge("s", "accept")
STRAIGHT = ENDS + edge("accept", "decide") + edge("decide", "e")
TO_X = ENDS + edge("accept", "x") + edge("decide", "e")


def choice(condition: str) -> str:
    gateway = '<exclusiveGateway id="x" default="x-decide"/><userTask id="food"/>'
    return TO_X + gateway + edge("x", "food", condition) + edge("x", "decide") + edge("food", "decide")


def told(xml: bytes, *steps: str) -> str:
    return "\n".join(map(str, services.check_bpmn(xml, steps=steps)))


def test_a_plain_file_is_taken():
    assert told(process(STRAIGHT)) == ""
    assert services.check_bpmn(process(choice("run_food"))) == []  # without `steps` any review will do


def test_a_package_may_ask_for_results_of_a_step():
    xml = process(choice("accept_needs_food and not accept_trusted"))
    assert told(xml, "food") == ""
    run = running.start(running.read_spec(xml), {})
    run.complete("accept", {"accept_needs_food": True, "accept_trusted": False})
    assert run.open_steps() == ["food"]


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("__import__('os')", "条件无法读取"),
        ("run_food == True", "条件无法读取"),
        ("run_nothing", "无人赋值"),
        ("x", "无人赋值"),
    ],
)
def test_other_conditions_are_refused(condition, what):
    assert what in told(process(choice(condition)), "food")


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ('<scriptTask id="t"><script>import os; os.system("true")</script></scriptTask>', "不执行脚本"),
        ('<serviceTask id="t"/>', "不执行脚本"),
        ('<businessRuleTask id="t"/>', "不执行脚本"),
        ('<boundaryEvent id="t" attachedToRef="accept"><timerEventDefinition/></boundaryEvent>', "定时器"),
        ('<intermediateCatchEvent id="t"/>', "定时器"),
        ('<startEvent id="t"><timerEventDefinition/></startEvent>', "定时器"),
        ('<subProcess id="t"/>', "不支持"),
        ('<callActivity id="t" calledElement="p"/>', "不支持"),
        ('<inclusiveGateway id="t"/>', "不支持"),
        ('<userTask id="t"><standardLoopCharacteristics/></userTask>', "不支持"),
        ('<dataObject id="t"/>', "不支持"),
        ('<x:thing xmlns:x="urn:x"/>', "不认识"),
        ('<extensionElements><x:preScript xmlns:x="http://spiffworkflow.org/bpmn/schema/1.0/core">a=1</x:preScript>'
         "</extensionElements>", "引擎扩展"),
        ('<userTask id="accept"/>', "id 重复"),
        ('<userTask id="other"/>', "不是事项包中的审查"),
        ('<startEvent id="s2"/>', "一个开始事件"),
        (edge("accept", "nowhere"), "连线的两端"),
        (edge("accept", "e"), "恰好有一个出口"),
        (nodes("parallelGateway:g") + edge("g", "e"), "到不了这里"),
    ],
)  # fmt: skip
def test_what_is_not_run_is_refused(extra, what):
    assert what in told(process(STRAIGHT + extra))


@pytest.mark.parametrize(
    ("drawn", "what"),
    [
        (ENDS + edge("accept", "accept") + edge("decide", "e"), "到不了"),
        (nodes("startEvent:s userTask:accept endEvent:e") + edge("s", "accept") + edge("accept", "e"), "缺少用户任务"),
        (nodes("startEvent:s userTask:accept userTask:decide") + edge("s", "accept"), "结束事件"),
        (TO_X + nodes("exclusiveGateway:x") + edge("x", "decide") + edge("x", "accept"), "回路"),
        (TO_X + nodes("exclusiveGateway:x") + edge("x", "decide") + edge("x", "e"), "默认出口"),
        (ENDS + edge("accept", "decide", "run_accept") + edge("decide", "e"), "只有排他网关"),
    ],
)
def test_ways_that_lead_nowhere_are_refused(drawn, what):
    assert what in told(process(drawn))


def test_a_join_that_waits_for_ever_is_found_by_playing_it_through():
    gateway = '<exclusiveGateway id="x" default="x-j"/>' + nodes("userTask:food parallelGateway:j")
    ways = edge("x", "food", "run_food") + edge("x", "j") + edge("food", "j") + edge("j", "decide")
    assert "流程无法走通" in told(process(TO_X + gateway + ways), "food")


def test_the_decision_must_come_last():
    drawn = ENDS + nodes("userTask:food parallelGateway:g parallelGateway:j") + edge("accept", "g")
    ways = [("g", "decide"), ("g", "food"), ("decide", "j"), ("food", "j"), ("j", "e")]
    assert "decide last" in told(process(drawn + "".join(edge(*way) for way in ways)), "food")


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        (b"", "不是有效的 XML"),
        (b"not xml", "不是有效的 XML"),
        (b"<a/>", "definitions"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        (b"<a>" + b" " * 1_000_001 + b"</a>", "1 MB"),
        (process(STRAIGHT, '<process id="q"/>'), "恰好包含一个"),
    ],
)
def test_files_that_are_no_process(xml, what):
    assert what in told(xml)


def test_a_bomb_of_entities_is_refused_at_once():
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "boom">{levels}]><a>&e9;</a>'.encode()
    assert "DOCTYPE" in told(bomb) or "XML" in told(bomb)


def test_faults_say_where_and_how_to_mend_it():
    [fault] = services.check_bpmn(process(STRAIGHT + '\n<serviceTask id="pay"/>'))
    assert fault.path.startswith("serviceTask pay (line ")
    assert fault.remedy
