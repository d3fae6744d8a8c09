"""Passkeys against a key in software: registered, used alone and as second factor, replayed, forged, removed."""

import copy
import json
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from zhengtong.security.audit.models import Entry

from ..models import Account
from . import factories as make
from .authenticator import PRESENT, SoftKey, plain, raw

PASSWORD = "Only-4-Tests"
ADD, ALONE, SECOND = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/", "/accounts/2fa/authenticate/"
AGAIN = "/accounts/2fa/webauthn/reauthenticate/"


@pytest.fixture(autouse=True)
def _fresh(db):
    cache.clear()


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def actions() -> list[str]:
    return list(Entry.objects.filter(action__startswith="identity.").order_by("id").values_list("action", flat=True))


def with_password(someone: make.Someone) -> Account:
    someone.account.set_password(PASSWORD)
    someone.account.save()
    return someone.account


def enter(client: Client, account: Account):
    return client.post("/accounts/login/", {"login": account.username, "password": PASSWORD})


def register(client: Client, key: SoftKey, name: str = "办公室电脑"):
    question = client.get(ADD).context["question"]
    return client.post(ADD, {"name": name, "credential": json.dumps(key.create(question))})


def asked(client: Client) -> dict:
    return client.get(ALONE, HTTP_ACCEPT="application/json").json()["request_options"]


def alone(client: Client, answer: dict, **extra: str):
    return client.post(ALONE, {"credential": json.dumps(answer), **extra})


def holder(role: str = "", key: SoftKey | None = None) -> tuple[Account, SoftKey]:
    """An account with one passkey."""
    account = with_password(make.make_official(role) if role else make.make_resident())
    client, key = browser(), key or SoftKey()
    enter(client, account)
    assert register(client, key).status_code == 302
    return account, key


def text_after(client: Client, response) -> str:
    return (
        client.get(response["Location"]).content.decode() if response.status_code == 302 else response.content.decode()
    )


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_registered_with_a_name_used_alone_renamed_removed_and_all_on_record() -> None:
    account, key = holder()
    client = browser()
    assert alone(client, key.get(asked(client)), next="/hall/agencies/")["Location"] == "/hall/agencies/"
    opened = Entry.objects.filter(action="identity.session.opened").latest("id")
    assert (opened.actor_urn, opened.detail["method"]) == (account.urn, "passkey")
    page = client.get("/identity/security/").content.decode()
    assert "办公室电脑" in page
    stored = Authenticator.objects.get(type="webauthn")
    edit, remove = (f"/accounts/2fa/webauthn/keys/{stored.pk}/{verb}/" for verb in ("edit", "remove"))
    assert client.post(edit, {"name": "  我的手机 "})["Location"] == "/identity/security/"
    assert "我的手机" in client.get("/identity/security/").content.decode()
    assert client.post(edit, {"name": " "}).status_code == 200
    assert "我的手机" in client.get(remove).content.decode()
    assert client.post(remove)["Location"] == "/identity/security/"
    assert not Authenticator.objects.exists(), "recovery codes go with the last factor"
    changes = Entry.objects.filter(action__startswith="identity.second_factor").order_by("id")
    assert [(e.action.rpartition(".")[2], e.detail["type"]) for e in changes] == [
        ("added", "webauthn"), ("removed", "webauthn"), ("removed", "recovery_codes"),
    ]  # fmt: skip


def test_after_the_password_it_is_the_second_factor_and_its_recovery_code_counts_once() -> None:
    account, key = holder()
    client = browser()
    assert enter(client, account)["Location"].startswith(SECOND)
    page = client.get(SECOND)
    assert client.post(SECOND, {"credential": json.dumps(key.get(page.context["question"]))}).status_code == 302
    assert client.session["account_authentication_methods"][-1]["type"] == "webauthn"
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (302, 200):
        again = browser()
        enter(again, account)
        assert again.post(SECOND, {"code": code}).status_code == expected


def test_an_official_reaches_the_workbench_by_a_passkey_alone_and_keeps_the_last_factor() -> None:
    account, key = holder("administrator")
    client = browser()
    alone(client, key.get(asked(client)))
    assert client.get("/after-sign-in/")["Location"] == "/workbench/"
    stored = Authenticator.objects.get(type="webauthn")
    refused = client.post(f"/accounts/2fa/webauthn/keys/{stored.pk}/remove/")
    assert "最后一种不能停用" in text_after(client, refused)
    second = SoftKey(credential_id=b"a-second-passkey")
    assert register(client, second, "备用").status_code == 302
    assert client.post(f"/accounts/2fa/webauthn/keys/{stored.pk}/remove/").status_code == 302
    assert not Authenticator.objects.filter(pk=stored.pk).exists(), "one of two may go"
    late = browser()
    assert "没有通过验证" in text_after(late, alone(late, key.get(asked(late))))
    assert not signed_in(late), "a removed passkey opens nothing"
    assert account.username


