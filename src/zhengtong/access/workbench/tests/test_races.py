"""Two officers at the same moment, on a database in which both commit."""

from __future__ import annotations

import threading

from django.db import connection

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Review
from zhengtong.applications.cases.tests.conftest import act_as, file_case, visit
from zhengtong.kernel.clock import now
from zhengtong.security.audit import queries as audit


def test_two_last_opinions_at_once_close_the_joint_review_once(seeded_database) -> None:
    case = _in_review_with_two_left()
    done: list[str] = []
    start = threading.Barrier(2)

    def give(key: str) -> None:
        review = Review.objects.get(case=case, key=key)
        start.wait(10)
        try:
            services.record_opinion(
                actor=act_as(key, now()),
                review_uuid=review.uuid,
                outcome="favourable",
                remarks="符合要求，同意。",
                at=now(),
            )
            done.append(key)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(key,)) for key in ("drainage", "signboard")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    case.refresh_from_db()
    assert sorted(done) == ["drainage", "signboard"]
    assert case.status == "awaiting_decision"
    assert not case.reviews.exclude(state="closed").exists()
    closed = [e for e in audit.list_for_object(case.urn, limit=200) if e.action == "cases.review.closed"]
    assert len(closed) == 4


def test_two_officers_accept_at_once_and_one_is_told(seeded_database) -> None:
    case = file_case()
    told: list[str] = []
    start = threading.Barrier(2)

    def accept() -> None:
        start.wait(10)
        try:
            services.accept_case(actor=act_as("window", now()), case_uuid=case.uuid, at=now(), revision=1)
            told.append("done")
        except Exception as fault:
            told.append(type(fault).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert "done" in told
    assert sorted(told) in (["Conflict", "done"], ["WrongState", "done"])
    case.refresh_from_db()
    assert case.reviews.count() == 4


def _in_review_with_two_left():
    case = file_case()
    at = now()
    services.accept_case(actor=act_as("window", at), case_uuid=case.uuid, at=at)
    case.refresh_from_db()
    visit(case, at)
    for key in ("food", "fire"):
        review = Review.objects.get(case=case, key=key)
        services.record_opinion(
            actor=act_as(key, at), review_uuid=review.uuid, outcome="favourable", remarks="符合要求，同意。", at=at
        )
    return case
