import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_mobile
from zhengtong.support.forms.services import compile_form, prefill, settle, validate

from .factories import ACTOR, AT, PARTY, definition, plugged_in, two

GOOD = {
    "shop_name": "好味道",
    "area_m2": 120.5,
    "kitchen_m2": 20,
    "industry": "6210",
    "kinds": ["hot"],
    "phone": synthetic_mobile(7),
    "has_signboard": False,
    "promise": True,
}


def messages(form, data, step=None, **more):
    return {fault.path: str(fault.message) for fault in validate(form, data, step, at=AT, **more)}


@pytest.fixture
def form(register):
    spared = definition()
    spared["schema"]["required"].remove("plan")
    return compile_form(spared)


def test_a_good_form_has_no_faults(form):
    assert messages(form, GOOD) == {}


def test_everything_missing_is_named_in_order(form):
    faults = validate(form, {}, at=AT)
    assert [fault.path for fault in faults] == [
        "shop_name", "area_m2", "industry", "kinds", "phone", "has_signboard", "promise",
    ]  # fmt: skip
    assert (faults[0].message, faults[0].label) == ("请填写。", "店铺名称")
    assert faults[2].message == "请选择。"


def test_rules_between_fields_take_their_place_in_the_order(form):
    faults = validate(form, {**GOOD, "kitchen_m2": 500, "phone": "1"}, at=AT)
    assert [fault.path for fault in faults] == ["kitchen_m2", "phone"]


def test_a_step_asks_only_for_its_own(form):
    assert set(messages(form, {}, "people")) == {"phone"}


def test_messages_in_english(form):
    with translation.override("en"):
        faults = validate(form, {"area_m2": -1}, form.step("shop"), at=AT)
    assert [str(fault.message) for fault in faults[:2]] == [
        "Please fill this in.",
        "Must be greater than 0.",
    ]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"shop_name": "好"}, "shop_name", "至少 2 个字"),
        ({"shop_name": "好" * 41}, "shop_name", "最多 40 个字"),
        ({"shop_name": 5}, "shop_name", "应为文字"),
        ({"shop_name": "a\x00b"}, "shop_name", "无法保存的字符"),
        ({"shop_name": "\ud800bc"}, "shop_name", "无法保存的字符"),
        ({"area_m2": "12"}, "area_m2", "应为数字"),
        ({"area_m2": float("nan")}, "area_m2", "应为数字"),
        ({"area_m2": 10**9}, "area_m2", "应不大于 10000"),
        ({"seats": 2.5}, "seats", "应为整数"),
        ({"seats": 10**20}, "seats", "应不大于"),
        ({"seats": True}, "seats", "应为整数"),
        ({"kinds": ["soup"]}, "kinds", "列出的选项"),
        ({"kinds": ["hot", "hot"]}, "kinds", "重复"),
        ({"kinds": "hot"}, "kinds", "列出的选项"),
        ({"industry": "62"}, "industry", "“餐饮业”是大类"),
        ({"industry": "9999"}, "industry", "不在代码表中"),
        ({"district": "nowhere"}, "district", "不在代码表中"),
        ({"phone": "12345"}, "phone", "手机号码"),
        ({"manager_id": "999999199001010121"}, "manager_id", "校验位"),
        ({"manager_id": "99999919900230012X"}, "manager_id", "出生日期"),
        ({"opens": "2026-02-30"}, "opens", "没有这一天"),
        ({"opens": "9999-01-01"}, "opens", "1850"),
        ({"opens": 20260101}, "opens", "应为文字"),
        ({"notes": "长" * 2001}, "notes", "最多 2000 个字"),
        ({"promise": False}, "promise", "须勾选"),
        ({"has_signboard": "no"}, "has_signboard", "“是”或“否”"),
        ({"plan": "not-a-uuid"}, "plan", "重新上传"),
        ({"photos": [1]}, "photos", "重新上传"),
        ({"kitchen_m2": 120.5}, "kitchen_m2", "应小于经营面积"),
        ({"stranger": 1}, "stranger", "没有这一项"),
        ({"$typed": {"area_m2": "很大"}}, "area_m2", "应为数字"),
        ({"$typed": {"industry": "服务"}}, "industry", "相符的有 2 项"),
        ({"$typed": {"industry": "宇航"}}, "industry", "没有找到"),
        ({"$typed": {"industry": "行业"}}, "industry", "较多"),
    ],
)
def test_faults_say_how_to_mend_them(form, change, path, said):
    found = messages(form, {**GOOD, **change})
    assert set(found) == {path}
    assert said in found[path]


