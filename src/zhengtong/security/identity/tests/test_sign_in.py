"""Signing in as people do it: password, one-time code, lock-out, registration, sessions."""

import re
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import encrypt
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.clock import now
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.audit import services as audit
from zhengtong.security.audit.models import Entry

from .. import services, sessions
from ..counted import forget_failures
from ..models import Account, Person
from . import factories as make

PASSWORD = "Only-4-Tests"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh(settings):
    """Rate limits live in the cache; numbers of nobody count."""
    settings.ZT_DEMO = True
    cache.clear()


def with_password(someone: make.Someone) -> Account:
    someone.account.set_password(PASSWORD)
    someone.account.save()
    return someone.account


def enter(client: Client, account: Account, password: str = PASSWORD, **extra):
    return client.post(LOGIN, {"login": account.username, "password": password, **extra})


def code_of(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(now().timestamp()) // 30 + steps))


def actions() -> list[str]:
    return list(Entry.objects.filter(action__startswith="identity.").order_by("id").values_list("action", flat=True))


@pytest.mark.django_db
def test_a_resident_signs_in_and_out(client) -> None:
    account = with_password(make.make_resident())
    assert enter(client, account)["Location"] == "/after-sign-in/"
    assert client.get("/after-sign-in/")["Location"] == "/hall/"
    assert client.get("/identity/security/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/identity/security/")["Location"].startswith(LOGIN)
    assert actions()[-2:] == ["identity.session.opened", "identity.session.closed"]
    opened = Entry.objects.get(action="identity.session.opened")
    assert (opened.actor_urn, opened.detail) == (account.urn, {"ip": "127.0.0.1"})


@pytest.mark.django_db
def test_one_comes_back_to_where_one_wanted_to_go_but_never_to_another_site(client) -> None:
    account = with_password(make.make_resident())
    assert enter(client, account, next="/hall/agencies/")["Location"] == "/hall/agencies/"
    client.post("/accounts/logout/")
    assert enter(client, account, next="https://evil.example/")["Location"] == "/after-sign-in/"


@pytest.mark.django_db
def test_five_wrong_passwords_lock_this_name_from_this_place_only(client) -> None:
    account = with_password(make.make_resident())
    for _attempt in range(4):
        response = enter(client, account, "wrong")
        assert response.status_code == 200
        assert "用户名或密码不正确" in response.content.decode()
    locked = enter(client, account, "wrong")
    assert locked.status_code == 429
    assert "15 分钟后再试" in locked.content.decode()
    assert int(locked["Retry-After"]) == 900
    assert enter(client, account).status_code == 429, "the right password too, while it lasts"
    assert enter(Client(), with_password(make.make_resident())).status_code == 302, "another name here is free"
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert enter(elsewhere, account).status_code == 302, "nobody can lock another out from elsewhere"
    assert actions().count("identity.session.refused") >= 5
    assert "identity.session.locked_out" in actions()
    assert PASSWORD not in str(list(Entry.objects.values_list("detail", flat=True)))


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [str.upper, " {} ".format, lambda name: name.replace("s", "ſ")])
def test_a_name_typed_otherwise_is_counted_as_the_same(client, typed) -> None:
    account = with_password(make.make_resident())
    for _attempt in range(4):
        assert enter(client, account, "wrong").status_code == 200
    other = typed(account.username)
    assert client.post(LOGIN, {"login": other, "password": "wrong"}).status_code == 429
    assert enter(client, account).status_code == 429
    told = Entry.objects.filter(action__in=("identity.session.refused", "identity.session.locked_out"))
    assert set(told.values_list("object_urn", flat=True)) == {account.urn}


@pytest.mark.django_db
def test_behind_a_proxy_a_stranger_locks_nobody_out(client, settings) -> None:
    settings.ZT_TRUSTED_PROXIES = 1
    account = with_password(make.make_resident())
    stranger = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.66")
    for _attempt in range(5):
        enter(stranger, account, "wrong")
    assert enter(stranger, account).status_code == 429
    himself = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7")
    assert enter(himself, account).status_code == 302
    assert Entry.objects.filter(action="identity.session.opened").latest("id").detail["ip"] == "192.0.2.7"


