"""A code that is no longer in use: shown by the name of its day, and not to be chosen anew."""

from datetime import date
from unittest import mock

import pytest
from django.utils import translation

from zhengtong.support.forms.providers import OPTIONS, Option
from zhengtong.support.forms.services import compile_form, summarise, validate
from zhengtong.support.forms.services.drawing import draw

from .factories import AT, two

FORM = {
    "schema": {
        "type": "object",
        "properties": {
            "place": {"type": "string", "x-title": two("区划", "Division"), "x-options": {"table": "places"}}
        },
    },
    "layout": {"steps": [{"key": "one", "title": two("一", "One"), "fields": ["place"]}]},
}


class Places:
    """襄樊市 was renamed in 2010, 崇文区 ended."""

    label = two("区划", "Divisions")

    def count(self):
        return len(self.options())

    def options(self):
        return [Option("420600", two("襄阳市", "Xiangyang"))]

    def find(self, code, on=None):
        old = {"zh": "襄樊市", "en": "Xiangfan"} if on and on < date(2010, 12, 31) else two("襄阳市", "Xiangyang")
        known = {"420600": Option(code, old), "110103": Option(code, two("崇文区", "Chongwen"), is_valid=False)}
        return known.get(code)

    def search(self, words, limit):
        return []


@pytest.fixture
def form():
    with mock.patch.dict(OPTIONS._items, {"places": Places()}):
        yield compile_form(FORM)


def shown(form, code, on=None):
    (step,) = summarise(form, {"place": code}, on=on)
    return step.rows[0].text


def test_a_case_keeps_the_name_of_the_day_it_was_filed(form):
    assert shown(form, "420600", date(2009, 5, 1)) == "襄樊市（420600）"
    assert shown(form, "420600") == "襄阳市（420600）"
    assert shown(form, "110103") == "崇文区（110103）"


def test_a_code_no_longer_in_use_cannot_be_chosen_anew(form):
    (fault,) = validate(form, {"place": "110103"}, at=AT)
    assert fault.message == "“崇文区”已停用，请改选现行的项目。"
    with translation.override("en"):
        (fault,) = validate(form, {"place": "110103"}, at=AT)
        assert "no longer in use" in fault.message
    assert validate(form, {"place": "420600"}, at=AT) == []


def test_an_old_draft_shows_what_was_chosen_beside_what_can_be(form):
    (drawn,) = draw(form, form.steps[0], {"place": "110103"})
    choices = [(choice.value, choice.label, choice.is_chosen, choice.is_selectable) for choice in drawn.choices]
    assert choices == [("420600", "襄阳市", False, True), ("110103", "崇文区（已停用）", True, False)]
