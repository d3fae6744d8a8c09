from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from zhengtong.kernel.actors import system_actor
from zhengtong.security.crypto import services as crypto
from zhengtong.security.identity.models import Person

AT = datetime(2031, 3, 3, tzinfo=UTC)  # after the keys of the template database
OPERATOR = system_actor("operator")
_serial = count(1)


@pytest.fixture(autouse=True)
def fresh_keys():
    crypto.forget_keys()
    yield
    crypto.forget_keys()


@pytest.fixture(params=["default", "national"])
def suite(request, settings, db):
    settings.ZT_CRYPTO_SUITE = request.param
    crypto.ensure_ring(at=AT)
    return crypto.suite()


def make_person() -> Person:
    """Somebody with a number and a phone, without an account."""
    number, phone = f"51990019900101{next(_serial):03d}X", f"139{next(_serial):08d}"
    person = Person(name="演示")
    person.set_id_number(number)
    person.set_phone(phone)
    person.save()
    return person