@pytest.mark.django_db
def test_wrong_passwords_from_many_places_lock_nobody_out_and_are_counted_for_all_processes() -> None:
    account = with_password(make.make_resident())
    for place in range(4):
        stranger = Client(REMOTE_ADDR=f"192.0.2.{place + 1}")
        for _attempt in range(5):
            cache.clear()  # as if each were answered by another process
            last = enter(stranger, account, "wrong")
        assert last.status_code == 429
    assert enter(Client(REMOTE_ADDR="198.51.100.7"), account).status_code == 302, "twenty wrong ones elsewhere"


@pytest.mark.django_db
def test_a_subscriber_of_ipv6_is_one_place_whatever_the_address() -> None:
    account = with_password(make.make_resident())
    for host in range(4):
        enter(Client(REMOTE_ADDR=f"2001:db8:1:1::{host + 1}"), account, "wrong")
    locked = enter(Client(REMOTE_ADDR="2001:db8:1:1:ffff::9"), account, "wrong")
    assert locked.status_code == 429
    assert "15 分钟后再试" in locked.content.decode()
    assert enter(Client(REMOTE_ADDR="2001:db8:1:2::1"), account).status_code == 302


def guess(account: Account, code: str, place: str = "192.0.2.9") -> str:
    """One attempt at the second step, in a session and a process of its own."""
    cache.clear()
    client = Client(REMOTE_ADDR=place)
    assert enter(client, account).status_code == 302
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    return "" if answer.status_code == 302 else answer.content.decode()


@pytest.mark.django_db
def test_guessing_codes_is_stopped_by_network_for_all_processes_and_trying_on_prolongs_nothing() -> None:
    account = with_password(make.make_official())
    secret = generate_totp_secret()
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(secret)})
    for _attempt in range(5):
        assert "不正确" in guess(account, "000000")
    for _attempt in range(2):
        assert "15 分钟后再试" in guess(account, code_of(secret)), "the right one too, while it lasts"
    refused = Entry.objects.filter(action="identity.code.refused", object_urn=account.urn)
    assert refused.count() == 5, "trying on is not counted"
    assert guess(account, code_of(secret), "198.51.100.7") == "", "the holder elsewhere goes in"
    with patch("zhengtong.security.identity.sign_in.forms.now", lambda: now() + timedelta(minutes=16)):
        assert "15 分钟后再试" not in guess(account, "000000")


@pytest.mark.django_db
def test_an_unlocked_account_forgets_wrong_codes_and_passwords_under_the_name_counted() -> None:
    account = with_password(make.make_official())
    Account.objects.filter(pk=account.pk).update(username="U-13900000001")  # a number: counted by its digest
    account.refresh_from_db()
    secret = generate_totp_secret()
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(secret)})
    for _attempt in range(5):
        guess(account, "000000")
    assert "15 分钟后再试" in guess(account, code_of(secret))
    services.unlock_account(actor=make.SYSTEM, username=account.username, at=now())
    assert guess(account, code_of(secret)) == ""
    for _attempt in range(5):
        locked = enter(Client(), account, "wrong")
    assert locked.status_code == 429
    assert forget_failures(account) == 1
    assert enter(Client(), account).status_code == 302


@pytest.mark.django_db
def test_guessing_codes_from_everywhere_is_stopped_too() -> None:
    account = with_password(make.make_official())
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(generate_totp_secret())})
    with transaction.atomic():
        for number in range(29):
            audit.record(ANONYMOUS, "identity.code.refused", account, at=now(), detail={"ip": f"192.0.2.{number}"})
    assert "不正确" in guess(account, "000000", "198.51.100.8")
    for place in range(8):
        enter(Client(REMOTE_ADDR=f"203.0.113.{place}"), account, "wrong")  # hides nothing
    assert "有人在别处反复猜测" in guess(account, "000000", "198.51.100.7")


@pytest.mark.django_db
def test_an_unknown_name_and_a_wrong_password_sound_alike(client) -> None:
    account = with_password(make.make_resident())
    known = enter(client, account, "wrong").content.decode()
    unknown = client.post(LOGIN, {"login": "nobody-here", "password": "wrong"}).content.decode()
    assert re.findall(r"用户名或密码不正确[^<]*", known) == re.findall(r"用户名或密码不正确[^<]*", unknown) != []


