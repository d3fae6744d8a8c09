import contextlib
import threading

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.support.expressions import rules
from zhengtong.support.expressions.services import Faulty, compile

FORM = {"form": dict}


def truth(source, form):
    return compile(source, FORM).truth({"form": form})


@pytest.mark.parametrize(
    ("source", "form", "expected"),
    [
        ("form.area_m2 > 300", {"area_m2": 301}, True),
        ("form.area_m2 > 300", {"area_m2": 300.5}, True),
        ("form.area_m2 > 300", {"area_m2": 300}, False),
        ("form.has_signboard", {"has_signboard": True}, True),
        ("size(form.name) == 2", {"name": "汉字"}, True),
        ("form.n > 1 && form.m == 2", {"n": 2**70, "m": 2}, True),  # beyond 64 bits
        ("'餐饮' in form.kinds", {"kinds": ["餐饮", "零售"]}, True),
        ("form.address.street == '城南路'", {"address": {"street": "城南路"}}, True),
        ("has(form.area_m2) && form.area_m2 > 1", {}, False),
        ("form.kinds.exists(k, k == 'b')", {"kinds": ("a", "b")}, True),
        ("form.name.matches('^[一-龥]+$')", {"name": "政通"}, True),
    ],
)
def test_conditions_of_forms(source, form, expected):
    assert truth(source, form) is expected


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("form.area_m2 > 300", {}),  # a missing key
        ("form.area_m2 > 300", {"area_m2": "many"}),  # another type
        ("form.has_signboard", {"has_signboard": "true"}),  # no boolean
        ("form.has_signboard", {"has_signboard": None}),
        ("1 / form.n == 1", {"n": 0}),
        ("form.n > 1", {"n": 10**400}),
        ("form.name == 'a'", {"name": "a\x00b"}),  # the library would compare only "a"
        ("form.name != 'a'", {"name": "\ud800"}),
        ("form.when != 1", {"when": object()}),
    ],
)
def test_what_cannot_be_judged_is_false_and_says_why(source, form):
    judgement = compile(source, FORM).judge({"form": form})
    assert judgement.is_true is False
    assert judgement.fault


def test_no_values_at_all_is_false():
    assert compile("form.a == 1", FORM).truth({}) is False


def test_deep_and_cyclic_values_are_refused_not_crashed_upon():
    deep: dict = {}
    deep["deep"] = deep
    assert truth("form.deep != null", deep) is False
    nested: list = []
    for _step in range(3000):
        nested = [nested]
    assert truth("form.nested != null", {"nested": nested}) is False


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [("form.a >", 1, 9), ("true &&\n nope > 1", 2, 2), ("'a' - 1 == 2", 1, 5), ("", 1, 1)],
)
def test_faults_have_their_place(source, line, column):
    with pytest.raises(Faulty) as caught:
        compile(source, FORM)
    fault = caught.value.faults[0]
    assert (fault.line, fault.column) == (line, column)


def test_an_unknown_name_is_named_in_the_readers_language():
    with pytest.raises(Faulty, match=r"没有名为“fromm.a”的变量"):
        compile("fromm.a > 1", FORM)
    with translation.override("en"), pytest.raises(Faulty, match=r"no variable or function named “fromm.b”"):
        compile("fromm.b > 1", FORM)


def test_several_faults_come_together():
    with pytest.raises(Faulty) as caught:
        compile("nope > 1 || nada > 2", FORM)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("source", ["form.a + 1", "1 + 2", "'text'", "[true]", "{'a': true}"])
def test_a_condition_must_give_true_or_false(source):
    with pytest.raises(Faulty, match="真或假"):
        compile(source, FORM)


@pytest.mark.parametrize(
    "source",
    [
        "true || " * 200 + "true",
        "(" * 200 + "true" + ")" * 200,
        "[" * 100 + "]" * 100 + " == []",
        "['aaaaaaaa']" + ".map(x, x + x)" * 26 + ".size() > 0",
        "[1].exists(a, [1].exists(b, [1].exists(c, [1].exists(d, true))))",
        "+".join(["1"] * 40) + " > 3",
        "form.name == '\ud800'",
    ],
)
def test_huge_and_spreading_sources_are_refused(source):
    with pytest.raises(Faulty):
        compile(source, FORM)


def test_a_comprehension_bomb_over_data_stops_at_the_budget():
    rows = list(range(2000))
    source = "form.l.exists(a, form.l.exists(b, form.l.exists(c, a + b + c == -1)))"
    judgement = compile(source, FORM).judge({"form": {"l": rows}})
    assert not judgement.is_true
    assert "budget" in judgement.fault


def test_typed_variables_are_checked():
    with pytest.raises(Faulty, match="不能用于"):
        compile("age > 'old'", {"age": int})
    assert compile("age > 17 && member", {"age": int, "member": bool}).truth({"age": 18, "member": True})


def test_fields_read_are_known():
    expression = compile("form.area_m2 > 300 && form['kind'] == 'form.no' && form.name.size() > 1", FORM)
    assert expression.fields_of("form") == {"area_m2", "kind", "name"}


def test_one_source_is_compiled_once_and_shared_by_threads():
    expression = compile("form.n % 2 == 0", FORM)
    assert compile("form.n % 2 == 0", FORM) is expression
    wrong: list[int] = []

    def judge(start):
        wrong.extend(n for n in range(start, start + 500) if expression.truth({"form": {"n": n}}) is not (n % 2 == 0))

    threads = [threading.Thread(target=judge, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_judging_never_raises(value):
    assert truth("form.x == 'a' || form.x.y > 2 || form.x.exists(i, i == 3)", {"x": value}) in (True, False)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_source_compiles_or_is_faulty(source):
    with contextlib.suppress(Faulty):
        assert compile(source, FORM).truth({}) in (True, False)


def test_the_copy_is_bounded():
    with pytest.raises(rules.Unusable):
        rules.plain({"form": ["x" * 1000] * 300})
    with pytest.raises(rules.Unusable):
        rules.plain({"form": [0] * 30_000})
