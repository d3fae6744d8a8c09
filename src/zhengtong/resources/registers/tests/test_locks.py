"""A load, a search: one of a kind at a time, whatever became of the one before."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest
from django.db import connection

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.errors import Conflict

from .. import services
from ..locks import alone
from .factories import AT

LOCK, TRY = "SELECT pg_advisory_lock(hashtext(%s))", "SELECT pg_try_advisory_lock(hashtext(%s))"


@pytest.fixture
def other(db):
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as found:
        yield found


def test_the_second_is_refused_until_the_first_has_gone(other) -> None:
    other.execute(LOCK, ["tests"])
    with pytest.raises(Conflict, match="busy"), alone("tests", Conflict("busy")):
        pytest.fail("was let in")
    other.close()
    with alone("tests", Conflict("busy")):
        pass


def test_it_is_let_go_also_after_a_fault(other) -> None:
    with suppress(ZeroDivisionError), alone("tests", Conflict("busy")):
        assert other.execute(TRY, ["tests"]).fetchone() == (False,)
        _ = 1 / 0
    assert other.execute(TRY, ["tests"]).fetchone() == (True,)


def test_a_search_beside_another_is_refused_in_words(other) -> None:
    other.execute(LOCK, ["registers.match.population"])
    with pytest.raises(Conflict, match="正在查重"):
        services.find_duplicates(actor=system_actor("tests"), register="population", clock=lambda: AT)
