"""Definitions and instances as rows: start, complete, races, cost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.support.workflow import queries, services
from zhengtong.support.workflow.models import OpenStep, ProcessDefinition, ProcessInstance

from .factories import EVERYTHING, process, restaurant, subject

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=CHINA)


def running(conditions=EVERYTHING) -> str:
    urn = subject()
    services.start(restaurant().uuid, urn, conditions, at=AT)
    return urn


def opened(urn: str, key: str, **results: bool) -> list[str]:
    return [step.key for step in services.complete(urn, key, at=AT, results=results)]


def test_a_joint_case_runs_from_acceptance_to_decision():
    urn = running()
    assert [s.key for s in queries.list_open_steps(urn)] == ["accept"]
    assert opened(urn, "accept") == ["drainage", "fire", "food", "signboard"]
    assert [opened(urn, key) for key in ("signboard", "food", "fire")] == [[], [], []]
    assert [s.key for s in queries.list_open_steps(urn)] == ["drainage"]
    assert opened(urn, "drainage") == ["decide"]
    assert opened(urn, "decide") == []
    instance = ProcessInstance.objects.get(subject_urn=urn)
    assert (instance.is_finished, instance.finished_at) == (True, AT)
    assert not OpenStep.objects.exists()
    assert set(queries.step_states(urn).values()) == {"done"}


def test_reviews_that_do_not_apply_are_passed_by():
    urn = running({"run_fire": False, "run_signboard": False})
    assert queries.step_states(urn)["fire"] == "skipped"  # known before acceptance
    assert opened(urn, "accept") == ["drainage", "food"]
    states = queries.step_states(urn)
    assert [key for key, state in states.items() if state == "open"] == ["drainage", "food"]
    assert [key for key, state in states.items() if state == "skipped"] == ["fire", "signboard"]
    assert (states["accept"], states["decide"]) == ("done", "waiting")


def test_results_of_acceptance_may_still_change_which_reviews_run():
    urn = running({"run_fire": False, "run_signboard": False})
    assert opened(urn, "accept", run_fire=True) == ["drainage", "fire", "food"]


def test_a_condition_without_a_value_is_an_error_not_a_skipped_review():
    with pytest.raises(Invalid, match="run_signboard"):
        services.start(restaurant().uuid, subject(), {"run_fire": True}, at=AT)
    with pytest.raises(TypeError, match="run_fire"):
        services.start(restaurant().uuid, subject(), {"run_fire": "yes", "run_signboard": True}, at=AT)
    assert not ProcessInstance.objects.exists()


def test_a_step_is_done_once():
    urn = running()
    with pytest.raises(services.StepNotOpen):
        services.complete(urn, "food", at=AT)
    services.complete(urn, "accept", at=AT)
    with pytest.raises(services.StepNotOpen, match="accept"):
        services.complete(urn, "accept", at=AT)
    with pytest.raises(NotFound):
        services.complete(subject(), "accept", at=AT)


def test_a_subject_has_one_process():
    urn = running()
    with pytest.raises(IntegrityError), transaction.atomic():
        services.start(restaurant().uuid, urn, EVERYTHING, at=AT)


def test_a_cancelled_process_has_nothing_open():
    urn = running()
    services.complete(urn, "accept", at=AT)
    services.cancel(urn, at=AT)
    services.cancel(urn, at=AT)
    assert queries.list_open_steps(urn) == []
    reviews = dict.fromkeys(("food", "fire", "drainage", "signboard", "decide"), "skipped")
    assert queries.step_states(urn) == {"accept": "done", **reviews}
    with pytest.raises(services.StepNotOpen):
        services.complete(urn, "food", at=AT)


def test_a_definition_never_changes():
    first = restaurant()
    assert restaurant().uuid == first.uuid
    with pytest.raises(Conflict):
        services.define("open-restaurant", 1, services.compile_reviews({"key": "other"}))
    assert ProcessDefinition.objects.count() == 1


def test_a_case_stays_on_the_version_it_was_started_with():
    urn = running()
    simple = services.define("open-restaurant", 2, services.compile_reviews({"key": "open-restaurant"}))
    other = subject()
    services.start(simple.uuid, other, {}, at=AT)
    assert opened(other, "accept") == ["decide"]
    assert len(opened(urn, "accept")) == 4


def test_a_faulty_file_is_refused_with_all_its_faults():
    xml = process('<startEvent id="s"/><scriptTask id="x"><script>import os</script></scriptTask><serviceTask id="y"/>')
    with pytest.raises(Invalid) as caught:
        services.define("bad", 1, xml)
    assert [field.path.split()[0] for field in caught.value.fields] == ["scriptTask", "serviceTask"]
    assert not ProcessDefinition.objects.exists()


def test_open_steps_of_many_subjects_in_one_query(django_assert_num_queries):
    urns = [running() for _ in range(3)]
    services.complete(urns[0], "accept", at=AT)
    with django_assert_num_queries(1):
        found = queries.open_steps_for([*urns, "urn:none"])
    assert [len(found[urn]) for urn in urns] == [4, 1, 1]
    assert "urn:none" not in found


def test_a_step_costs_one_select_and_one_statement(django_assert_num_queries):
    urn = running()
    services.complete(urn, "accept", at=AT)
    with django_assert_num_queries(2):
        services.complete(urn, "food", at=AT)
    assert len(bytes(ProcessInstance.objects.get(subject_urn=urn).state)) < 1000


@pytest.mark.django_db(transaction=True)
def test_the_last_two_reviews_at_once_open_the_decision_once():
    urn = running({"run_fire": False, "run_signboard": False})
    services.complete(urn, "accept", at=AT)
    ready = threading.Barrier(2)

    def finish(key: str) -> list[str]:
        try:
            with transaction.atomic():
                ready.wait(timeout=10)
                return [step.key for step in services.complete(urn, key, at=AT)]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(finish, ["food", "drainage"]))
    assert answers == [[], ["decide"]]
    assert [s.key for s in queries.list_open_steps(urn)] == ["decide"]
