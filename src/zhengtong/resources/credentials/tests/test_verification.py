"""The public answer, and what it says when somebody wrote in the table."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from zhengtong.kernel.errors import NotFound
from zhengtong.resources.credentials import queries, services
from zhengtong.resources.credentials.models import Credential
from zhengtong.resources.credentials.rules import State
from zhengtong.resources.credentials.tests.factories import AT, DATA, make_credential, make_type
from zhengtong.security.crypto import services as crypto
from zhengtong.security.identity.tests.factories import make_official, make_representative, make_resident

pytestmark = pytest.mark.django_db
YEARS_LATER = datetime(2031, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def licence(db):
    make_type()
    return make_credential(make_representative().actor.party_urn)


def test_a_good_credential(licence):
    answer = queries.verify(f" {licence.printed_code.lower()} ", at=AT)
    assert answer.is_good
    assert (answer.number, answer.state, answer.is_signature_valid) == (licence.number, State.VALID, True)
    assert answer.holder == "演示餐饮有限公司"
    assert answer.issuer["en"] == "District Market Regulation Bureau"
    assert answer.state_text == {"zh": "有效", "en": "Valid"}


def test_a_persons_name_is_masked():
    make_type()
    credential = make_credential(make_resident("王演示").actor.party_urn)
    assert queries.verify(credential.verification_code, at=AT).holder == "王**"


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "../../etc/passwd", "K7QX", "证" * 16, "a" * 5000])
def test_an_unknown_code_says_what_to_do(licence, code):
    with pytest.raises(NotFound) as caught:
        queries.verify(code, at=AT)
    assert "16位查验码" in str(caught.value.remedy)


def test_it_expires_and_can_be_revoked(licence):
    assert queries.verify(licence.verification_code, at=YEARS_LATER).state is State.EXPIRED
    services.revoke(actor=make_official("decider").actor, uuid=licence.uuid, reason="吊销原因", at=AT)
    answer = queries.verify(licence.verification_code, at=AT)
    assert (answer.state, answer.is_good, answer.is_signature_valid) == (State.REVOKED, False, True)
    assert "吊销原因" not in str(answer)  # the reason is for the holder


def test_a_replaced_version_points_to_the_newer(licence):
    services.supersede(make_official("decider").actor, uuid=licence.uuid, data=DATA, reason="换发", at=AT)
    answer = queries.verify(licence.verification_code, at=AT)
    assert (answer.state, answer.newer_number) == (State.SUPERSEDED, licence.number)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "1"},
        {"holder_name": "别的公司"},
        {"holder_urn": "urn:zhengtong:511602-e:identity:legal_entity:00000000-0000-4000-8000-000000000009"},
        {"valid_to": "2099-12-31"},
        {"valid_from": "2020-01-01"},
        {"organisation_uuid": "00000000-0000-4000-8000-000000000009"},
        {"signature": b"\0" * 64},
        {"key_id": "nobody"},
        {"signature_algorithm": "none"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_changed_by_hand_is_found(licence, change):
    Credential.objects.filter(pk=licence.pk).update(**change)
    answer = queries.verify(licence.verification_code, at=AT)
    assert not answer.is_signature_valid
    assert not answer.is_good
    assert answer.number == licence.number


def test_another_text_under_the_same_signature_is_found(licence):
    Credential.objects.filter(pk=licence.pk).update(payload=licence.payload.replace("演示路1号", "演示路2号"))
    assert not queries.verify(licence.verification_code, at=AT).is_signature_valid


def test_a_text_that_cannot_be_decrypted_is_an_answer_not_a_crash(licence):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credentials_credential SET payload = %s WHERE id = %s", [b"\0" * 90, licence.pk])
    answer = queries.verify(licence.verification_code, at=AT)
    assert (answer.is_signature_valid, answer.number) == (False, licence.number)


@pytest.mark.parametrize(
    "change",
    [{"template": "#d.evil"}, {"title": {"zh": "假证", "en": "Fake"}}, {"fields": []}],
    ids=lambda c: next(iter(c)),
)
def test_a_layout_changed_by_hand_is_found(licence, change):
    type(licence.layout).objects.filter(pk=licence.layout_id).update(**change)
    assert not queries.verify(licence.verification_code, at=AT).is_signature_valid


def test_the_signature_stays_good_after_the_key_is_rotated(licence):
    crypto.rotate(purpose="signing", at=YEARS_LATER)
    assert queries.verify(licence.verification_code, at=AT).is_good