def test_an_official_signed_in_by_password_only_is_led_to_the_passkey() -> None:
    official = make.make_official("administrator")
    account = with_password(official)
    client, key = browser(), SoftKey()
    enter(client, account)
    assert client.get("/after-sign-in/")["Location"] == "/accounts/2fa/totp/activate/"
    assert ADD in client.get("/accounts/2fa/totp/activate/").content.decode()
    register(client, key)
    assert client.get("/after-sign-in/")["Location"] == "/workbench/", "it was shown in this session"
    weak = browser()
    weak.force_login(account, backend="zhengtong.security.identity.sign_in.backends.AccountBackend")
    assert weak.get("/after-sign-in/")["Location"].startswith(AGAIN)
    question = weak.get(f"{AGAIN}?next=/after-sign-in/").context["question"]
    assert weak.post(AGAIN, {"credential": "{}"}).status_code == 200
    question = weak.get(f"{AGAIN}?next=/after-sign-in/").context["question"]
    weak.post(AGAIN, {"credential": json.dumps(key.get(question))})
    assert weak.get("/after-sign-in/")["Location"] == "/workbench/"


FACTORS = (
    ADD, "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/recovery-codes/download/",
)  # fmt: skip


def test_the_password_alone_adds_no_factor_beside_one_and_sees_none() -> None:
    account, key = holder("administrator")
    weak = browser()
    weak.force_login(account, backend="zhengtong.security.identity.sign_in.backends.AccountBackend")
    assert weak.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302, "it knows the password"
    own = Authenticator.objects.get(type="webauthn")
    changes = [f"/accounts/2fa/webauthn/keys/{own.pk}/{verb}/" for verb in ("edit", "remove")]
    for address in (*FACTORS, *changes):
        for answer in (weak.get(address), weak.post(address, {"name": "x", "credential": "{}", "code": "000000"})):
            assert answer.status_code == 302, address
            assert answer["Location"].startswith(AGAIN), address
    question = weak.get(f"{AGAIN}?next={ADD}").context["question"]
    assert weak.post(AGAIN, {"credential": json.dumps(key.get(question))}).status_code == 302
    assert register(weak, SoftKey(credential_id=b"a-second-passkey")).status_code == 302, "with the factor it may"


def test_the_first_factor_ends_what_the_password_alone_has_opened() -> None:
    account = with_password(make.make_official("administrator"))
    before, client = browser(), browser()
    enter(before, account)
    enter(client, account)
    assert before.get("/identity/security/").status_code == 200
    assert register(client, SoftKey()).status_code == 302
    assert not signed_in(before)
    assert before.get("/identity/security/")["Location"].startswith("/accounts/login/")
    assert client.get("/after-sign-in/")["Location"] == "/workbench/"
    assert actions().count("identity.session.ended") == 1


def test_an_answer_counts_once_in_whichever_session_and_process() -> None:
    _account, key = holder()
    client = browser()
    answer = key.get(asked(client))
    state = client.session["mfa.webauthn.state"]
    assert alone(client, answer).status_code == 302
    assert signed_in(client)
    other = browser()
    asked(other)
    assert "没有通过验证" in text_after(other, alone(other, answer)), "another session asks another question"
    twin = browser()
    asked(twin)
    session = twin.session
    session["mfa.webauthn.state"] = state  # as if two requests of one session had run at once
    session.save()
    assert "已经用过" in text_after(twin, alone(twin, answer))
    assert not signed_in(other)
    assert not signed_in(twin)
    assert actions().count("identity.session.refused") == 2
    assert Entry.objects.filter(action="identity.session.refused").latest("id").detail["method"] == "passkey"


def test_a_copied_key_is_noticed_by_its_counter() -> None:
    _account, key = holder()
    copied = copy.copy(key)
    for _use in range(3):
        client = browser()
        assert alone(client, key.get(asked(client))).status_code == 302
        assert signed_in(client)
    thief = browser()
    assert "可能被复制过" in text_after(thief, alone(thief, copied.get(asked(thief))))
    assert not signed_in(thief)


def test_the_question_lasts_five_minutes() -> None:
    _account, key = holder()
    client = browser()
    answer = key.get(asked(client))
    session = client.session
    session["mfa.webauthn.state"] = {**session["mfa.webauthn.state"], "begun_at": int(time.time()) - 301}
    session.save()
    assert "超过 5 分钟" in text_after(client, alone(client, answer))
    assert not signed_in(client)


