"""`zt account`: the first administrator of a node, from the operator's terminal to the first sign-in."""

from __future__ import annotations

import getpass
import json
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner, Result
from django.core.cache import cache
from django.test import Client

from zhengtong.config.cli import main
from zhengtong.security.audit.models import Entry
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.identity.models import Account
from zhengtong.security.identity.tests.factories import make_resident, sign_in

PASSWORD = "Long-Enough-4-Tests"
OFFICIAL = ("--name", "赵明", "--organisation", "market-regulation", "--role", "administrator")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _node(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    settings.ZT_BASE_URL = "https://hall.example/"
    cache.clear()
    ensure_directory()


def zt(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["account", *arguments])


def facts(*arguments: str) -> dict[str, object]:
    result = zt(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def create(username: str = "zhao") -> str:
    """The path of the link."""
    return urlsplit(str(facts("create-official", username, *OFFICIAL)["link"])).path


def choose(path: str, first: str = PASSWORD, second: str = PASSWORD):
    return Client().post(path, {"password1": first, "password2": second})


def enter(username: str = "zhao", password: str = PASSWORD):
    return Client().post("/accounts/login/", {"login": username, "password": password})


def test_an_official_from_the_terminal_to_the_first_sign_in() -> None:
    created = facts("create-official", "zhao", *OFFICIAL)
    assert str(created["link"]).startswith("https://hall.example/accounts/password/choose/")
    assert created["hours"] == 72
    path = urlsplit(str(created["link"])).path
    page = Client().get(path)
    assert (page.status_code, "zhao" in page.content.decode()) == (200, True)
    assert "no-cache" in page["Cache-Control"]
    assert not Account.objects.get(username="zhao").has_usable_password()
    assert choose(path)["Location"] == "/accounts/login/"
    assert enter().status_code == 302
    (row,) = facts("list")
    assert (row["roles"], row["state"]) == (["administrator"], ["no-second-factor"])
    assert row["title"] == {"zh": "系统管理员", "en": "Administrator"}


def test_every_act_stands_in_the_log_with_who_ran_the_command() -> None:
    path = create()
    choose(path)
    for arguments in (("lock", "zhao", "--reason", "离岗"), ("unlock", "zhao"), ("set-password", "zhao")):
        facts(*arguments)
    account = Account.objects.get(username="zhao")
    entries = Entry.objects.filter(object_urn=account.urn).order_by("id")
    operator = f"system:operator:{getpass.getuser()}"
    assert list(entries.values_list("action", "actor_urn")) == [
        ("identity.official.created", operator),
        ("identity.password.reset", operator),
        ("identity.password.changed", account.urn),
        ("identity.account.locked", operator),
        ("identity.account.unlocked", operator),
        ("identity.password.reset", operator),
    ]
    assert entries.get(action="identity.account.locked").detail == {"reason": "离岗"}
    assert path.rsplit("/", 2)[1] not in str(list(entries.values_list("detail", flat=True)))


def test_a_link_serves_once_and_a_new_one_ends_the_one_before() -> None:
    first = create()
    second = urlsplit(str(facts("set-password", "zhao")["link"])).path
    assert Client().get(first).status_code == 404
    assert choose(second).status_code == 302
    again = choose(second, "Another-One-5", "Another-One-5")
    assert again.status_code == 404
    assert "重新开具链接" in again.content.decode()
    assert enter().status_code == 302


def test_a_link_ends_with_its_hours(monkeypatch) -> None:
    from datetime import datetime, timedelta

    from zhengtong.security.identity.links import PasswordLinks

    path = create()
    monkeypatch.setattr(PasswordLinks, "_now", lambda _: datetime.now() + timedelta(hours=73))
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("short", "short", "至少 10 位"),
        (PASSWORD, PASSWORD + "!", "不一致"),
        ("Zhao-2026-zhao", "Zhao-2026-zhao", "用户名"),
    ],
)
def test_a_password_that_cannot_be_is_said_beside_the_field(first: str, second: str, said: str) -> None:
    path = create()
    answer = choose(path, first, second)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Account.objects.get(username="zhao").has_usable_password()
    assert choose(path).status_code == 302, "the link still serves"


def test_a_strange_link_says_no_more_than_a_used_one() -> None:
    account = Account.objects.get(username="zhao") if create() else None
    assert account
    strange = Client().get(f"/accounts/password/choose/{account.uuid}/abc-def/")
    unknown = Client().get("/accounts/password/choose/00000000-0000-4000-8000-000000000000/abc-def/")
    assert strange.status_code == unknown.status_code == 404


def test_a_locked_account_opens_nothing() -> None:
    someone = make_resident()
    browser = Client()
    sign_in(browser, someone)
    assert browser.get("/identity/security/").status_code == 200
    path = create()
    for username in ("zhao", someone.account.username):
        facts("lock", username, "--reason", "离岗")
    assert browser.get("/identity/security/").status_code == 302
    assert Client().get(path).status_code == 404
    assert zt("set-password", "zhao").exit_code == 1
    facts("unlock", "zhao")
    assert choose(path).status_code == 302


def test_wrong_passwords_are_forgotten() -> None:
    choose(create())
    for _attempt in range(5):
        enter(password="wrong")
    assert enter().status_code == 429
    facts("unlock", "zhao")
    assert enter().status_code == 302


def test_a_lost_second_factor_is_taken_away() -> None:
    create()
    account = Account.objects.get(username="zhao")
    Authenticator.objects.create(user=account, type="totp", data={"secret": "x"})
    assert facts("reset-second-factor", "zhao") == {"username": "zhao", "second_factor": False}
    assert not Authenticator.objects.filter(user=account).exists()
    assert zt("reset-second-factor", "zhao").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create-official", "zhao", *OFFICIAL), 1, "is taken"),
        (("create-official", "a b", *OFFICIAL), 1, "cannot be used"),
        (("create-official", "li", *OFFICIAL[:3], "nowhere", *OFFICIAL[4:]), 1, "organisations"),
        (("create-official", "li", *OFFICIAL, "--role", "king"), 1, "window_clerk"),
        (("create-official", "li", *OFFICIAL, "--role", "auditor"), 1, "audit"),
        (("create-official", "li"), 2, "--name"),
        (("set-password", "nobody"), 1, "zt account list"),
        (("unlock", "zhao"), 1, "is not locked"),
        (("lock", "zhao", "--reason", " "), 1, "reason"),
    ],
)
def test_refusals_say_what_was_wrong_and_what_to_do(arguments: tuple[str, ...], code: int, said: str) -> None:
    create()
    result = zt(*arguments)
    assert result.exit_code == code
    assert said in result.output
    assert not Account.objects.filter(username="li").exists(), "nothing is half done"


def test_the_words_for_people() -> None:
    assert "once" in zt("create-official", "zhao", *OFFICIAL).output
    assert "zhao" in zt("list").output
    assert "market-regulation" in zt("organisations").output
