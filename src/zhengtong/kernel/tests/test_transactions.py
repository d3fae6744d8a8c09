"""A verb is whole; a savepoint is set only where somebody could return to it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from zhengtong.kernel import transactions

pytestmark = pytest.mark.django_db(transaction=True)


@transactions.verb
def note(key: str, *, fail: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES (%s, '', now())", [key])
    if fail:
        raise ValueError(key)


@pytest.fixture(autouse=True)
def _tidy():
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_session WHERE session_key LIKE 'verb-%%'")


def noted() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key FROM django_session WHERE session_key LIKE 'verb-%%' ORDER BY 1")
        return [key for (key,) in cursor.fetchall()]


def savepoints(captured: CaptureQueriesContext) -> int:
    return sum(query["sql"].startswith("SAVEPOINT") for query in captured.captured_queries)


def test_alone_it_is_a_transaction_of_its_own():
    with pytest.raises(ValueError, match="verb-a"):
        note("verb-a", fail=True)
    note("verb-b")
    assert noted() == ["verb-b"]


def test_inside_another_it_can_fail_without_taking_the_whole_along():
    with transaction.atomic():
        note("verb-a")
        with pytest.raises(ValueError, match="verb-b"):
            note("verb-b", fail=True)
        assert noted() == ["verb-a"]


def test_a_request_that_a_failure_discards_sets_no_savepoint():
    with CaptureQueriesContext(connection) as seen, transactions.of_request(discards=True):
        note("verb-a")
    assert savepoints(seen) == 0
    with CaptureQueriesContext(connection) as seen, transactions.of_request(discards=False):
        note("verb-b")
    assert savepoints(seen) == 1
    assert noted() == ["verb-a", "verb-b"]


def test_what_failed_in_such_a_request_is_undone_as_a_whole():
    with transactions.of_request(discards=True):
        note("verb-a")
        with pytest.raises(ValueError, match="verb-b"):
            note("verb-b", fail=True)
        assert connection.needs_rollback
    assert noted() == []
