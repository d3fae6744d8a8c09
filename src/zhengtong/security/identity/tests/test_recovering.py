"""Recovery by two officials: asked, approved by another, given once; nothing before, everything after."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.events.services import deliver_now
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions.services import Denied

from .. import recoveries, services
from ..models import Account, Recovery
from . import factories as make

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PASSWORD, ANOTHER = "Only-4-Tests", "Another-1-Word"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _fresh(db):
    cache.clear()


@pytest.fixture
def holder() -> make.Someone:
    """A resident with a password, one-time codes, backup codes and a device signed in."""
    someone = make.make_resident()
    someone.account.set_password(PASSWORD)
    someone.account.save()
    Authenticator.objects.create(user=someone.account, type="totp", data={"secret": "x"})
    RecoveryCodes.activate(someone.account)
    return someone


def ask(holder: make.Someone, clerk: make.Someone | None = None, at: datetime = AT, **other: str) -> Recovery:
    clerk = clerk or make.make_official("window_clerk")
    told = {
        "username": holder.account.username,
        "name": holder.person.name if holder.person else "",
        "id_number": str(holder.person.id_number) if holder.person else "",
        "reason": "手机遗失",
        **other,
    }
    return services.request_recovery(actor=clerk.actor, at=at, **told)


def decide(recovery: Recovery, who: make.Someone | None = None, *, approve: bool = True, at: datetime = AT) -> Recovery:
    who = who or make.make_official("decider")
    return services.decide_recovery(actor=who.actor, recovery_uuid=recovery.uuid, approve=approve, at=at)


@contextmanager
def invalid(said: str):
    """Refused, with a fault of a field that says so."""
    with pytest.raises(Invalid) as fault:
        yield
    assert said in fault.value.fields[0].message


def done() -> list[str]:
    rows = Entry.objects.filter(action__startswith="identity.recovery").order_by("id")
    return [row.action.rpartition(".")[2] for row in rows if row.outcome == "done"]


def key() -> dict[str, str]:
    return {"idempotency_key": f"test-{next(make._serial)}"}


def test_the_whole_way_of_a_resident(holder) -> None:
    clerk, lead = make.make_official("window_clerk"), make.make_official("decider")
    device = Client()
    device.post("/accounts/login/", {"login": holder.account.username, "password": PASSWORD})
    make.sign_in(device, holder)
    recovery = ask(holder, clerk, username="", at=now())
    decide(recovery, lead, at=now())
    account = Account.objects.get(pk=holder.account.pk)
    assert account.check_password(PASSWORD), "until the slip nothing changes"
    assert Authenticator.objects.filter(user=account).count() == 2
    slip = services.issue_recovery(actor=clerk.actor, recovery_uuid=recovery.uuid, at=now())
    account.refresh_from_db()
    assert not account.has_usable_password()
    assert not Authenticator.objects.filter(user=account).exists()
    assert device.get("/identity/security/").status_code == 302, "every device is out at its next request"
    assert not Session.objects.filter(session_key=device.cookies["sessionid"].value).exists()
    page = Client()
    assert account.username in page.get(slip.path).content.decode()
    assert page.post(slip.path, {"password1": "weak", "password2": "weak"}).status_code == 422
    assert page.post(slip.path, {"password1": ANOTHER, "password2": ANOTHER})["Location"] == "/accounts/login/"
    assert page.get(slip.path).status_code == 404, "it serves once"
    entered = page.post("/accounts/login/", {"login": account.username, "password": ANOTHER})
    assert entered["Location"] == "/after-sign-in/"
    assert done() == ["requested", "approved", "issued", "used"]
    hands = [e.actor_urn for e in Entry.objects.filter(action__startswith="identity.recovery").order_by("id")]
    assert hands == [clerk.actor.urn, lead.actor.urn, clerk.actor.urn, account.urn]
    changes = page.get("/identity/security/").content.decode()
    assert "重置了第二重验证" in changes
    assert "由工作人员或系统办理" in changes


def test_four_eyes_and_roles(holder) -> None:
    both = make.make_official(("window_clerk", "decider"))
    recovery = ask(holder, both)
    with pytest.raises(Denied) as one_hand:
        decide(recovery, both)
    assert "四眼" in str(one_hand.value.failing)
    for role in ("window_clerk", "reviewer", "auditor"):
        with pytest.raises(Denied):
            decide(recovery, make.make_official(role))
    for role in ("reviewer", "decider", "auditor"):
        with pytest.raises(Denied):
            ask(make.make_resident(), make.make_official(role))
    with pytest.raises(Conflict, match="还没有经过批准"):
        services.issue_recovery(actor=both.actor, recovery_uuid=recovery.uuid, at=AT)
    decide(recovery)
    with pytest.raises(Denied):
        services.issue_recovery(actor=make.make_official("window_clerk").actor, recovery_uuid=recovery.uuid, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.filter(pk=recovery.pk).update(decided_by_urn=both.actor.urn)  # the database's own second line


def test_nobody_asks_or_decides_for_himself() -> None:
    clerk = make.make_official("window_clerk")
    person = services.create_person(actor=make.SYSTEM, account=clerk.account, name="赵", at=AT)
    assert person.account == clerk.account
    with pytest.raises(Denied):
        ask(clerk, clerk, name="赵演示", id_number="")
    admin, lead = make.make_official("administrator"), make.make_official("decider", name="钱演示")
    with pytest.raises(Denied):
        decide(ask(lead, admin, name="钱演示", id_number=""), lead)


def test_an_officials_account_is_asked_for_by_the_administrator() -> None:
    official = make.make_official("reviewer", name="孙演示")
    with pytest.raises(Denied):
        ask(official, name="孙演示")
    admin = make.make_official("administrator")
    with invalid("不一致"):
        ask(official, admin, name="别人")
    recovery = ask(official, admin, name="孙演示", at=now())
    decide(recovery, at=now())
    slip = services.issue_recovery(actor=admin.actor, recovery_uuid=recovery.uuid, at=now())
    client = Client()
    client.post(slip.path, {"password1": ANOTHER, "password2": ANOTHER})
    client.post("/accounts/login/", {"login": official.account.username, "password": ANOTHER})
    assert client.get("/after-sign-in/")["Location"] == "/accounts/2fa/totp/activate/", "no workbench without a factor"


@pytest.mark.parametrize(
    "wrong", [{"name": "别人"}, {"id_number": "x"}, {"id_number": ""}, {"username": "nobody-here"}]
)
def test_nothing_is_asked_unless_account_and_document_agree(holder, wrong) -> None:
    with invalid("不一致"):
        ask(holder, **wrong)
    assert done() == []


def test_an_account_nobody_proved_is_not_recovered(holder) -> None:
    holder.person.assurance_level = 1
    holder.person.save()
    with invalid("不一致"):
        ask(holder)
    with invalid("不一致"):
        ask(holder, username="")


def test_one_open_request_and_it_lasts_a_day(holder) -> None:
    clerk = make.make_official("window_clerk")
    recovery = ask(holder, clerk)
    with pytest.raises(Conflict, match="正在办理"):
        ask(holder)
    with pytest.raises(Conflict, match="24 小时"):
        decide(recovery, at=AT + DAY)
    decide(recovery, at=AT + DAY - timedelta(seconds=1))
    with pytest.raises(Conflict, match="24 小时"):
        services.issue_recovery(actor=clerk.actor, recovery_uuid=recovery.uuid, at=AT + DAY)
    assert ask(holder, clerk, at=AT + DAY).pk != recovery.pk
    recovery.refresh_from_db()
    assert recovery.state == "expired"
    with invalid("丢失了什么"):
        ask(make.make_resident(), clerk, reason=" ")


def test_refused_withdrawn_and_twice(holder) -> None:
    clerk = make.make_official("window_clerk")
    refused = ask(holder, clerk)
    decide(refused, approve=False)
    with pytest.raises(Conflict):
        decide(refused)
    again = ask(holder, clerk)
    with pytest.raises(Denied):
        services.withdraw_recovery(actor=make.make_resident().actor, recovery_uuid=again.uuid, at=AT)
    services.withdraw_recovery(actor=holder.actor, recovery_uuid=again.uuid, at=AT)
    with pytest.raises(Conflict):
        services.withdraw_recovery(actor=clerk.actor, recovery_uuid=again.uuid, at=AT)
    third = ask(holder, clerk)
    decide(third)
    services.issue_recovery(actor=clerk.actor, recovery_uuid=third.uuid, at=AT)
    with pytest.raises(Conflict):
        services.issue_recovery(actor=clerk.actor, recovery_uuid=third.uuid, at=AT)


def test_the_slip_lasts_two_hours_and_no_other_link_opens_it(holder) -> None:
    clerk = make.make_official("window_clerk")
    recovery = ask(holder, clerk)
    decide(recovery)
    slip = services.issue_recovery(actor=clerk.actor, recovery_uuid=recovery.uuid, at=AT)
    token = slip.path.rstrip("/").rpartition("/")[2]
    late = AT + timedelta(hours=2)
    assert recoveries.find_account_by_slip(recovery.uuid, token, late - timedelta(seconds=1)) == holder.account
    with pytest.raises(NotFound):
        recoveries.find_account_by_slip(recovery.uuid, token, late)
    for bent in ("x", token[:-1], token + "0"):
        with pytest.raises(NotFound):
            recoveries.find_account_by_slip(recovery.uuid, bent, AT)
    assert Client().get(f"/accounts/password/choose/{holder.account.uuid}/{token}/").status_code == 404


def test_the_pages_and_what_the_holder_is_told(holder) -> None:
    clerk, lead = make.make_official("window_clerk"), make.make_official("decider")
    window, desk, home = Client(), Client(), Client()
    make.sign_in(window, clerk.account, "official")
    make.sign_in(desk, lead.account, "official")
    make.sign_in(home, holder)
    data = {"username": holder.account.username, "name": holder.person.name, "id_number": holder.person.id_number,
            "reason": "手机遗失"}  # fmt: skip
    unseen = window.post("/workbench/identity/recovery/", {**data, **key()})
    assert unseen.status_code == 422
    assert holder.person.id_number in unseen.content.decode()
    assert window.post("/workbench/identity/recovery/", {**data, "seen": "yes", **key()}).status_code == 302
    recovery = Recovery.objects.get()
    assert "待批准" in window.get("/workbench/identity/recovery/").content.decode()
    assert "不是我，撤回申请" in home.get("/identity/security/").content.decode()
    page = desk.get("/workbench/identity/recovery/").content.decode()
    assert "手机遗失" in page
    assert "申请恢复</h2>" not in page, "who may only decide is not asked to ask"
    base = f"/workbench/identity/recovery/{recovery.uuid}/"
    assert window.post(f"{base}decide/", {"decision": "approve", **key()}).status_code == 403
    assert desk.post(f"{base}decide/", {"decision": "approve", **key()}).status_code == 302
    slip = window.post(f"{base}slip/", key())
    assert slip.status_code == 200
    assert slip["Cache-Control"]
    assert "/accounts/recover/" in slip.content.decode()
    assert home.get("/identity/security/").status_code == 302
    deliver_now()
    stranger = Client()
    make.sign_in(stranger, make.make_resident())
    assert stranger.get("/workbench/identity/recovery/").status_code == 403
    from zhengtong.support.notifications.models import Message

    told = Message.objects.filter(recipient_urn=holder.person.urn).order_by("id").values_list("subject__zh", flat=True)
    assert list(told) == ["有人在窗口申请恢复您的账号", "您的账号已恢复"]
