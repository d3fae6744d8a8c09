import time

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from zhengtong.support.search import queries, rules, services
from zhengtong.support.search.services import Document

SERVICES = [
    ("restaurant", "开办餐饮店", "Open a restaurant", "区市监局", "食品经营许可、招牌设置、排水许可", ["legal_entity"]),
    ("food", "食品经营许可", "Food business licence", "区市监局", "从事食品销售和餐饮服务", ["legal_entity", "person"]),
    ("estate", "不动产登记", "Registration of real estate", "区自然资源局", "房屋买卖、继承", ["person"]),
    ("drain", "城镇污水排入排水管网许可", "Permit to drain sewage", "区住建局", "餐饮、洗车等排水户", ["legal_entity"]),
    ("bank", "银行开户许可", "Opening a bank account", "人民银行", "企业银行结算账户", ["legal_entity"]),
    ("disabled", "残疾人两项补贴资格认定", "Allowance for the disabled", "区民政局", "困难残疾人生活补贴", ["person"]),
]


@pytest.fixture
def indexed(db):
    services.index_many(
        "services",
        (
            Document(
                key, {"A": [zh, en], "B": office, "C": text}, {"title": zh}, {"office": office, "audience": audience}
            )
            for key, zh, en, office, text, audience in SERVICES
        ),
    )


def keys(words, **more):
    return [hit.key for hit in queries.search("services", words, **more)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("开办餐饮店", "restaurant"),
        ("餐饮", "restaurant"),  # in the title before in the text
        ("登记", "estate"),
        ("不动产", "estate"),
        ("动产", "estate"),
        ("残疾人补贴", "disabled"),
        ("怎么办理不动产登记", "estate"),
        ("spjyxk", "food"),
        ("jyxk", "food"),
        ("SPJY", "food"),
        ("bdcdj", "estate"),
        ("shipin", "food"),
        ("shi pin jing ying", "food"),
        ("kai ban can yin", "restaurant"),
        ("yinhang", "bank"),  # 行 is hang here
        ("yhkh", "bank"),
        ("rmyh", "bank"),  # a department's initials
        ("restaurant", "restaurant"),
        ("RESTAU", "restaurant"),
        ("real estate", "estate"),
        ("不動產登記", "estate"),  # traditional characters
        ("餐引店", "restaurant"),  # a homophone
        ("住建局", "drain"),
        ("食品　经营", "food"),
        ("污", "drain"),
    ],
)
def test_what_people_type(indexed, words, first):
    assert keys(words)[0] == first


def test_a_title_weighs_more_than_the_text(indexed):
    assert set(keys("许可")[:3]) == {"food", "bank", "drain"}


def test_all_words_count_before_any_word(indexed):
    assert keys("食品 许可") == ["food", "restaurant"]
    assert set(keys("不动产 继承 宇航员")) == {"estate"}


@pytest.mark.parametrize("words", ["宇宙飞船", "zzzz", "!!!", "'", "\\", "()&|", ":*", "a" * 10_000])
def test_nothing_found_is_an_empty_list(indexed, words):
    assert keys(words) == []


def test_no_words_lists_all_by_pinyin(indexed):
    order = [SERVICES[n][0] for n in sorted(range(len(SERVICES)), key=lambda n: rules.sort_key_of(SERVICES[n][1]))]
    assert keys("") == keys(" ") == keys("\x00") == order


def test_filters_by_value_and_by_member(indexed):
    assert set(keys("许可", filters={"office": "区市监局"})) == {"food", "restaurant"}
    assert keys("许可", filters={"audience": "person"}) == ["food"]
    assert set(keys("", filters={"audience": "person", "office": ""})) == {"food", "estate", "disabled"}
    assert keys("许可", filters={"office": "x' OR 1=1 --"}) == []


def test_pages_follow_each_other(indexed):
    everything = keys("许可")
    assert keys("许可", limit=1) + keys("许可", limit=1, offset=1) == everything[:2]
    assert keys("许可", limit=5, offset=50) == []


def test_the_wanted_come_first(indexed):
    services.index("services", "drain", {"A": "城镇污水排入排水管网许可"}, {}, boost=100)
    services.index("services", "food", {"A": "城镇污水排入排水管网许可"}, {})
    assert keys("管网")[:2] == ["drain", "food"]


def test_replacing_and_removing(indexed):
    services.index("services", "food", {"A": "公共场所卫生许可"}, {"title": "新"})
    assert queries.search("services", "卫生")[0].payload == {"title": "新"}
    assert "food" not in keys("食品")
    services.remove("services", ["food", "unknown"])
    assert keys("卫生") == []
    services.clear("services")
    assert queries.count("services") == 0


def test_collections_are_apart(indexed):
    services.index("notices", "n1", {"A": "食品安全公告"}, {})
    assert "n1" not in keys("食品")
    assert [hit.key for hit in queries.search("notices", "食品")] == ["n1"]


def test_a_search_uses_the_index(indexed):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT key FROM support_search_searchdocument WHERE vector @@ '''许可'''::tsquery")
        assert "search_vector" in " ".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_a_thousand_services_are_indexed_in_three_seconds():
    rules.vector_of({"A": "字典先读入内存"})
    names = _names()
    started = time.process_time()
    done = services.index_many(
        "bulk", (Document(str(n), {"A": name, "B": "区市监局", "C": name * 3}) for n, name in names)
    )
    assert done >= 1135
    assert time.process_time() - started < 3


def _names():
    """1,200 titles made of real words."""
    acts, things = ["许可", "备案", "登记", "年检", "变更", "注销"], [row[1] for row in SERVICES]
    return [(n, f"{things[n % 6]}{n}{acts[n // 6 % 6]}（延续）") for n in range(1200)]


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("食品经营许可", "食品 许可", "<mark>食品</mark>经营<mark>许可</mark>"),
        ("<b>食品</b> & 餐饮", "食品", "&lt;b&gt;<mark>食品</mark>&lt;/b&gt; &amp; 餐饮"),
        ("Open a Restaurant", "restaurant", "Open a <mark>Restaurant</mark>"),
        ("食品", "", "食品"),
        ("a.b", ".", "a.b"),
    ],
)
def test_highlighting_is_safe(text, words, marked):
    assert queries.highlight(text, words) == marked


@given(st.text(max_size=60), st.text(max_size=20))
def test_highlighting_adds_nothing_but_marks(text, words):
    from html import unescape

    shown = str(queries.highlight(text, words)).replace("<mark>", "").replace("</mark>", "")
    assert "<" not in shown
    assert unescape(shown) == unescape(shown.replace("&amp;", "&amp;"))


class Anything(TestCase):
    @settings(max_examples=100, deadline=None)
    @given(st.text(max_size=40), st.text(max_size=40))
    def test_any_text_is_indexed_and_any_query_answered(self, text, words):
        services.index("any", "1", {"A": text, "B": [words], "C": text}, {})
        queries.search("any", words)
        terms = rules.query_terms(words)
        if terms:
            assert [hit.key for hit in queries.search("any", words)] == ["1"]
