"""After a rotation everything is encrypted anew: in batches, resumable, found by its blind index all the while."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings as node_settings
from django.db import connection

from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.models import Renewal
from zhengtong.security.crypto.providers import CIPHERTEXTS, EncryptedTextField, inside_json
from zhengtong.security.crypto.rules import key_version_of
from zhengtong.security.crypto.services import renewal
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.models import Account, Person

from .conftest import AT, make_person

LATER = AT + timedelta(minutes=2)


def versions(field: str = "id_number") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {field} FROM security_identity_person WHERE length({field}) > 0 ORDER BY id")
        return [key_version_of(bytes(value)) for (value,) in cursor.fetchall()]


def test_every_encrypted_column_of_the_house_is_known() -> None:
    columns = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if model._meta.managed and isinstance(field, EncryptedTextField)
    }
    known = {(column.model, column.field) for _, column in CIPHERTEXTS.items()}
    assert columns <= known
    for key, column in CIPHERTEXTS.items():
        assert apps.get_model(column.model)._meta.get_field(column.field), key
        assert set(column.label) >= {"zh", "en"}


def test_values_inside_json_are_reached_at_any_depth() -> None:
    def text(plain: bytes) -> str:
        return base64.b64encode(plain).decode()

    stored = {
        "a": {"$enc": text(b"1"), "mask": "*"},
        "rows": [{"b": {"$enc": text(b"2")}}],
        "n": 3,
        "codes": [text(b"4")],
    }
    met = []
    fresh = inside_json("$enc", "codes")(stored, lambda sealed: met.append(sealed) or sealed.upper() + b"!")
    assert met == [b"1", b"2", b"4"]
    assert fresh["rows"][0]["b"]["$enc"] == text(b"2!")
    assert (fresh["a"]["mask"], fresh["n"]) == ("*", 3)


@pytest.mark.django_db
def test_nothing_is_done_where_nothing_was_rotated() -> None:
    make_person()
    assert not crypto.renew(at=AT, seconds=10)
    assert crypto.list_progress() == []


@pytest.mark.django_db
def test_all_are_renewed_and_found_before_during_and_after(suite) -> None:
    people = [make_person() for _ in range(7)]
    numbers = [person.id_number for person in people]
    crypto.rotate(purpose="data", at=AT)
    crypto.rotate(purpose="index", at=AT)
    assert crypto.renew(at=AT + timedelta(seconds=30), seconds=10), "other processes may still write with the old key"
    assert len(set(versions())) == 1
    newcomer = make_person()
    assert [identity.find_person(number).pk for number in numbers] == [person.pk for person in people]
    assert not crypto.renew(at=LATER, seconds=30, batch=3)
    assert set(versions()) == set(versions("phone")) == {versions()[-1]}
    fresh = [bytes(value) for value in Person.objects.order_by("id").values_list("id_number_index", flat=True)]
    everybody = [*people, newcomer]
    assert fresh == [crypto.blind_index(str(p.id_number), "identity.person.id_number") for p in everybody]
    assert [identity.find_person(number).pk for number in numbers] == [person.pk for person in people]
    (done,) = [row for row in crypto.list_progress() if row.key == "identity.person.id_number"]
    assert (done.seen, done.failed, done.is_finished) == (8, 0, True)
    assert not crypto.renew(at=LATER, seconds=30)


@pytest.mark.django_db
def test_secrets_of_one_time_codes_are_renewed_too() -> None:
    from allauth.mfa.adapter import get_adapter

    user = Account.objects.create_user("otp-owner")
    row = Authenticator.objects.create(
        user=user, type="totp", data={"secret": get_adapter().encrypt("JBSWY3DPEHPK3PXP")}
    )
    crypto.rotate(purpose="data", at=AT)
    crypto.renew(at=LATER, seconds=30)
    row.refresh_from_db()
    assert key_version_of(base64.b64decode(row.data["secret"])) == 2
    assert get_adapter().decrypt(row.data["secret"]) == "JBSWY3DPEHPK3PXP"


@pytest.mark.django_db
def test_a_row_that_cannot_be_read_is_counted_and_does_not_stop_the_others() -> None:
    first, second = make_person(), make_person()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE security_identity_person SET id_number = overlay(id_number placing '\\x00' from 20) WHERE id = %s",
            [first.pk],
        )
    crypto.rotate(purpose="data", at=AT)
    assert not crypto.renew(at=LATER, seconds=30)
    assert key_version_of(_raw(second.pk)) == 2
    (told,) = [row for row in crypto.list_progress() if row.key == "identity.person.id_number"]
    assert (told.seen, told.failed, told.is_finished) == (2, 1, True)


def _raw(pk: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM security_identity_person WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
def test_work_is_taken_up_where_the_time_ended(monkeypatch) -> None:
    for _ in range(5):
        make_person()
    crypto.rotate(purpose="data", at=AT)
    assert crypto.renew(at=LATER, seconds=0)
    batches = []
    whole_batch = renewal._renew_batch

    def one_then_no_time(*arguments) -> None:
        whole_batch(*arguments)
        batches.append(1)
        monkeypatch.setattr(renewal.time, "monotonic", lambda: float("inf"))

    with monkeypatch.context() as patch:
        patch.setattr(renewal, "_renew_batch", one_then_no_time)
        assert crypto.renew(at=LATER, seconds=30, batch=2)
    monkeypatch.undo()
    assert len(batches) == 1
    assert not crypto.renew(at=LATER, seconds=30, batch=2)
    assert set(versions()) == {2}


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_nothing() -> None:
    people = 60
    numbers = [make_person().id_number for _ in range(people)]
    crypto.rotate(purpose="data", at=AT)
    crypto.rotate(purpose="index", at=AT)
    code = (
        "import django, time; django.setup();"
        "from datetime import datetime, UTC;"
        "from zhengtong.security.crypto.services import renewal as r;"
        "whole = r._renew_row;\n"
        "def slow(*a):\n"
        "    time.sleep(0.02); return whole(*a)\n"
        "r._renew_row = slow\n"
        f"r.renew(at=datetime.fromisoformat({LATER.isoformat()!r}), seconds=60, batch=4)"
    )
    values = connection.settings_dict
    where = urlencode({"host": values["HOST"], "port": values["PORT"]})
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{quote(values['USER'])}@/{values['NAME']}?{where}",
        "DJANGO_SETTINGS_MODULE": "zhengtong.config.settings", "PYTHONPATH": str(node_settings.PACKAGE.parent),
    }  # fmt: skip
    worker = subprocess.Popen([sys.executable, "-c", code], env=environment)
    mark = Renewal.objects.filter(ciphertext="identity.person.id_number")
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.get().seen >= 12):
        assert time.monotonic() < deadline
        assert worker.poll() is None
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    assert {1, 2} == set(versions()), "killed in the middle"
    assert all(identity.find_person(number) for number in numbers)
    seen = mark.get().seen
    assert not crypto.renew(at=LATER, seconds=60)
    assert 12 <= seen < people
    assert set(versions()) == set(versions("phone")) == {2}
    assert [str(person.id_number) for person in Person.objects.order_by("id")] == numbers
    assert all(identity.find_person(number) for number in numbers)
    told = {row.key: row for row in crypto.list_progress()}["identity.person.id_number"]
    assert (told.seen, told.failed, told.is_finished) == (people, 0, True)