@pytest.mark.django_db
def test_an_official_gives_password_then_code_and_each_code_counts_once(client) -> None:
    account = with_password(make.make_official())
    secret = generate_totp_secret()
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(secret)})
    assert enter(client, account)["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/identity/security/").status_code == 302, "half signed in is not signed in"
    page = client.get("/accounts/2fa/authenticate/").content.decode()
    assert "动态口令" in page
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "不正确" in wrong.content.decode()
    code = code_of(secret)
    assert client.post("/accounts/2fa/authenticate/", {"code": code})["Location"] == "/after-sign-in/"
    assert client.get("/after-sign-in/")["Location"] == "/workbench/"
    other = Client()
    enter(other, account)
    cache.clear()  # as if another process answered
    again = other.post("/accounts/2fa/authenticate/", {"code": code})
    assert again.status_code == 200
    assert "刚刚用过" in again.content.decode()
    assert "identity.code.refused" in actions(), "the wrong code is on record"


@pytest.mark.django_db
def test_a_code_counts_once_also_in_the_next_half_minute() -> None:
    account = with_password(make.make_official())
    secret = generate_totp_secret()
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt(secret)})
    begun = int(now().timestamp()) // 30 * 30 + 10
    first, second = (format_hotp_value(hotp_value(secret, begun // 30 + step)) for step in range(2))
    with patch("allauth.mfa.totp.internal.auth.time.time", lambda: begun):
        assert guess(account, first) == ""
    with patch("allauth.mfa.totp.internal.auth.time.time", lambda: begun + 30):
        assert "刚刚用过" in guess(account, first), "its step is past, though it would still be tolerated"
        assert guess(account, second) == "", "the next one counts"
        assert "刚刚用过" in guess(account, first), "nor after a later one"


@pytest.mark.django_db
def test_an_official_without_a_code_sets_one_up_before_anything_else(client) -> None:
    account = with_password(make.make_official("administrator"))
    enter(client, account)
    assert client.get("/after-sign-in/")["Location"] == "/accounts/2fa/totp/activate/"
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page)[1]
    with patch("allauth.mfa.totp.internal.flows.transaction.on_commit", lambda function: function()):
        done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    assert "备用码" in client.get(done["Location"]).content.decode()
    assert client.get("/after-sign-in/")["Location"] == "/workbench/", "its code was shown in this session"
    stored = Authenticator.objects.get(user=account, type="totp").data["secret"]
    assert secret not in stored
    refused = client.post("/accounts/2fa/totp/deactivate/")
    assert "不能停用" in refused.content.decode()
    assert Authenticator.objects.filter(user=account, type="totp").exists()


@pytest.mark.django_db
def test_a_resident_registers_with_real_name_data(client) -> None:
    number = synthetic_id_number(7, born=date(1991, 2, 3))
    data = {
        "username": "zhang-san",
        "name": "张三",
        "id_number": number.lower(),
        "phone": "13900000001",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    bad = {**data, "id_number": number[:-1] + ("1" if number[-1] != "1" else "2"), "phone": "12", "password2": "other"}
    page = client.post("/accounts/signup/", bad).content.decode()
    assert all(f'href="#f-{field}"' in page for field in ("id_number", "phone", "password2"))
    assert not Account.objects.exists()
    weak = client.post("/accounts/signup/", {**data, "password1": "aaaaaaaaaaaa", "password2": "aaaaaaaaaaaa"})
    assert "三种" in weak.content.decode()
    assert client.post("/accounts/signup/", data)["Location"] == "/after-sign-in/"
    person = Person.objects.get()
    assert (person.name, person.id_number, person.assurance_level) == ("张三", number, 1)
    page = client.get("/identity/security/").content.decode()
    assert number not in page
    assert "张*" in page
    assert "尚未核验" in page
    second = Client().post("/accounts/signup/", {**data, "username": "zhang-si"})
    assert second.status_code == 302, "a number that is only stated reserves nothing"
    Person.objects.filter(pk=person.pk).update(assurance_level=2)
    third = Client().post("/accounts/signup/", {**data, "username": "zhang-wu"})
    assert "不能用于登记新用户" in third.content.decode()
    assert Account.objects.count() == 2


@pytest.mark.django_db
def test_another_device_is_signed_out_from_here(client) -> None:
    account = with_password(make.make_resident())
    enter(client, account, headers={"user-agent": "x"})
    other = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0"})
    enter(other, account)
    page = client.get("/identity/security/")
    rows = page.context["sessions"]
    [foreign] = [row["session"] for row in rows if not row["is_current"]]
    assert "Chrome · Windows" in page.content.decode()
    url = reverse("identity:end-session", args=[foreign.pk])
    assert client.post(url, {"idempotency_key": "k" * 20}).status_code == 302
    assert other.get("/identity/security/")["Location"].startswith(LOGIN)
    assert client.get("/identity/security/").status_code == 200
    assert client.post(url, {"idempotency_key": "l" * 20}).status_code == 404
    stranger = Client()
    make.sign_in(stranger, make.make_resident())
    own = next(row["session"] for row in rows if row["is_current"])
    url = reverse("identity:end-session", args=[own.pk])
    assert stranger.post(url, {"idempotency_key": "m" * 20}).status_code == 404, "only one's own"
    assert Session.objects.filter(session_key=own.session_key).exists()


@pytest.mark.django_db
def test_all_other_devices_are_signed_out_at_once_and_only_ones_own(client) -> None:
    account = with_password(make.make_resident())
    enter(client, account)
    others = [Client() for _device in range(2)]
    for other in others:
        enter(other, account)
    stranger = Client()
    enter(stranger, with_password(make.make_resident()))
    answer = client.post("/identity/sessions/end-others/", {"idempotency_key": "k" * 20})
    assert "其他设备的登录：2 个" in client.get(answer["Location"]).content.decode()
    assert [other.get("/identity/security/").status_code for other in others] == [302, 302]
    assert stranger.get("/identity/security/").status_code == 200
    assert actions().count("identity.session.ended") == 2


@pytest.mark.django_db
def test_when_a_device_was_last_seen_is_noted_every_five_minutes_not_at_every_page(client) -> None:
    account = with_password(make.make_resident())
    enter(client, account)
    long_ago = now() - timedelta(hours=1)
    UserSession.objects.filter(user=account).update(last_seen_at=long_ago)
    client.get("/identity/security/")
    assert UserSession.objects.get(user=account).last_seen_at == long_ago, "signed in a moment ago"
    sessions._seen.clear()  # as if another process answered
    client.get("/identity/security/")
    seen = UserSession.objects.get(user=account).last_seen_at
    assert seen > long_ago
    with CaptureQueriesContext(connection) as asked:
        client.get("/identity/security/")
    assert not [q for q in asked.captured_queries if "last_seen_at" in q["sql"] and q["sql"].startswith("UPDATE")]


@pytest.mark.django_db
def test_a_changed_password_is_on_record_and_the_old_one_dead(client) -> None:
    account = with_password(make.make_resident())
    enter(client, account)
    data = {"oldpassword": PASSWORD, "password1": "Another-1-Word", "password2": "Another-1-Word"}
    wrong = client.post("/accounts/password/change/", {**data, "oldpassword": "no", "password2": "x"}).content.decode()
    assert "当前密码不正确" in wrong
    assert "不一致" in wrong
    assert client.post("/accounts/password/change/", data).status_code == 302
    assert "identity.password.changed" in actions()
    assert enter(Client(), account).status_code == 200


@pytest.mark.django_db
def test_an_account_without_a_password_has_none_to_change(client) -> None:
    someone = make.make_resident()
    someone.account.set_unusable_password()
    someone.account.save()
    make.sign_in(client, someone)
    assert "/accounts/password/change/" not in client.get("/identity/security/").content.decode()
    for answer in (client.get("/accounts/password/change/"), client.post("/accounts/password/change/", {})):
        assert answer["Location"] == "/identity/security/"
    assert "没有密码" in client.get("/identity/security/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_signing_in_opens_in_both_languages(client, language, settings) -> None:
    settings.LANGUAGE_COOKIE_NAME = "django_language"
    client.cookies["django_language"] = language
    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/"):
        response = client.get(address)
        assert response.status_code == 200, address
        assert f'lang="{"en" if language == "en" else "zh-CN"}"' in response.content.decode()


@pytest.mark.django_db
def test_the_library_pages_we_have_not_dressed_are_not_there(client) -> None:
    make.sign_in(client, make.make_resident())
    for address in ("/accounts/email/", "/accounts/password/set/", "/accounts/sessions/", "/accounts/login/code/"):
        assert client.get(address).status_code == 404, address
