"""A party with several records of a register chooses one; what depends on it follows, or is typed for another."""

from __future__ import annotations

from unittest import mock

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from zhengtong.support.forms import services as forms
from zhengtong.support.forms.providers import PREFILL, PrefillChoice, PrefillRecord
from zhengtong.support.forms.services.drawing import draw

from .factories import ACTOR, AT, PARTY, two

pytestmark = pytest.mark.django_db


class Shops:
    """Two shops of the party."""

    label = two("房屋库", "register of premises")
    held = (("A1", "甲路1号", 320), ("B2", "乙路2号", 96))

    def __init__(self) -> None:
        self.asked = 0

    def fields(self):
        return ["number", "address", "area"]

    def fetch(self, **_asked):
        raise AssertionError("the choices hold every record of the party")

    def choices(self, **_asked):
        self.asked += 1
        return [
            PrefillChoice(n, f"{a} {n}", PrefillRecord({"number": n, "address": a, "area": m}, as_of=AT))
            for n, a, m in self.held
        ]


def bound(name: str, title: str, kind: str = "string", **more):
    return {"type": kind, "x-title": two(title, name), "x-prefill": {"register": "shops", "field": name, **more}}


DEFINITION = {
    "schema": {
        "type": "object",
        "properties": {
            "number": bound("number", "证号", choose=True),
            "address": bound("address", "地址", key="number"),
            "area": bound("area", "面积", "number", key="number"),
        },
        "required": ["number", "address", "area"],
    },
    "layout": {"steps": [{"key": "shop", "title": two("店", "Shop"), "fields": ["number", "address", "area"]}]},
}


@pytest.fixture
def shops():
    source = Shops()
    with mock.patch.dict(PREFILL._items, {"shops": source}):
        yield source


@pytest.fixture
def form(shops):
    return forms.compile_form(DEFINITION)


def known(form, **data):
    return forms.prefill(form, PARTY, ACTOR, AT, data=data)


def post(form, current=None, action="next", **posted):
    sent = QueryDict(mutable=True)
    sent.update({"action": action, **posted})
    return forms.take_step(
        form=form, step=form.steps[0], posted=sent, uploads=MultiValueDict(), current=current or {},
        prefilled=known(form, **(current or {})), actor=ACTOR, at=AT,
    )  # fmt: skip


def test_the_likeliest_is_offered_and_the_rest_follows_the_choice(form, shops) -> None:
    assert {n: a.value for n, a in known(form).items()} == {"number": "A1", "address": "甲路1号", "area": 320}
    assert {n: a.value for n, a in known(form, number="B2").items()} == {
        "number": "B2",
        "address": "乙路2号",
        "area": 96,
    }
    assert shops.asked == 2, "one question for the choice and all that hangs on it"


def test_an_offer_is_no_answer(form) -> None:
    faults = forms.validate(form, {}, prefilled=known(form), at=AT)
    assert [f.path for f in faults] == ["number"]
    chosen = {"number": "B2"}
    assert forms.validate(form, chosen, prefilled=known(form, **chosen), at=AT) == []
    assert forms.settle(form, chosen, known(form, **chosen)) == {"number": "B2", "address": "乙路2号", "area": 96}


def test_who_has_one_record_need_not_choose(form, shops) -> None:
    shops.held = shops.held[:1]
    assert forms.validate(form, {}, prefilled=known(form), at=AT) == []


def test_the_second_shop_is_chosen_without_javascript(form) -> None:
    taken = post(form, number="B2")
    assert taken.is_finished
    assert forms.settle(form, taken.data, taken.prefilled)["address"] == "乙路2号"


def test_what_was_said_against_the_first_is_not_said_against_the_second(form) -> None:
    disputed = post(form, number="A1", **{"address.dispute": "门牌不对"})
    assert disputed.data["$disputes"] == {"address": "门牌不对"}
    taken = post(form, disputed.data, number="B2", **{"address.dispute": "门牌不对"})
    assert "$disputes" not in taken.data


def test_one_the_register_lacks_is_written_by_hand(form) -> None:
    empty = post(form, number="*")
    assert empty.errors[0].path == "number"
    named = post(form, empty.data, number="*", **{"number.other": "C3"})
    assert {e.path for e in named.errors} == {"address", "area"}, "the register has nothing of it: asked for now"
    drawn = {one.name: one for one in draw(form, form.steps[0], named.data, prefilled=named.prefilled)}
    assert (drawn["number"].part, drawn["number"].value) == ("choose", "C3")
    assert drawn["address"].is_free
    done = post(form, named.data, number="*", **{"number.other": "C3", "address": "丙路3号", "area": "50"})
    assert done.is_finished
    assert forms.settle(form, done.data, done.prefilled) == {"number": "C3", "address": "丙路3号", "area": 50}
    back = post(form, done.data, number="A1")
    assert forms.settle(form, back.data, back.prefilled) == {"number": "A1", "address": "甲路1号", "area": 320}


def test_every_record_and_another_one_stand_on_the_page(form) -> None:
    (number, *_rest) = draw(form, form.steps[0], {}, prefilled=known(form))
    assert [(c.value, c.is_chosen) for c in number.choices] == [("A1", True), ("B2", False), ("*", False)]
    assert number.steers
    assert "甲路1号" in number.choices[0].label


@pytest.mark.parametrize(
    "prefill",
    [
        {"register": "shops", "field": "number", "choose": "yes"},
        {"register": "shops", "field": "number", "choose": True, "key": "address"},
        {"register": "legal_entity", "field": "name", "choose": True},
    ],
)
def test_a_choice_that_cannot_be_is_a_fault_of_the_form(shops, register, prefill) -> None:
    schema = {**DEFINITION["schema"], "properties": {**DEFINITION["schema"]["properties"]}}
    schema["properties"]["number"] = {**bound("number", "证号"), "x-prefill": prefill}
    with pytest.raises(forms.FormFaults) as refused:
        forms.compile_form({**DEFINITION, "schema": schema})
    assert any(".x-prefill" in fault.path for fault in refused.value.faults)
