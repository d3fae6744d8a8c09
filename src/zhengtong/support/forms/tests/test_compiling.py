import contextlib
import copy

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.support.forms.rules.compiling import compile_definition
from zhengtong.support.forms.services import FormFaults, Kind, Widget, compile_form, validate

from .factories import AT, DEFINITION, definition, plugged_in, two


def faults_of(spoiled):
    with pytest.raises(FormFaults) as caught:
        compile_form(spoiled)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_the_example_compiles(form):
    assert [step.key for step in form.steps] == ["shop", "people", "more"]
    assert form.fields["kinds"].kind is Kind.CHOICES
    assert form.fields["plan"].kind is Kind.FILE
    assert form.fields["photos"].kind is Kind.FILES
    assert form.fields["opens"].widget is Widget.DATE
    assert form.fields["industry"].widget is Widget.SELECT
    assert form.fields["shop_name"].is_required
    assert form.after("shop").key == "people"
    assert form.after("more") is None
    assert form.before("shop") is None
    assert form.steering(form.steps[0]) == {"area_m2"}


def test_a_definition_is_compiled_once(register):
    assert compile_form(definition()) is compile_form(copy.deepcopy(DEFINITION))


def test_all_faults_come_at_once(register):
    spoiled = definition(
        shop_name={"type": "string", "x-title": {"zh": "店名"}},
        seats={"type": "integer", "x-title": two("座", "Seats"), "x-widget": "slider"},
        district={"type": "string", "x-title": two("街", "Street"), "x-options": {"table": "moon"}},
        kinds={"type": "array", "items": {"type": "string"}, "x-title": two("类", "Kinds")},
        company={
            "type": "string",
            "x-title": two("企", "Co"),
            "x-prefill": {"register": "legal_entity", "field": "nome"},
        },
        uscc={"type": "string", "x-title": two("码", "Code"), "x-prefill": {"register": "births", "field": "x"}},
        sign_text={"type": "string", "x-title": two("字", "Text"), "x-visible-when": "form.has_signbord &&"},
        sign_light={"type": "string", "x-title": two("光", "Light"), "x-visible-when": "form.notes == 'x'"},
        opens={"type": "string", "format": "dat", "x-title": two("开", "Opens")},
        notes={"type": "object", "x-title": two("注", "Notes")},
        orphan={"type": "string", "x-title": two("孤", "Orphan")},
        phone={"type": "string", "x-title": two("话", "Phone"), "x-persnal": True, "pattern": "("},
    )
    spoiled["schema"]["required"].append("ghost")
    spoiled["layout"]["steps"][1]["fields"] += ["nobody", "phone"]
    spoiled["layout"]["steps"][2]["title"] = {"zh": "只有中文"}
    del spoiled["layout"]["steps"][2]["fields"][1]
    found = faults_of(spoiled)
    expected = {
        "schema.properties.shop_name.x-title", "schema.properties.seats.x-widget",
        "schema.properties.district.x-options", "schema.properties.kinds.enum",
        "schema.properties.company.x-prefill.field", "schema.properties.uscc.x-prefill.register",
        "schema.properties.sign_text.x-visible-when", "schema.properties.sign_light.x-visible-when",
        "schema.properties.opens.format", "schema.properties.notes.type", "schema.properties.orphan",
        "schema.properties.phone.x-persnal", "schema.properties.phone.pattern", "schema.required",
        "layout.steps.1.fields", "layout.steps.2.title", "schema.properties.sign_text",
    }  # fmt: skip
    assert expected <= set(found)
    assert "text, textarea" in found["schema.properties.seats.x-widget"]
    assert "streets" in found["schema.properties.district.x-options"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"seats": {"type": "integer", "x-widget": "radio", "x-title": two("座", "S")}}, "x-widget"),
        ({"seats": {"type": "integer", "format": "uscc", "x-title": two("座", "S")}}, "format"),
        ({"seats": {"type": "integer", "minimum": "4", "x-title": two("座", "S")}}, "minimum"),
        ({"notes": {"type": "string", "$ref": "http://example.invalid/x.json", "x-title": two("注", "N")}}, "$ref"),
        ({"notes": {"type": "string", "x-title": two("注", "N"), "x-personal": "yes"}}, "x-personal"),
        ({"notes": {"type": "string", "x-title": two("注", "N"), "x-help": {"zh": "帮助"}}}, "x-help"),
        (
            {"notes": {"type": "string", "x-title": two("注", "N"), "enum": ["a"], "x-enum-titles": {}}},
            "x-enum-titles.a",
        ),
        ({"notes": {"type": "string", "x-title": two("注", "N"), "x-prefill": "legal_entity"}}, "x-prefill"),
        ({"plan": {"type": "string", "x-title": two("图", "P"), "x-widget": "file", "x-personal": True}}, "x-personal"),
    ],
)
def test_faults_of_single_fields(register, change, path):
    (name,) = change
    assert f"schema.properties.{name}.{path}" in faults_of(definition(**change))


