"""The pictures: complete, readable, safe, in both languages, in a wide and a narrow form."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel.errors import NotFound
from zhengtong.support.workflow import queries, services
from zhengtong.support.workflow.drawing import marks
from zhengtong.support.workflow.rules.picture import read_picture

from .factories import AUTHORITIES, RESTAURANT, manifest, process, restaurant
from .test_rules import choice, manifests

SVG = "{http://www.w3.org/2000/svg}"
STATES = {
    "accept": "done", "food": "done", "fire": "open", "drainage": "open", "signboard": "skipped", "decide": "waiting",
}  # fmt: skip


def drawn(
    lang: str = "zh", states: dict[str, str] | None = None, plan: dict | None = None
) -> list[ElementTree.Element]:
    xml = services.compile_reviews(plan or RESTAURANT, authority_names=AUTHORITIES)
    return list(ElementTree.fromstring(queries.flow_preview_svg(xml, lang, states or {})))


def words(svg: ElementTree.Element) -> str:
    return " ".join("".join(span.itertext()) for text in svg.iter(f"{SVG}text") for span in text)


@pytest.mark.parametrize("picture", [0, 1], ids=["wide", "tall"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_authority_and_limit_is_in_each_picture(picture, lang):
    shown = words(drawn(lang)[picture]).replace(" ", "")
    for review in RESTAURANT["reviews"]:
        assert review["title"][lang].replace(" ", "") in shown
        assert AUTHORITIES[review["authority"]][lang].replace(" ", "") in shown
    assert {"zh": "8个工作日", "en": "8workingdays"}[lang] in shown
    assert {"zh": "作出决定", "en": "Decision"}[lang] in shown


@pytest.mark.parametrize(
    ("lang", "told"), [("zh", ["已完成", "办理中", "未开始", "不需要"]), ("en", ["Done", "In progress"])]
)
def test_states_are_said_in_words_not_by_colour_alone(lang, told):
    for svg in drawn(lang, STATES):
        assert all(word in words(svg) for word in told)
    assert not any(word in words(svg) for word in told for svg in drawn(lang))


def test_a_conditional_step_of_an_accepted_case_without_a_state_is_not_needed():
    [wide, _tall] = drawn("zh", {"accept": "done", "food": "open"})
    assert words(wide).count("不需要") == 2  # fire and signboard
    [wide, _tall] = drawn("zh", {"accept": "open"})
    assert words(wide).count("未开始") == 5


def test_a_picture_is_described_to_those_who_do_not_see_it():
    for svg in drawn("zh", STATES):
        assert svg.get("role") == "img"
        description = svg.findtext(f"{SVG}desc")
        assert "消防安全检查: 区消防大队，8 个工作日，办理中，受理 之后" in description
        assert description in svg.get("aria-label")
        assert svg.findtext(f"{SVG}title") == "开办餐饮店 · 办理流程"


def test_only_one_picture_shows_without_a_style_sheet():
    wide, tall = drawn()
    assert (wide.get("display"), tall.get("display")) == (None, "none")
    assert float(tall.get("width")) <= 360


def test_nothing_a_strict_content_policy_forbids():
    for lang, states in itertools.product(("zh", "en"), ({}, STATES)):
        markup = queries.flow_preview_svg(services.compile_reviews(RESTAURANT), lang, states)
        assert not re.search(r"<style|<script|\sstyle=|\son\w+=|href|url\(", markup)


def test_what_a_package_writes_is_shown_and_never_markup():
    evil = {"zh": '<script>alert("审")</script>', "en": "</svg><b onload='x'>"}
    plan = {**manifest({"key": "food", "authority": "a", "title": evil}), "title": evil}
    for lang in ("zh", "en"):
        markup = queries.flow_preview_svg(services.compile_reviews(plan), lang)
        assert "<script" not in markup
        assert "<b " not in markup
        assert ElementTree.fromstring(markup) is not None


def _cards(svg: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    found = []
    for group in svg.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        found.append(tuple(float(box.get(name)) for name in ("x", "y", "width", "height")))
    return found


@settings(max_examples=40, deadline=None)
@given(manifests(), st.booleans())
def test_any_plan_draws_every_step_once_without_overlaps_and_inside_the_picture(plan, with_states):
    xml = services.compile_reviews(plan)
    picture = read_picture(xml)
    assert {step.key for step in picture.steps} == {"accept", "decide", *(r["key"] for r in plan["reviews"])}
    states = {step.key: "open" for step in picture.steps} if with_states else {}
    for svg in ElementTree.fromstring(queries.flow_preview_svg(xml, "en", states)):
        cards = _cards(svg)
        assert len(cards) == len(picture.steps)
        for (ax, ay, aw, ah), (bx, by, bw, bh) in itertools.combinations(cards, 2):
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
        _left, _top, width, height = map(float, svg.get("viewBox").split())
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in cards)


@settings(max_examples=40, deadline=None)
@given(manifests())
def test_arrows_run_where_the_manifest_says(plan):
    picture = read_picture(services.compile_reviews(plan))
    after = {review["key"]: set(review["after"]) for review in plan["reviews"]}

    def waits_for(key: str) -> set[str]:
        return set().union(*({before} | waits_for(before) for before in after[key])) if after[key] else set()

    for step in picture.steps:
        if step.key in after:
            shortest = {b for b in after[step.key] if not any(b in waits_for(o) for o in after[step.key] - {b})}
            assert set(step.after) == (shortest or {"accept"})
            assert step.is_conditional == ("when" in next(r for r in plan["reviews"] if r["key"] == step.key))


def test_a_file_without_our_extensions_can_be_drawn():
    xml = process(choice("run_food"))
    picture = read_picture(xml)
    food = next(step for step in picture.steps if step.key == "food")
    assert (food.is_conditional, food.after, food.days) == (True, ("accept",), None)
    assert "food" in queries.flow_preview_svg(xml, "en")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("户外广告设施及招牌设置审查意见书", 2),
        ("Joint final inspection of the works and the premises", 2),
        ("短", 1),
        ("A" * 80, 1),
    ],
)
def test_long_texts_are_broken_and_cut_to_their_place(text, lines):
    rows = marks.fit(text, 15, 154, 2)
    assert len(rows) == lines
    assert all(marks.width_of(row, 15) <= 154 for row in rows)
    assert "".join(rows).rstrip("…").replace(" ", "") in text.replace(" ", "")


@pytest.mark.django_db
def test_the_picture_of_a_definition_with_notes_in_place_of_days():
    definition = restaurant()
    markup = queries.diagram_svg(definition.uuid, STATES, "zh", notes={"fire": "剩余 2 个工作日"})
    assert "剩余 2 个工作日" in markup
    with pytest.raises(NotFound):
        queries.diagram_svg("00000000-0000-4000-8000-000000000000", {}, "zh")
