"""What a version says: guide, cards, eligibility, outputs, comparison, diagram."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from zhengtong.kernel.errors import NotFound

from .. import queries, services
from ..guides import safe_html
from ..models import PublicService, ServiceVersion
from ..queries import Filters
from .factories import AT, EDITOR

pytestmark = pytest.mark.usefixtures("house")
LARGE = {"area_m2": 320, "has_signboard": True, "enterprise_name": "好味来", "food_items": ["hot", "cold"],
         "business_form": "restaurant", "signboard_width_m": 6}  # fmt: skip


@pytest.fixture
def restaurant(house: None) -> ServiceVersion:
    return services.publish(actor=EDITOR, folder=Path(settings.ZT_PACKAGES) / "open-restaurant", at=AT)


def test_the_guide_says_everything(restaurant: ServiceVersion) -> None:
    guide = queries.get_guide(restaurant.service, "en")
    assert (guide.lang, guide.is_information_only, len(guide.headings)) == ("en", False, 6)
    assert guide.html.count('<h2 id="guide-') == 6
    assert (len(guide.requirements), len(guide.reviews), len(guide.law), len(guide.faq)) == (7, 4, 7, 4)
    assert guide.decision.promised_days == 8
    assert queries.get_guide(restaurant.service, "zh").headings[0].text == "一件事，一次办"


def test_the_card(restaurant: ServiceVersion) -> None:
    card = queries.summary_card(restaurant.service)
    assert (card.promised_days, card.statutory_days, card.visits, card.is_free, card.fee_fen) == (8, 20, 0, True, 0)
    assert [title["en"] for title in card.result] == ["Food business licence", "Signboard approval"]
    assert (card.is_online, card.is_joint, card.department_en) == (True, True, "District Market Regulation Bureau")


def test_an_item_without_a_package_promises_nothing() -> None:
    service = PublicService(key="x", title={"zh": "某事"}, lang="zh", department_name="区民政局", task_type="20")
    card = queries.summary_card(service)
    assert (card.is_online, card.promised_days, card.is_free, card.visits, card.result) == (False, None, None, None, ())
    guide = queries.get_guide(service, "en")
    assert (guide.lang, guide.html, guide.requirements) == ("zh", "", ())


def test_outputs_carry_titles_not_codes(restaurant: ServiceVersion) -> None:
    licence, signboard = queries.outputs(restaurant, LARGE, ["food", "fire", "drainage", "signboard"])
    assert licence.data["business_form"] == "餐饮服务经营者（餐馆）"
    assert licence.data["food_items"] == ["热食类食品制售", "冷食类食品制售"]
    assert licence.data["uscc"] is None
    assert licence.organisation_uuid == queries.lead_organisation(restaurant).uuid
    assert signboard.organisation_uuid != licence.organisation_uuid
    assert [o.credential_type for o in queries.outputs(restaurant, LARGE, ["food"])] == ["food-business-licence"]


def test_reviews_know_their_organisations(restaurant: ServiceVersion) -> None:
    reviews = queries.applicable_reviews(restaurant, LARGE)
    assert [review.key for review in reviews] == ["food", "fire", "drainage", "signboard"]
    assert reviews[0].organisation_uuid == queries.lead_organisation(restaurant).uuid
    assert len({review.organisation_uuid for review in queries.list_reviews(restaurant)}) == 4


def test_eligibility_and_comparison(restaurant: ServiceVersion) -> None:
    assert [q.key for q in queries.eligibility_questions(restaurant)] == [
        "has_business_licence", "premises_ready", "area_m2", "has_signboard",
    ]  # fmt: skip
    assert queries.eligibility(restaurant, {"has_business_licence": "no"}).verdict is False
    assert queries.comparison(restaurant).saved_percent == 87


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_flow_is_drawn_in_both_languages(restaurant: ServiceVersion, lang: str) -> None:
    svg = queries.flow_svg(restaurant, lang)
    assert svg.lstrip().startswith("<")
    assert {"zh": "消防安全检查", "en": "Fire safety"}[lang] in svg


def test_the_form_is_the_one_of_the_version(restaurant: ServiceVersion) -> None:
    form = queries.form_of(restaurant)
    assert [step.key for step in form.steps] == ["enterprise", "premises", "business", "contact"]
    assert len(form.fields) == 28


def test_what_does_not_exist(restaurant: ServiceVersion) -> None:
    assert queries.find_service("nothing") is None
    for ask in (lambda: queries.get_service("nothing"), lambda: queries.get_version(restaurant.service.uuid)):
        with pytest.raises(NotFound) as refusal:
            ask()
        with override("en"):
            assert str(refusal.value.message).startswith("There is no")
    assert queries.versions_by_uuid([restaurant.uuid, restaurant.service.uuid]) == {restaurant.uuid: restaurant}
    assert queries.list_versions(restaurant.service) == [restaurant]


def test_the_json_interface(client, restaurant: ServiceVersion) -> None:
    from django.urls import NoReverseMatch, reverse

    try:
        base = reverse("api:openapi-json").removesuffix("openapi.json")
    except NoReverseMatch:
        pytest.fail("the interface has no description")
    one = client.get(f"{base}services/open-restaurant")
    assert (one.status_code, one.json()["version"]["number"]) == (200, restaurant.number)
    assert client.get(f"{base}services").json()["services"][0]["key"] == "open-restaurant"
    assert client.get(f"{base}services/nothing").status_code == 404


# -- guides are safe --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        '<p style="position:fixed" onclick="x()">a</p>',
        "<iframe src='//evil'></iframe>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](//evil/pixel.png)",
    ],
)
def test_no_script_style_or_image_comes_through_a_guide(text: str) -> None:
    html, _headings = safe_html(text)
    for evil in ("<script", "javascript:", "onerror", "onclick", "style=", "<iframe", "data:", "<img"):
        assert evil not in html


def test_headings_are_lowered_and_numbered() -> None:
    html, headings = safe_html("# One\n\ntext\n\n## Two\n\n# **Three**\n")
    assert [(heading.id, heading.text) for heading in headings] == [("guide-1", "One"), ("guide-2", "Three")]
    assert "<h1" not in html
    assert "<h3>Two</h3>" in html


def test_tables_and_links_stay() -> None:
    html, _headings = safe_html("| a | b |\n|---|---|\n| 1 | [x](https://example.com) |\n")
    assert "<td>1</td>" in html
    assert 'href="https://example.com"' in html


def test_filters_with_odd_values_do_no_harm(restaurant: ServiceVersion) -> None:
    assert queries.count_services(Filters(audience="'; DROP TABLE x; --")) == 0
    assert json.dumps(restaurant.manifest)