def test_a_condition_may_not_read_personal_or_later_fields(register):
    reading = {"type": "string", "x-title": two("注", "N"), "x-visible-when": "form.phone == '1'"}
    assert "个人信息" in faults_of(definition(notes=reading))["schema.properties.notes.x-visible-when"]
    reading = {"type": "integer", "x-title": two("座", "S"), "x-visible-when": "form.notes == ''"}
    assert "排在前面" in faults_of(definition(seats=reading))["schema.properties.seats.x-visible-when"]


@pytest.mark.parametrize("name", ["action", "Area", "2nd", "a-b", "csrfmiddlewaretoken"])
def test_names_of_fields(register, name):
    spoiled = definition(**{name: {"type": "string", "x-title": two("名", "N")}})
    assert f"schema.properties.{name}" in faults_of(spoiled)


@pytest.mark.parametrize(
    "broken",
    [None, [], "form", {}, {"schema": {}}, {"schema": [], "layout": []}, {"schema": {"type": "object", "properties": 3},
     "layout": {"steps": [{}]}}, {"schema": {"type": "array", "properties": {}}, "layout": {"steps": "no"}}],
)  # fmt: skip
def test_what_is_no_form_at_all(broken):
    assert faults_of(broken)


def test_numbers_json_does_not_have(register):
    assert faults_of(definition(notes={"type": "number", "maximum": float("nan"), "x-title": two("注", "N")}))


def test_a_huge_definition_is_refused(register):
    assert "过大" in faults_of(definition(notes={"type": "string", "description": "x" * 600_000}))[""]


def test_faults_are_told_in_english(register):
    with translation.override("en"):
        found = faults_of(definition(notes={"type": "string", "x-title": {"zh": "注"}}))
    assert found["schema.properties.notes.x-title"] == "Text missing in: en"


# -- spoiled in any place ---------------------------------------------------------------------------------------------
def places(part, path=()):
    yield path
    if isinstance(part, dict | list):
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            yield from places(inner, (*path, key))


PLACES = [path for path in places(DEFINITION) if path]
SCRAPS = [None, True, -1, 1.5, "", "x", "form.a >", "汉", "date", "file", "array", "[", {"type": "string"}]
SPOILT = (
    st.sampled_from(SCRAPS) | st.lists(st.sampled_from(SCRAPS), max_size=2) | st.fixed_dictionaries({"a": st.none()})
)


def spoil(whole, path, value):
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), SPOILT, min_size=1, max_size=3))
def test_a_spoiled_definition_is_a_form_or_has_faults(changes):
    spoiled = definition()
    for path, value in changes.items():
        with contextlib.suppress(KeyError, IndexError, TypeError, AttributeError):
            spoil(spoiled, path, copy.deepcopy(value))
    with plugged_in():
        form, faults = compile_definition(spoiled)
        assert (form is None) == bool(faults)
        if form:
            validate(form, {name: "x" for name in form.fields if not form.fields[name].is_file}, at=AT)
