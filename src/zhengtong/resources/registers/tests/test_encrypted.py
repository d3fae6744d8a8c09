"""A rotation of keys reaches the records: all stays readable and findable, and triggers let nothing else through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from zhengtong.kernel.clock import now
from zhengtong.security.crypto import services as crypto

from .. import queries, rows, services
from .factories import AT, authority, make_person, person_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def _keys_as_before():
    yield
    crypto.forget_keys()


@pytest.mark.usefixtures("_keys_as_before")
def test_records_and_their_past_are_carried_under_new_keys() -> None:
    person = make_person()
    wrong, right = person["id_number"], person_values(birth_date="1999-01-01")["id_number"]
    services.correct_record(
        actor=authority("public-security"), register=queries.POPULATION, uuid=person.uuid,
        changes={"id_number": right}, reason="登记有误", document="证明", at=AT + timedelta(hours=1),
    )  # fmt: skip
    at = now()
    for purpose in ("data", "index"):
        crypto.rotate(purpose=purpose, at=at)
    while crypto.renew(at=at + timedelta(minutes=5), seconds=30):
        pass
    done = {one.key: one for one in crypto.list_progress()}
    for key in ("register_population.id_number", "register_population_past.id_number"):
        assert (done[key].seen, done[key].failed, done[key].is_finished) == (1, 0, True)
    definition = queries.get_register(queries.POPULATION)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number_index FROM register_population WHERE uuid = %s", [person.uuid])
        one = definition.by_name["id_number"]
        assert bytes(cursor.fetchone()[0]) == crypto.blind_index(right, rows.index_context(definition, one))
    found = queries.find_person(right)
    assert found.uuid == person.uuid
    assert rows.opened(queries.versions_of(found)[0].values["id_number"]) == wrong


def test_renewing_is_no_way_to_change_what_is_in_clear() -> None:
    make_person()

    def renewing(statement: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('zt.renewing', 'on', true), set_config('zt.acting_for', '', true)")
            cursor.execute(statement)

    for change in ("name = 'x'", "status = 'deceased'"):
        with pytest.raises(DatabaseError, match="may write"):
            renewing(f"UPDATE register_population SET {change}")
