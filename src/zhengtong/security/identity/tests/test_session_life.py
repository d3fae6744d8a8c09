"""How long a session lives, what a password must be and how it is kept."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings as configured
from django.contrib.auth.hashers import ScryptPasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from zhengtong.config import settings as node_settings

from .. import rules, sessions
from ..models import Account
from . import factories as make

LOGIN, SECURITY = "/accounts/login/", "/identity/security/"
PASSWORD = "Only-4-Tests"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


def with_password(someone: make.Someone, password: str = PASSWORD) -> Account:
    someone.account.password = make_password(password, hasher="md5") if password == PASSWORD else password
    someone.account.save()
    return someone.account


def enter(client: Client, account: Account, password: str = PASSWORD):
    return client.post(LOGIN, {"login": account.username, "password": password})


def ends_in(client: Client) -> timedelta:
    return Session.objects.get(session_key=client.session.session_key).expire_date - timezone.now()


def change(client: Client, **values: object) -> None:
    session = client.session
    session.update(values)
    session.save()


# -- sessions ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(("official", "minutes"), [(True, 30), (False, 120)])
def test_idle_sessions_end_and_used_ones_go_on(client, official, minutes) -> None:
    account = with_password(make.make_official() if official else make.make_resident())
    enter(client, account)
    assert timedelta(minutes=minutes - 1) < ends_in(client) <= timedelta(minutes=minutes)
    row = Session.objects.filter(session_key=client.session.session_key)
    row.update(expire_date=timezone.now() + timedelta(minutes=1))
    sessions._seen.clear()  # as if five minutes had gone
    assert client.get(SECURITY).status_code == 200
    assert ends_in(client) > timedelta(minutes=minutes - 1), "it was used"
    row.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get(SECURITY)["Location"].startswith(LOGIN), "nothing was heard of it for so long"


@pytest.mark.django_db
def test_a_session_ends_after_eight_hours_however_much_it_is_used(client) -> None:
    enter(client, with_password(make.make_resident()))
    change(client, began=int(time.time()) - 8 * 3600 + 60)
    assert ends_in(client) <= timedelta(minutes=1)
    sessions._seen.clear()
    assert client.get(SECURITY).status_code == 200
    assert ends_in(client) <= timedelta(minutes=1)
    change(client, began=int(time.time()) - 8 * 3600)
    assert client.get(SECURITY)["Location"].startswith(LOGIN)


@pytest.mark.django_db
def test_signing_in_gives_a_session_a_new_name_of_165_bits(client) -> None:
    change(client, something="from before")
    before = client.session.session_key
    enter(client, with_password(make.make_resident()))
    after = client.session.session_key
    assert after != before
    assert not Session.objects.filter(session_key=before).exists()
    assert re.fullmatch("[0-9a-z]{32}", after)


@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_keeps(client) -> None:
    enter(client, with_password(make.make_resident()))
    assert "Clear-Site-Data" not in client.get(SECURITY).headers
    out = client.post("/accounts/logout/")
    assert not out.cookies[configured.SESSION_COOKIE_NAME].value
    assert out.headers["Clear-Site-Data"] == '"cache"'


@pytest.mark.django_db
def test_every_page_offers_to_sign_out(client) -> None:
    make.sign_in(client, make.make_resident())
    for path in (SECURITY, "/services/", "/hall/agencies/"):
        assert 'action="/accounts/logout/"' in client.get(path).content.decode(), path


@pytest.mark.django_db
def test_factors_change_only_after_authenticating_again(client) -> None:
    account = with_password(make.make_resident())
    enter(client, account)
    records = client.session[AUTHENTICATION_METHODS_SESSION_KEY]
    change(client, **{AUTHENTICATION_METHODS_SESSION_KEY: [{**r, "at": r["at"] - 3600} for r in records]})
    for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        assert client.get(path)["Location"].startswith("/accounts/reauthenticate/"), path
    assert not Authenticator.objects.filter(user=account).exists()


# -- passwords --------------------------------------------------------------------------------------------------------
def test_passwords_are_hashed_by_scrypt_with_costs_of_today() -> None:
    assert node_settings.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.ScryptPasswordHasher"
    kept = make_password("Some-1-Word", hasher="scrypt")
    told = ScryptPasswordHasher().decode(kept)
    assert (told["work_factor"], told["block_size"], told["parallelism"]) >= (2**14, 8, 5)
    assert len(told["salt"]) >= 22, "128 bits"
    assert check_password("Some-1-Word", kept)


@pytest.mark.django_db
@pytest.mark.parametrize("password", [" Blank-1-around ", "中文密码Aa1" + "长" * 90, "A1-" + "x" * 97])
def test_a_password_counts_as_typed(client, password) -> None:
    account = make.make_resident().account
    account.set_password(password)
    account.save()
    assert enter(client, account, password.strip()).status_code == (302 if password.strip() == password else 200)
    assert enter(Client(), account, password.lower()).status_code == 200
    assert enter(Client(), account, password[:72]).status_code == (302 if len(password) <= 72 else 200)
    assert enter(Client(REMOTE_ADDR="192.0.2.9"), account, password).status_code == 302
    validate_password(password)


@pytest.mark.django_db
def test_an_old_password_is_good_for_ever(client) -> None:
    account = with_password(make.make_resident())
    Account.objects.filter(pk=account.pk).update(date_joined=timezone.now() - timedelta(days=3000))
    assert enter(client, account)["Location"] == "/after-sign-in/"


@pytest.mark.parametrize(
    "password",
    [
        "Zhengtong-2026", "Guangan-2026-x", "政务Abc12345", "x-GOV.CN-1234", "Admin-12345-x", "a-511602-Bcdefg",
        "广安Abcd-1234",
    ],
)  # fmt: skip
def test_words_of_this_place_are_refused(password) -> None:
    with pytest.raises(ValidationError, match="容易猜到"):
        validate_password(password)
    validate_password("Quite-another-1")


def test_the_words_are_those_of_the_operators_page() -> None:
    page = (configured.ROOT / "docs" / "operations" / "running.md").read_text(encoding="utf-8")
    assert all(f"`{word}`" in page for word in rules.OBVIOUS_WORDS)
    assert set(rules.obvious_words("110105", "北京市朝阳区", "Chaoyang District, Beijing")) - set(
        rules.OBVIOUS_WORDS
    ) == {"110105", "北京", "朝阳", "chaoyang", "beijing"}


@pytest.mark.parametrize("password", ["password123", "1q2w3e4r5t", "qwerty123456"])
def test_common_passwords_are_refused(password) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "password_too_common" in {fault.code for fault in refused.value.error_list}


@pytest.mark.django_db
def test_password_fields_are_masked_and_leave_managers_alone(client) -> None:
    pages = [client.get(path).content.decode() for path in (LOGIN, "/accounts/signup/")]
    enter(client, with_password(make.make_resident()))
    pages.append(client.get("/accounts/password/change/").content.decode())
    fields = [tag for page in pages for tag in re.findall(r"<input[^>]*name=\"(?:old)?password\d?\"[^>]*>", page)]
    assert len(fields) == 6
    assert all('type="password"' in tag and "autocomplete=" in tag for tag in fields)
    assert not any('autocomplete="off"' in tag or "onpaste" in tag for tag in fields)


@pytest.mark.django_db
def test_seeds_are_encrypted_and_codes_have_26_bits() -> None:
    account = make.make_resident().account
    codes = RecoveryCodes.activate(account)
    seed = Authenticator.objects.get(user=account).data["seed"]
    assert len(set(codes.get_unused_codes())) == len(codes.get_unused_codes()) >= 8
    assert all(re.fullmatch("[0-9]{8}", code) for code in codes.get_unused_codes())
    assert not re.fullmatch("[0-9a-f]{40}", seed), "the library's own form"
    assert not any(code in str(Authenticator.objects.get(user=account).data) for code in codes.get_unused_codes())


# -- before it ends ---------------------------------------------------------------------------------------------------
UNTIL, STAY = "/identity/session/until/", "/identity/session/stay/"


def told(client: Client, address: str = UNTIL) -> timedelta | None:
    until = client.get(address, headers={"Accept": "application/json"}).json()["until"]
    return datetime.fromisoformat(until) - timezone.now() if until else None


def near(found: timedelta | None, expected: timedelta) -> bool:
    return found is not None and abs(found - expected) < timedelta(seconds=20)


@pytest.mark.django_db
def test_a_page_says_until_when_and_asking_is_no_use_of_the_session() -> None:
    client = Client()
    make.sign_in(client, make.make_official())
    page = client.get(SECURITY).content.decode()
    assert "<noscript>" in page
    assert "data-session-until=" in page
    Session.objects.filter(session_key=client.session.session_key).update(
        expire_date=timezone.now() + timedelta(minutes=4)
    )
    sessions._seen.clear()
    assert near(told(client), timedelta(minutes=4))
    assert near(ends_in(client), timedelta(minutes=4)), "who only asks is not at work"
    assert near(told(client, STAY), rules.IDLE_AT_WORK)
    assert near(ends_in(client), rules.IDLE_AT_WORK)


@pytest.mark.django_db
def test_staying_counts_even_a_moment_after_the_last_note() -> None:
    client = Client()
    make.sign_in(client, make.make_official())
    client.get(SECURITY)
    Session.objects.filter(session_key=client.session.session_key).update(
        expire_date=timezone.now() + timedelta(minutes=1)
    )
    client.get(SECURITY)
    assert near(ends_in(client), timedelta(minutes=1)), "noted every five minutes at most"
    page = client.get(STAY).content.decode()
    assert "您的登录保持到" in page
    assert near(ends_in(client), rules.IDLE_AT_WORK)


@pytest.mark.django_db
def test_nothing_prolongs_the_eight_hours_and_that_is_said() -> None:
    client = Client()
    make.sign_in(client, make.make_official())
    change(client, began=int(time.time() - rules.SESSION_LASTS.total_seconds() + 600))
    answer = client.get(STAY, headers={"Accept": "application/json"}).json()
    assert answer["is_longest"] is True
    assert near(told(client), timedelta(minutes=10))
    assert "登录最长八小时" in client.get(STAY).content.decode()


@pytest.mark.django_db
def test_whoever_is_not_signed_in_is_told_so() -> None:
    assert Client().get(UNTIL).json() == {"until": None, "is_longest": False}
    assert Client().get(STAY).status_code == 302
    assert "data-session-until" not in Client().get("/").content.decode()