def test_an_identity_number_of_today_is_good(form):
    assert messages(form, {**GOOD, "manager_id": synthetic_id_number(1, born=AT.date())}) == {}


def test_deep_values_are_faults_and_no_crash(form):
    deep = []
    for _level in range(900):
        deep = [deep]
    for name in ("kinds", "photos", "shop_name", "area_m2", "plan"):
        assert name in messages(form, {**GOOD, name: deep})
    assert "phone" in messages(form, {**GOOD, "phone": {"$enc": "x", "mask": "y"}})


@pytest.mark.parametrize("data", [None, [], "x", 4])
def test_no_object_at_all(form, data):
    assert "" in messages(form, data)


def test_what_does_not_apply_is_not_asked_and_does_not_count(form):
    small = {**GOOD, "area_m2": 50}
    assert messages(form, small) == {}  # 后厨 20 is left from before: hidden now
    assert "kitchen_m2" not in settle(form, small)
    assert settle(form, GOOD)["kitchen_m2"] == 20


def test_a_hidden_answer_shows_nothing(form):
    data = {**GOOD, "has_signboard": False, "sign_text": "好味道", "sign_light": "inside"}
    assert {"sign_text", "sign_light"}.isdisjoint(settle(form, data))
    data["has_signboard"] = True
    assert settle(form, data)["sign_light"] == "inside"


def test_a_required_field_that_is_hidden_is_not_required(register):
    asked = definition()
    asked["schema"]["required"] = ["sign_text"]
    form = compile_form(asked)
    assert messages(form, {"has_signboard": False}) == {}
    assert set(messages(form, {"has_signboard": True})) == {"sign_text"}


def test_the_registers_own_value_is_not_judged(form, register):
    answers = prefill(form, PARTY, ACTOR, AT)
    assert messages(form, {**GOOD, "uscc": "typed by hand"}, prefilled=answers) == {}
    assert set(messages(form, {**GOOD, "uscc": "typed by hand"})) == {"uscc"}


def test_steps_of_hundredths_are_counted_in_decimals(register):
    priced = definition(notes={"type": "number", "multipleOf": 0.01, "x-title": two("价", "Price")})
    form = compile_form(priced)
    assert "notes" not in messages(form, {"notes": 19.99})
    assert "整倍数" in messages(form, {"notes": 19.999})["notes"]


def test_a_pattern_cannot_stop_the_worker(register):
    trap = definition(notes={"type": "string", "pattern": "^(a+)+$", "maxLength": 100_000, "x-title": two("注", "N"),
                             "x-example": two("aaa", "aaa")})  # fmt: skip
    form = compile_form(trap)
    assert "notes" not in messages(form, {"notes": "a" * 50_000})
    assert messages(form, {"notes": "a" * 50_000 + "b"})["notes"] == "格式不对，请参照示例填写：aaa。"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = [*definition()["schema"]["properties"], "$typed", "$disputes", "other"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([n for n in NAMES if n not in ("plan", "photos")]), VALUES, max_size=6))
def test_any_json_is_checked_without_a_crash(data):
    with plugged_in():
        form = compile_form(definition())
        faults = validate(form, data, at=AT)
        settled = settle(form, data)
    assert {fault.path for fault in faults} >= {"plan"}
    assert set(settled) <= set(form.fields)
