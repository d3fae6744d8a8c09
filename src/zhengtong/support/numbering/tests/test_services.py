from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from zhengtong.support.numbering import queries, services
from zhengtong.support.numbering.models import Counter

AT = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # already the 22nd in China


@pytest.mark.django_db
def test_case_numbers_carry_this_node_and_the_day_in_china(settings):
    first, second = services.case_number(at=AT), services.case_number(at=AT)
    assert first.startswith(f"{settings.ZT_NODE_DIVISION}20261122")
    assert queries.read_case_number(second).serial == queries.read_case_number(first).serial + 1


@pytest.mark.django_db
def test_the_serial_starts_again_after_the_last_one():
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('support_numbering_case_serial', 999999)")
    assert queries.read_case_number(services.case_number(at=AT)).serial == 0


@pytest.mark.django_db
def test_counters_count_each_series_and_period_by_itself():
    assert [services.take("papers", "2026") for _ in range(3)] == [1, 2, 3]
    assert services.take("papers", "2027") == 1
    assert services.take("other", "2026") == 1


@pytest.mark.django_db
def test_a_rolled_back_number_is_given_again():
    services.take("papers", "2026")
    with transaction.atomic():
        assert services.take("papers", "2026") == 2
        transaction.set_rollback(True)
    assert services.take("papers", "2026") == 2


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        services.take("papers", "2026")
    assert not Counter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_number_once_and_no_gap_though_some_fail():
    start = threading.Barrier(8)

    def work(worker: int) -> list[int]:
        taken, _ = [], start.wait(timeout=10)
        for turn in range(10):
            try:
                with transaction.atomic():
                    number = services.take("papers", "2026")
                    if (worker + turn) % 3 == 0:
                        raise LookupError
                taken.append(number)
            except LookupError:
                continue
        connection.close()
        return taken

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(n for taken in pool.map(work, range(8)) for n in taken)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 40


@pytest.mark.django_db(transaction=True)
def test_many_cases_at_once_get_different_numbers():
    def work(_worker: int) -> list[str]:
        numbers = [services.case_number(at=AT) for _ in range(25)]
        connection.close()
        return numbers

    with ThreadPoolExecutor(8) as pool:
        numbers = [n for taken in pool.map(work, range(8)) for n in taken]
    assert len(set(numbers)) == 200