@pytest.mark.parametrize(
    "bend",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"credential_id": b"another-credential"},
        {"handle": b"999999999999999999999999"},
        {"handle": b"nobody"},
        {"handle": b""},
    ],
    ids="-".join,
)
def test_a_forged_answer_is_refused_in_words(bend) -> None:
    _account, key = holder()
    for name, value in bend.items():
        setattr(key, name, value)
    client = browser()
    said = text_after(client, alone(client, key.get(asked(client))))
    assert "通行密钥没有通过验证" in said
    assert not signed_in(client)


def test_another_accounts_passkey_is_no_second_factor_here() -> None:
    _mine, key = holder()
    other, _key = holder(key=SoftKey(credential_id=b"of-the-other"))
    client = browser()
    enter(client, other)
    question = client.get(SECOND).context["question"]
    answer = client.post(SECOND, {"credential": json.dumps(key.get(question))})
    assert answer.status_code == 200
    assert "通行密钥没有通过验证" in answer.content.decode()
    assert not signed_in(client)


def _bent(answer: dict):
    """Every field left out, emptied, of another kind, cut short, with one bit turned;"""
    for name in ("rawId", "type", "response"):
        for value in (None, "", 7, [], {}, "AAAA"):
            yield {**answer, name: value}
        yield {k: v for k, v in answer.items() if k != name}
    for name, value in answer["response"].items():
        data = bytearray(raw(value))
        turned = bytearray(data)
        turned[len(data) // 2] ^= 1
        for other in (None, "", 7, [], "*", value[: len(value) // 2], plain(bytes(turned)), plain(bytes(data[:5]))):
            if other != value:
                yield {**answer, "response": {**answer["response"], name: other}}
        yield {**answer, "response": {k: v for k, v in answer["response"].items() if k != name}}


def test_nothing_bent_is_taken_and_nothing_breaks_the_page() -> None:
    _account, key = holder()
    client = browser()
    answer = key.get(asked(client))
    state = client.session["mfa.webauthn.state"]
    texts = [json.dumps(bent) for bent in _bent(answer)]
    texts += ["", "null", "[]", "7", '"x"', "{", "[" * 19_000, '{"a":' * 3_000, "\x00", "x" * 25_000]
    for text in texts:
        session = client.session
        session["mfa.webauthn.state"] = state
        session.save()
        response = client.post(ALONE, {"credential": text})
        assert response.status_code in (302, 400), text[:200]
        assert not signed_in(client), text[:300]
        cache.clear()
    session["mfa.webauthn.state"] = state
    session.save()
    alone(client, answer)
    assert signed_in(client), "unbent it is taken"


def test_nothing_bent_is_registered() -> None:
    client = browser()
    enter(client, with_password(make.make_resident()))
    key = SoftKey()
    answer = key.create(client.get(ADD).context["question"])
    state = client.session["mfa.webauthn.state"]
    for bent in [json.dumps(one) for one in _bent(answer)] + ["", "[]", "[" * 19_000]:
        session = client.session
        session["mfa.webauthn.state"] = state
        session.save()
        assert client.post(ADD, {"name": "x", "credential": bent}).status_code == 200, bent[:300]
    assert not Authenticator.objects.exists()
    weak = SoftKey(flags=PRESENT)
    assert "没有登记成功" in register(client, weak).content.decode(), "a key without PIN or finger is no passkey here"
    foreign = SoftKey(origin="https://evil.example")
    assert "没有登记成功" in register(client, foreign).content.decode()
    assert register(client, key).status_code == 302
    assert "已经登记过" in register(client, key).content.decode()
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_a_locked_account_is_not_opened_and_a_reset_takes_the_passkey() -> None:
    from .. import services

    account, key = holder("reviewer")
    Account.objects.filter(pk=account.pk).update(is_active=False)
    client = browser()
    assert alone(client, key.get(asked(client)))["Location"] == "/accounts/inactive/"
    assert not signed_in(client)
    Account.objects.filter(pk=account.pk).update(is_active=True)
    from zhengtong.kernel.clock import now

    services.reset_second_factor(actor=make.SYSTEM, username=account.username, at=now())
    later = browser()
    assert "没有通过验证" in text_after(later, alone(later, key.get(asked(later))))


def test_where_a_browser_can_keep_none_none_is_offered() -> None:
    by_address = Client(SERVER_NAME="127.0.0.1")
    assert "data-passkey" not in by_address.get("/accounts/login/").content.decode()
    assert "data-passkey" in browser().get("/accounts/login/").content.decode()
    enter(by_address, with_password(make.make_resident()))
    assert "正式网址" in by_address.get(ADD).content.decode()


def test_wrong_passwords_of_a_stranger_do_not_keep_a_passkey_out() -> None:
    account, key = holder()
    client = browser()
    for _attempt in range(6):
        client.post("/accounts/login/", {"login": account.username, "password": "wrong"})
    assert enter(client, account).status_code == 429
    assert alone(client, key.get(asked(client))).status_code == 302
    assert signed_in(client)
