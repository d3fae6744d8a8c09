import pytest
from django.http import QueryDict

from zhengtong.kernel.errors import Unavailable
from zhengtong.support.forms.providers import PrefillRecord
from zhengtong.support.forms.services import compile_form, prefill, read_post, settle, validate

from .factories import ACTOR, AT, PARTY, USCC, definition, two


def test_values_come_with_source_and_day(form, register):
    answers = prefill(form, PARTY, ACTOR, AT)
    assert answers["company"].value == "广安示例餐饮有限公司"
    assert answers["company"].source["zh"] == "市场监管登记"
    assert answers["company"].as_of == AT
    assert register.asked == [(PARTY, "")]  # one question for two fields


def test_a_tampered_value_is_ignored(form):
    answers = prefill(form, PARTY, ACTOR, AT)
    data = read_post(form, "shop", QueryDict("company=假公司&uscc=1&shop_name=好味道"), prefilled=answers)
    assert data == {"shop_name": "好味道"}
    settled = settle(form, {**data, "company": "假公司"}, answers)
    assert (settled["company"], settled["uscc"]) == ("广安示例餐饮有限公司", USCC)


def test_a_value_may_be_disputed(form):
    answers = prefill(form, PARTY, ACTOR, AT)
    data = read_post(form, "shop", QueryDict("company.dispute=已更名"), prefilled=answers)
    assert data == {"$disputes": {"company": "已更名"}}
    assert settle(form, data, answers)["$disputes"] == {"company": "已更名"}
    assert read_post(form, "shop", QueryDict("company.dispute="), current=data, prefilled=answers) == {}


def test_a_dispute_from_a_json_interface_is_made_fit_to_store(form):
    answers = prefill(form, PARTY, ACTOR, AT)
    settled = settle(
        form, {"$disputes": {"company": "a\x00" + "长" * 900, "uscc": {"$enc": "x"}, "area_m2": "y"}}, answers
    )
    assert settled["$disputes"] == {"company": "a" + "长" * 499}


def test_only_not_found_lets_one_type(form, register):
    register.record = None
    answers = prefill(form, PARTY, ACTOR, AT)
    assert not answers["company"].found
    data = read_post(form, "shop", QueryDict("company=新公司&company.dispute=x"), prefilled=answers)
    assert data == {"company": "新公司"}
    assert settle(form, data, answers)["company"] == "新公司"
    assert "uscc" in {fault.path for fault in validate(form, {"uscc": "123"}, prefilled=answers, at=AT)}


def test_a_field_the_record_lacks_is_free(form, register):
    register.record = PrefillRecord({"name": "公司", "uscc": None})
    answers = prefill(form, PARTY, ACTOR, AT)
    assert (answers["company"].found, answers["uscc"].found) == (True, False)


def test_a_register_that_cannot_answer_is_no_not_found(form, register, monkeypatch):
    def down(**question):
        raise Unavailable

    monkeypatch.setattr(register, "fetch", down)
    with pytest.raises(Unavailable):
        prefill(form, PARTY, ACTOR, AT)


def test_nobody_is_asked_about_no_party(form, register):
    assert not prefill(form, "", ACTOR, AT)["company"].found
    assert register.asked == []


def test_python_values_become_json(register):
    bound = {"register": "legal_entity"}
    form = compile_form(
        definition(
            seats={
                "type": "integer",
                "x-title": two("注册资本", "Capital"),
                "x-prefill": {**bound, "field": "capital"},
            },
            opens={
                "type": "string",
                "format": "date",
                "x-title": two("成立", "Founded"),
                "x-prefill": {**bound, "field": "founded"},
            },
        )
    )
    answers = prefill(form, PARTY, ACTOR, AT)
    assert (answers["seats"].value, answers["opens"].value) == (500000, "2026-11-21")


def test_a_field_may_pick_the_record(register):
    bound = {"register": "legal_entity", "field": "name", "key": "shop_name"}
    keyed = definition(notes={"type": "string", "x-title": two("注", "N"), "x-prefill": bound})
    form = compile_form(keyed)
    assert not prefill(form, PARTY, ACTOR, AT)["notes"].found
    assert prefill(form, PARTY, ACTOR, AT, data={"shop_name": "川A-1"})["notes"].found
    assert (PARTY, "川A-1") in register.asked
