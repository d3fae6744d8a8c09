"""The people of the demonstration: synthetic, complete, and only on a demonstration node."""

import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.contrib.auth.hashers import check_password

from zhengtong.kernel.actors import Capacity
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.identifiers import SYNTHETIC_AREA, check_id_number, check_uscc
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.permissions import services as permissions

from .. import demo_people, queries, services
from ..models import Account, LegalEntity, Person

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def demo(settings, db):
    settings.ZT_DEMO = True
    ensure_directory()
    services.seed_demo(at=AT)


def test_everybody_is_there_once(demo) -> None:
    assert services.seed_demo(at=AT) == 0
    assert {account.username for account in queries.demo_accounts()} == set(
        Account.objects.values_list("username", flat=True)
    )
    assert all(account.name.endswith("（演示）") for account in queries.demo_accounts())
    assert check_password(demo_people.PASSWORD, Account.objects.get(username="chen").password)


def test_their_numbers_are_valid_and_belong_to_nobody(demo) -> None:
    for person in Person.objects.all():
        assert check_id_number(person.id_number, today=AT.date()) is None
        assert person.id_number.startswith(SYNTHETIC_AREA)
        assert person.email.endswith(".invalid")
    entity = LegalEntity.objects.get()
    assert check_uscc(entity.uscc) is None
    assert "（演示）" in entity.name


def test_they_have_the_capacities_of_the_story(demo) -> None:
    def capacities(username: str) -> list[Capacity]:
        return [o.capacity for o in queries.list_capacities(Account.objects.get(username=username), AT)]

    assert capacities("chen") == [Capacity.RESIDENT, Capacity.REPRESENTATIVE]
    assert capacities("agent") == [Capacity.RESIDENT, Capacity.AGENT]
    assert capacities("wang") == [Capacity.RESIDENT]
    assert capacities("food") == [Capacity.OFFICIAL]
    agency = queries.list_capacities(Account.objects.get(username="agent"), AT)[1]
    assert agency.scope == ("open-restaurant",)
    assert agency.valid_to


def test_their_roles_are_bound(demo) -> None:
    actor = queries.actor_for_account(Account.objects.get(username="admin"), at=AT, mfa=True)
    assert permissions.allows(actor, "permissions.role.bind")
    actor = queries.actor_for_account(Account.objects.get(username="food"), at=AT, mfa=True)
    assert not permissions.allows(actor, "permissions.role.bind")


def test_the_one_time_password_shown_is_the_one_accepted(demo) -> None:
    stored = Authenticator.objects.get(user__username="food")
    secret = stored.wrap().instance.data["secret"]
    assert demo_people.totp_secret("food") not in str(secret), "encrypted at rest"
    for _attempt in range(2):  # a step of 30 s may end between the two
        code = queries.demo_otp("food", now())
        if validate_totp_code(demo_people.totp_secret("food"), code):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the code is not accepted")
    assert stored.wrap().validate_code(queries.demo_otp("food", now()))
    with pytest.raises(NotFound, match="wang"):
        queries.demo_otp("wang", AT)


@pytest.mark.django_db
def test_a_node_that_is_no_demonstration_refuses(settings) -> None:
    settings.ZT_DEMO = False
    for refused in (lambda: services.seed_demo(at=AT), queries.demo_accounts, lambda: queries.demo_otp("food", AT)):
        with pytest.raises(demo_people.DemoOff):
            refused()
    assert not Account.objects.exists()
