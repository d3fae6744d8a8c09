import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.support.forms import queries
from zhengtong.support.forms.services import discard_draft, save_draft

from .factories import ACTOR, AT, OTHER

pytestmark = pytest.mark.django_db
VERSION = uuid.UUID(int=7)


def save(actor=ACTOR, data=None, **more):
    given = {"service_key": "open-restaurant", "version_uuid": VERSION, "step": "shop", "at": AT, **more}
    return save_draft(actor=actor, data=data or {"phone": "19900000007"}, **given)


def test_a_draft_is_kept_and_taken_up_again():
    first = save()
    second = save(data={"phone": "19900000008"}, step="people", at=AT + timedelta(hours=1))
    assert (first.uuid, second.revision) == (second.uuid, 2)
    found = queries.find_draft(ACTOR, "open-restaurant")
    assert (found.data, found.step) == ({"phone": "19900000008"}, "people")
    assert (found.created_at, found.updated_at) == (AT, AT + timedelta(hours=1))
    assert [draft.uuid for draft in queries.list_drafts(ACTOR)] == [first.uuid]


def test_what_is_typed_is_not_readable_in_the_database():
    save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM support_forms_draft d")
        assert "19900000007" not in cursor.fetchone()[0]
        cursor.execute("SELECT sealed FROM support_forms_draft")
        assert b"19900000007" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "stranger",
    [OTHER, replace(ACTOR, urn="urn:hand:9"), replace(ACTOR, party_urn="urn:party:9"), replace(ACTOR, party_urn="")],
)
def test_it_belongs_to_party_and_hand(stranger):
    draft = save()
    assert queries.list_drafts(stranger) == []
    assert queries.find_draft(stranger, "open-restaurant") is None
    with pytest.raises(NotFound):
        queries.get_draft(stranger, draft.uuid)
    with pytest.raises(NotFound):
        discard_draft(actor=stranger, uuid=draft.uuid)
    discard_draft(actor=ACTOR, uuid=draft.uuid)
    assert queries.find_draft(ACTOR, "open-restaurant") is None


def test_a_stale_page_is_told():
    save()
    save(expected_revision=1)
    with pytest.raises(Conflict, match="10:00"):  # in China
        save(expected_revision=1)


def test_without_a_party_there_is_no_draft():
    with pytest.raises(NotFound):
        save(replace(ACTOR, party_urn=""))
