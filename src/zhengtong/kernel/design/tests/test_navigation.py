"""Menus: who sees what, and which entry is the present one."""

import pytest

from zhengtong.kernel.actors import ANONYMOUS, Actor, Capacity
from zhengtong.kernel.design import navigation

OFFICIAL = Actor(urn="urn", capacity=Capacity.OFFICIAL)


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", {})


def test_in_order_with_counts_and_the_present_one():
    navigation.register("workbench", "b", "二", "/b/", 20, "home", counter=lambda actor: 3)
    navigation.register("workbench", "a", "一", "/a/", 10, "home")
    navigation.register("portal", "c", "三", "/c/", 10, "home")
    shown = navigation.shown("workbench", OFFICIAL, "/b/deep/page/")
    assert [(e.key, e.count, e.is_current) for e in shown] == [("a", None, False), ("b", 3, True)]


def test_hidden_entries_are_not_counted():
    navigation.register(
        "workbench", "a", "一", "/a/", 10, "home", visible=lambda actor: actor.is_official,
        counter=lambda actor: pytest.fail("counted for nothing"),
    )  # fmt: skip
    assert navigation.shown("workbench", ANONYMOUS, "/a/") == []


def test_the_longest_address_is_the_present_one_and_home_only_itself():
    navigation.register("portal", "home", "首页", "/", 10, "home")
    navigation.register("portal", "services", "服务", "/services/", 20, "home")
    current = {
        path: [e.key for e in navigation.shown("portal", ANONYMOUS, path) if e.is_current]
        for path in ("/", "/x/", "/services/a/")
    }
    assert current == {"/": ["home"], "/x/": [], "/services/a/": ["services"]}


def test_entries_of_one_page_with_queries():
    navigation.register("workbench", "todo", "待办", "/w/", 10, "home")
    navigation.register("workbench", "done", "已办", "/w/?box=done", 20, "home")

    def current(path):
        return [e.key for e in navigation.shown("workbench", OFFICIAL, path) if e.is_current]

    assert current("/w/") == ["todo"]
    assert current("/w/?box=done&before=7") == ["done"]
    assert current("/w/?box=open") == ["todo"]
    assert current("/w/cases/1/?box=done") == ["todo"]


def test_mistakes_are_named():
    navigation.register("portal", "a", "一", "no-such-route", 10, "home")
    with pytest.raises(ValueError, match="twice"):
        navigation.register("portal", "a", "一", "/a/", 10, "home")
    with pytest.raises(ValueError, match="there are: portal"):
        navigation.register("porch", "a", "一", "/a/", 10, "home")
    assert [error.id for error in navigation.check_entries(None)] == ["zhengtong.design.E001"]
