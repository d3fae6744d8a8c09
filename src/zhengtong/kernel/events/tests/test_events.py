"""A fact is announced with the act, told to everybody, once its transaction stands."""

from __future__ import annotations

import dataclasses
import logging
import threading
import uuid
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.events import queries, services
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.kernel.events.worker import make_worker_app

AT = datetime(2026, 3, 2, tzinfo=UTC)
HEARD: list[tuple[str, Any]] = []
FAULTS: list[Exception] = []


@dataclasses.dataclass(frozen=True)
class Happened(services.Event):
    name: ClassVar[str] = "tests.thing.happened"
    thing: uuid.UUID
    at: datetime
    due_date: date | None = None
    words: tuple[str, ...] = ()
    maps: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    count: int = 0


@services.handles(Happened)
def listen(event: Happened) -> None:
    HEARD.append(("one", event))


@services.handles(Happened)
def listen_too(event: Happened) -> None:
    if FAULTS:
        raise FAULTS.pop()
    HEARD.append(("two", event))


@pytest.fixture(autouse=True)
def silence():
    HEARD.clear()
    FAULTS.clear()


def jobs():
    """Those of handlers: a running worker adds the periodic ones."""
    return ProcrastinateJob.objects.filter(task_name=services.RUN_HANDLER)


def heard() -> list[str]:
    return sorted(who for who, _ in HEARD)


def happened(**more) -> Happened:
    return Happened(thing=uuid.uuid4(), at=AT, **more)


@pytest.mark.django_db
def test_every_handler_hears_the_fact_as_it_was() -> None:
    event = happened(due_date=date(2026, 3, 3), words=("一", "二"), maps=[{"a": [1]}], count=3)
    services.publish(event)
    assert services.deliver_now() == 2
    assert heard() == ["one", "two"]
    told = HEARD[0][1]
    assert (told.thing, told.at, told.due_date) == (event.thing, AT, date(2026, 3, 3))
    assert (list(told.words), told.maps, told.count) == (["一", "二"], [{"a": [1]}], 3)
    assert not queries.has_undelivered()
    assert services.deliver_now() == 0


@pytest.mark.django_db
def test_a_fact_without_an_act_is_not_told() -> None:
    with transaction.atomic():
        services.publish(happened())
        transaction.set_rollback(True)
    assert services.deliver_now() == 0


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="atomic"):
        services.publish(happened())


@pytest.mark.django_db
def test_a_fact_nobody_handles_is_dropped() -> None:
    OutboxRow.objects.create(name="tests.nobody.cares", payload={})
    assert services.relay() == 1
    assert services.deliver_now() == 0


@pytest.mark.django_db
def test_an_old_row_may_lack_a_new_field_and_hold_a_dropped_one() -> None:
    row = {"thing": str(uuid.uuid4()), "at": AT.isoformat(), "forgotten": 1}
    OutboxRow.objects.create(name=Happened.name, payload=row)
    assert services.deliver_now() == 2
    assert HEARD[0][1].count == 0


@pytest.mark.django_db
def test_the_first_failure_is_shown() -> None:
    services.publish(happened())
    FAULTS.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        services.deliver_now()


def test_two_events_may_not_share_a_name_and_none_may_lack_one() -> None:
    with pytest.raises(TypeError, match="two events"):
        type("Other", (services.Event,), {"name": Happened.name})
    with pytest.raises(TypeError, match="ClassVar"):
        type("Nameless", (services.Event,), {})


def test_an_event_carries_only_what_can_be_frozen() -> None:
    assert services.rules.schema_of(Happened) == {
        "thing": "uuid", "at": "datetime", "due_date": "date?", "words": "text[]", "maps": "map[]", "count": "integer",
    }  # fmt: skip

    @dataclasses.dataclass(frozen=True)
    class Wrong:
        money: float

    with pytest.raises(TypeError, match="money"):
        services.rules.schema_of(Wrong)


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_make_each_job_once() -> None:
    with transaction.atomic():
        for _ in range(200):
            services.publish(happened())

    def run() -> None:
        while services.relay(limit=7):
            pass
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs().count() == 400
    assert not queries.has_undelivered()


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_runs_the_jobs_and_tries_a_failing_one_again(caplog) -> None:
    with transaction.atomic():
        services.publish(happened())
    FAULTS.append(ZeroDivisionError("once"))
    services.relay()
    make_worker_app().run_worker(wait=False, install_signal_handlers=False)
    assert heard() == ["one"]
    (job,) = jobs()
    assert (job.status, job.attempts) == ("todo", 1)
    assert 0 < (job.scheduled_at - datetime.now(UTC)).total_seconds() < 4
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    make_worker_app().run_worker(wait=False, install_signal_handlers=False)
    assert heard() == ["one", "two"]
    assert not jobs().exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_never_works_ends_among_the_failed(caplog) -> None:
    with transaction.atomic():
        services.publish(happened())
    services.relay()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 7 WHERE args->>'handler' LIKE '%too'")
    FAULTS.append(ZeroDivisionError("for ever"))
    with caplog.at_level(logging.ERROR):
        make_worker_app().run_worker(wait=False, install_signal_handlers=False)
    assert "ZeroDivisionError" in caplog.text
    (job,) = queries.list_failed_jobs()
    assert job.arguments["handler"].endswith("listen_too")
    services.retry_failed_job(job_id=job.id, at=AT)
    make_worker_app().run_worker(wait=False, install_signal_handlers=False)
    assert heard() == ["one", "two"]
    with pytest.raises(NotFound):
        services.retry_failed_job(job_id=job.id, at=AT)


@pytest.mark.django_db(transaction=True)
def test_the_jobs_of_a_dead_worker_are_rescued() -> None:
    with transaction.atomic():
        services.publish(happened())
    services.relay()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '61 seconds'), (now()) RETURNING id"
        )
        (dead,), (alive,) = cursor.fetchall()
        cursor.execute("SELECT id FROM procrastinate_jobs ORDER BY id")
        (first,), (second,) = cursor.fetchall()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [dead, first])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [alive, second])
    assert services.rescue_stalled_jobs() == 1
    assert ProcrastinateJob.objects.get(pk=first).status == "todo"
    assert ProcrastinateJob.objects.get(pk=second).status == "doing"


@pytest.mark.django_db(transaction=True)
def test_a_job_deferred_in_a_handler_falls_with_its_transaction() -> None:
    with transaction.atomic():
        app.configure_task(services.RUN_HANDLER).defer(handler="x", name="y", payload={})
        transaction.set_rollback(True)
    assert not jobs().exists()
