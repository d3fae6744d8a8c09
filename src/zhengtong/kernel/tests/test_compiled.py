"""What is compiled once says and reads the same as the ORM."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from zhengtong.kernel.compiled import Compiled, Given, insert, update
from zhengtong.kernel.idempotency.models import IdempotentRequest
from zhengtong.security.directory.models import Division, Organisation

pytestmark = pytest.mark.django_db

ORGANISATION = Compiled(lambda: Organisation.objects.select_related("division").filter(uuid=Given("uuid")))
LOCKED = Compiled(lambda: Division.objects.select_for_update().filter(path=Given("path")))


@pytest.fixture
def organisation() -> Organisation:
    division = insert(Division(code="990000000000", name="试", level=1, path="99", pinyin="shi"))
    return insert(
        Organisation(
            key="bureau", name="某局", name_en="Bureau", official_name="某某局", division=division,
            competences={"zh": "管“某”事", "en": "It"},
        )
    )  # fmt: skip


def test_a_row_comes_back_as_the_orm_gives_it(organisation: Organisation) -> None:
    plain = Organisation.objects.select_related("division").get(uuid=organisation.uuid)
    for _again in range(5):  # planned, then named on the server
        read = ORGANISATION.first(uuid=organisation.uuid)
        assert read is not None
        assert (read.__dict__ | {"_state": None}) == (plain.__dict__ | {"_state": None})
        assert read.division.name == "试"
        assert not read._state.adding
    assert read.competences == {"zh": "管“某”事", "en": "It"}


def test_what_is_not_there_and_what_is_not_given(organisation: Organisation) -> None:
    assert ORGANISATION.first(uuid=uuid.uuid4()) is None
    with pytest.raises(KeyError, match="uuid"):
        ORGANISATION.all(key=organisation.key)


def test_a_change_is_stored_and_nothing_else(organisation: Organisation) -> None:
    organisation.name, organisation.name_en = "新名", "not stored"
    update(organisation, "name")
    assert Organisation.objects.values_list("name", "name_en").get(pk=organisation.pk) == ("新名", "Bureau")


def test_a_row_that_is_gone_is_no_silent_success(organisation: Organisation) -> None:
    Organisation.objects.filter(pk=organisation.pk).delete()
    with pytest.raises(LookupError, match="gone"):
        update(organisation, "name")


def test_defaults_and_moments_are_stored() -> None:
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    kept = insert(
        IdempotentRequest(actor="a", route="POST /x", key="k" * 8, body_digest=b"\x00\x01", status=200, created_at=at)
    )
    read = IdempotentRequest.objects.get(pk=kept.pk)
    assert (bytes(read.body_digest), read.status, read.location) == (b"\x00\x01", 200, kept.location)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_only() -> None:
    with transaction.atomic():
        assert LOCKED.all(path="no such") == []
    with pytest.raises(TransactionManagementError):
        LOCKED.all(path="no such")
