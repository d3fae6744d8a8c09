from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.support.forms.rules import reading
from zhengtong.support.forms.services import read_post


def posted(form, step, query, **more):
    return read_post(form, step, QueryDict(query), **more)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("120", 120), ("120.50", 120.5), ("１２０", 120), ("1,200", 1200), ("1，200.5", 1200.5), ("-3", -3), (" 7 ", 7),
     ("1,20", None), ("12a", None), ("1e5", None), ("NaN", None), ("∞", None), ("9" * 30, None), ("٣", None)],
)  # fmt: skip
def test_numbers_as_people_type_them(typed, number):
    assert reading.to_number(reading.clean(typed), whole=False) == number


def test_whole_numbers():
    assert reading.to_number("12.0", whole=True) == 12
    assert reading.to_number("12.5", whole=True) is None
    assert reading.to_number("900719925474099311", whole=True) == 900719925474099311


@pytest.mark.parametrize(
    "typed", ["2026-11-21", "2026/11/21", "2026年11月21日", "2026.11.21", "２０２６年１１月２１日"]
)
def test_days_as_people_type_them(typed):
    assert reading.to_date(typed) == "2026-11-21"


def test_one_step_is_read_and_the_rest_kept(form):
    data = posted(
        form, "shop", "shop_name= 好 味道 &area_m2=120.5&seats=30&kinds=hot&kinds=drinks&notes=x",
        current={"notes": "kept", "seats": 4},
    )  # fmt: skip
    assert data == {"shop_name": "好 味道", "area_m2": 120.5, "seats": 30, "kinds": ["hot", "drinks"], "notes": "kept"}


def test_what_was_cleared_is_gone(form):
    assert posted(form, "shop", "shop_name=", current={"shop_name": "旧", "area_m2": 3}) == {}


def test_what_cannot_be_understood_is_kept_as_typed(form):
    data = posted(form, "shop", "area_m2=很大&seats=3.5")
    assert data == {"$typed": {"area_m2": "很大", "seats": "3.5"}}
    assert posted(form, "shop", "area_m2=12&seats=3", current=data) == {"area_m2": 12, "seats": 3}


def test_booleans(form):
    assert posted(form, "more", "has_signboard=false&promise=true") == {"has_signboard": False, "promise": True}
    assert posted(form, "more", "has_signboard=maybe") == {"promise": False}


def test_identifiers_are_made_regular(form):
    data = posted(form, "people", "phone=%2B86 139-0000-0001&manager_id=99999919900101012x&opens=2026年2月3日")
    assert data == {"phone": "13900000001", "manager_id": "99999919900101012X", "opens": "2026-02-03"}


def test_a_file_cannot_be_named_only_uploaded(form):
    mine = "11111111-1111-4111-8111-111111111111"
    others = "22222222-2222-4222-8222-222222222222"
    data = posted(form, "more", f"plan={others}&photos={others}&promise=true", current={"plan": mine})
    assert data == {"plan": mine, "promise": True}
    assert posted(form, "more", f"plan.remove={mine}", current={"plan": mine}) == {"promise": False}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("industry=6210", {"industry": "6210"}),
        ("industry=6210 正餐服务", {"industry": "6210"}),
        ("industry=正餐", {"industry": "6210"}),
        ("industry=服务", {"$typed": {"industry": "服务"}}),
        ("industry=服务&industry.choice=6220", {"industry": "6220"}),
        ("industry=宇航", {"$typed": {"industry": "宇航"}}),
        ("district=001", {"district": "001"}),
        ("district=nowhere", {"district": "nowhere"}),
    ],
)
def test_codes_by_code_or_by_words(form, query, expected):
    assert posted(form, "shop", query) == expected


@given(st.text(max_size=40))
def test_clean_text_can_be_stored(text):
    cleaned = reading.clean(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_iso_days_stay(day):
    assert reading.to_date(day.isoformat()) == day.isoformat()
