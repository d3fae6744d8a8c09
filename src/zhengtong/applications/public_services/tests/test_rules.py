"""What a package says about one application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .. import definitions, rules, taxonomy
from ..definitions import ReviewDef
from ..package.conditions import can_hold
from ..package.flow import circle_through
from .factories import read


@pytest.fixture
def restaurant(settings) -> dict[str, Any]:
    return read(Path(settings.ZT_PACKAGES) / "open-restaurant").manifest


def keys(things: Any) -> list[str]:
    return [thing.key for thing in things]


def test_the_form_decides_who_reviews(restaurant: dict[str, Any]) -> None:
    large = {"area_m2": 320, "has_signboard": True}
    small = {"area_m2": 300, "has_signboard": False}
    assert keys(rules.applicable_reviews(restaurant, large)) == ["food", "fire", "drainage", "signboard"]
    assert keys(rules.applicable_reviews(restaurant, small)) == ["food", "drainage"]
    assert rules.review_conditions(restaurant, small) == {
        "run_food": True, "run_fire": False, "run_drainage": True, "run_signboard": False,
    }  # fmt: skip


@pytest.mark.parametrize("form", [{}, {"area_m2": None}, {"area_m2": "much", "has_signboard": "perhaps"}])
def test_an_unknown_condition_takes_the_careful_side(restaurant: dict[str, Any], form: dict[str, Any]) -> None:
    assert keys(rules.applicable_reviews(restaurant, form)) == ["food", "fire", "drainage", "signboard"]
    assert "fire-design" in keys(rules.applicable_requirements(restaurant, form))
    assert keys(rules.applicable_credentials(restaurant, form)) == ["food-business-licence"]


def test_a_refused_optional_review_withholds_only_its_own_output(restaurant: dict[str, Any]) -> None:
    form = {"area_m2": 320, "has_signboard": True}
    without = rules.applicable_credentials(restaurant, form, favourable=["food", "fire", "drainage"])
    assert keys(without) == ["food-business-licence"]
    assert len(rules.applicable_credentials(restaurant, form, favourable=["food", "signboard"])) == 2


def test_requirements_of_reviews_that_do_not_take_place_are_not_asked_for(restaurant: dict[str, Any]) -> None:
    small = {"area_m2": 120, "has_signboard": False}
    assert "fire-design" not in keys(rules.applicable_requirements(restaurant, small))
    (premises,) = [r for r in definitions.requirements_of(restaurant) if r.key == "premises-proof"]
    assert premises.credential_types == premises.evidence == ("property-certificate", "lease")


def test_eligibility_from_what_a_page_sends(restaurant: dict[str, Any]) -> None:
    answers = {"has_business_licence": "yes", "premises_ready": "yes", "area_m2": "320", "has_signboard": "no"}
    good = rules.eligibility(restaurant, answers)
    assert (good.is_eligible, good.reasons, keys(good.reviews)) == (True, (), ["food", "fire", "drainage"])
    bad = rules.eligibility(restaurant, {**answers, "has_business_licence": "no", "area_m2": "0"})
    assert (bad.verdict, len(bad.reasons)) == (False, 2)
    open_ = rules.eligibility(restaurant, {"has_business_licence": "yes", "area_m2": "320 m²"})
    assert (open_.verdict, open_.open_questions) == (None, ("premises_ready", "area_m2", "has_signboard"))


@pytest.mark.parametrize("text", ["", " ", "1e9", "٣", "1,5", "0x10", "--1", "9" * 13])
def test_what_is_no_number_is_no_answer(restaurant: dict[str, Any], text: str) -> None:
    assert "area_m2" in rules.eligibility(restaurant, {"area_m2": text}).open_questions


def test_the_comparison(restaurant: dict[str, Any]) -> None:
    whole = rules.compare(restaurant)
    assert (whole.joint_days, whole.alone_days, whole.saved_days, whole.saved_percent) == (8, 60, 52, 87)
    assert [(bar.start, bar.end, bar.alone_start, bar.alone_end) for bar in whole.bars] == [
        (0, 8, 0, 20), (0, 8, 20, 30), (0, 5, 30, 50), (0, 5, 50, 60),
    ]  # fmt: skip
    assert [bar.is_critical for bar in whole.bars] == [True, True, False, False]
    small = rules.compare(restaurant, {"area_m2": 120, "has_signboard": False})
    assert (len(small.bars), small.alone_days, small.joint_forms, small.alone_forms) == (2, 40, 1, 2)


def _review(key: str, days: int, *after: str, when: str = "") -> dict[str, Any]:
    return {"key": key, "title": {"zh": key}, "authority": "x", "days": days, "after": list(after), "when": when}


def test_days_of_reviews_that_wait_for_each_other() -> None:
    manifest = {"reviews": [_review("a", 2), _review("b", 3, "a"), _review("c", 1, "a", "b"), _review("d", 4)]}
    reviews = definitions.reviews_of(manifest)
    assert rules.ends_of(reviews) == {"a": 2, "b": 5, "c": 6, "d": 4}
    assert rules._critical(reviews, rules.ends_of(reviews), 6) == {"a", "b", "c"}


def test_who_waits_for_a_review_that_does_not_take_place_waits_for_what_that_waited_for() -> None:
    manifest = {"reviews": [_review("a", 2), _review("b", 3, "a", when="form.b"), _review("c", 1, "b")]}
    assert rules.applicable_reviews(manifest, {"b": False})[1].after == ("a",)
    assert rules.applicable_reviews(manifest, {"b": True})[2].after == ("b",)


def test_a_circle_ends_the_counting_and_is_found() -> None:
    circle = (ReviewDef("a", {}, "x", 1, after=("b",)), ReviewDef("b", {}, "x", 1, after=("a",)))
    assert max(rules.ends_of(circle).values()) <= 3
    assert circle_through("a", {"a": ["b"], "b": ["c"], "c": ["a"]}) == ["a", "b", "c", "a"]
    assert circle_through("a", {"a": ["b"], "b": ["b"]}) == []


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ("form.area > 300", True),
        ("form.area > 300 && form.area < 200", False),
        ("form.area > 100000", False),
        ("form.kind == 'snack' || form.open", True),
        ("form.kind == 'bar'", False),
        ("form.open && !form.open", False),
        ("form.seats == 0", True),
        ("form.seats < 0", False),
        ("form.text == 'x'", True),
        ("form.text.startsWith('x')", None),
        ("false", False),
        ("form.always", True),
        ("!form.always", False),
    ],
)
def test_whether_a_condition_can_ever_hold(condition: str, possible: bool | None) -> None:
    fields = {
        "area": {"type": "number", "minimum": 1, "maximum": 100000}, "seats": {"type": "integer", "minimum": 0},
        "kind": {"type": "string", "enum": ["snack", "restaurant"]}, "open": {"type": "boolean"},
        "text": {"type": "string"}, "always": {"type": "boolean", "const": True},
    }  # fmt: skip
    assert can_hold(rules.compile(condition, {"form": dict}), fields) is possible


def test_addresses_of_items() -> None:
    assert rules.item_address("511A0002", "511A0002-511602-1", []) == "511a0002"
    assert rules.item_address("511A0002", "511A0002-511602-1", ["511a0002"]) == "511a0002-511602-1"


def test_every_topic_and_event_is_told_in_both_languages() -> None:
    for thing in (*taxonomy.topics(), *taxonomy.event_seeds()):
        assert all(thing.title[lang] for lang in ("zh", "en"))
    assert len({topic.key for topic in taxonomy.topics()}) == len(taxonomy.topics())


def test_where_an_item_finds_its_place() -> None:
    assert taxonomy.audience_of("申领《四川省老年人优待证》") == ["person"]
    assert taxonomy.topics_of("申领《四川省老年人优待证》", "区卫健局", ["person"]) == ["elderly"]
    assert taxonomy.audience_of("道路货物运输经营许可") == ["legal_entity"]
    assert taxonomy.topics_of("道路货物运输经营许可", "区交通运输局", ["legal_entity"]) == ["market-access"]
    assert taxonomy.events_of("食品(含保健食品)经营许可核发") == ["starting-a-restaurant"]
    assert taxonomy.audience_of("某事") == ["person", "legal_entity"]
