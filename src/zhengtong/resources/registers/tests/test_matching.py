"""Duplicates are found, judged by the authority, merged and taken apart again exactly as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from bench.duplicates import score

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.errors import Conflict, Invalid
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.kernel.ids import make_urn
from zhengtong.resources.standards import services as standards
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity.tests.factories import make_official
from zhengtong.security.permissions.services import Denied

from .. import following, handlers, queries, rows, services, survivors
from ..events import LoadFinished
from ..matching import candidates
from ..models import Match, MatchRun
from ..queries import LEGAL_ENTITIES, POPULATION
from ..services import matching
from .factories import AT, authority, make_legal_entity, make_person, make_premises

pytestmark = pytest.mark.django_db
LATER, LATEST = AT + timedelta(days=3), AT + timedelta(days=9)
BORN = date(1980, 3, 7)
SEED = 7


def search(register: str = POPULATION, at=AT, **more: Any) -> Any:
    return services.find_duplicates(actor=system_actor("tests"), register=register, clock=lambda: at, **more)


def twice(**changes: Any):
    """One person under two numbers; the second as `changes` have it."""
    same = {"birth_date": BORN.isoformat(), "phone": "13900001111", "household_id": "H1", "address_code": "A1"}
    first = make_person(
        id_number=synthetic_id_number(101, born=BORN), name="王小明", name_pinyin="wang xiao ming", **same
    )
    second = make_person(
        **{"id_number": synthetic_id_number(103, born=BORN), "name": "王晓明", "name_pinyin": "wang xiao ming"}
        | same | changes
    )  # fmt: skip
    return first, second


def only_match() -> Match:
    return Match.objects.get()


def police():
    return make_official("decider", "public-security").actor


def merge(match: Match, survivor: Any, *, by=None, taken=(), reason="档案一致", at=LATER) -> Match:
    return services.merge_records(
        actor=by or police(), match_uuid=match.uuid, survivor_uuid=survivor.uuid, taken=taken, reason=reason, at=at
    )


def now(record):
    return queries.get_record(record.definition.key, record.uuid)


# -- the search -------------------------------------------------------------------------------------------------------
def test_recall_and_precision_on_a_small_province() -> None:
    """Seed 7, 6,000 people, faults in one of ten."""
    authority("public-security", "civil-affairs", "education", "health")
    standards.load_code_tables()
    done = score(6_000, SEED, 0.1)
    assert done["recall"] >= 0.95
    assert done["precision"] >= 0.95


def test_a_pair_is_found_once_and_says_in_which_ways_it_agrees() -> None:
    first, second = twice()
    make_person(name="李别人", birth_date="1981-01-01", phone="13900002222")
    done = search()
    assert (done.run.status, done.run.found, done.run.mark) == ("finished", 1, 4)
    match = only_match()
    assert {match.first_uuid, match.second_uuid} == {first.uuid, second.uuid}
    assert (match.is_sure, match.ways["name"], match.ways["phone"]) == (True, "homophone", "exact")
    assert "王" not in str(match.ways)
    assert search(at=LATER).run.found == 0
    assert Match.objects.count() == 1


def test_only_what_was_written_since_is_searched_anew() -> None:
    twice()
    search(at=AT + timedelta(hours=1))
    assert search(at=LATER, only_new=True).run.compared == 0
    third = make_person(
        id_number=synthetic_id_number(105, born=BORN), birth_date=BORN.isoformat(), name="王小明",
        name_pinyin="wang xiao ming", phone="13900001111",
    )  # fmt: skip
    assert search(at=LATEST, only_new=True).run.found == 0  # written before the last search began
    services.amend_record(
        actor=authority("public-security"), register=POPULATION, uuid=third.uuid, changes={"household_id": "H1"},
        reason="落户", at=LATEST + timedelta(hours=1),
    )  # fmt: skip
    assert search(at=LATEST + timedelta(days=1), only_new=True).run.found == 2


def test_a_killed_search_goes_on_behind_its_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    twice()
    real, done = candidates.pairs, []

    def dying(definition, step, since):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(step)
        yield from real(definition, step, since)

    monkeypatch.setattr(matching.candidates, "pairs", dying)
    with pytest.raises(KeyboardInterrupt):
        search()
    assert (MatchRun.objects.get().mark, MatchRun.objects.get().status) == (2, "running")
    monkeypatch.setattr(matching.candidates, "pairs", real)
    again = search(at=LATER)
    assert (again.resumed_behind, again.run.mark, MatchRun.objects.count()) == (2, 4, 1)
    assert again.run.found == 1


def test_parts_of_a_block_find_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    twice()
    monkeypatch.setattr(candidates, "parts_of", lambda _records: 3)
    assert search().run.steps == 12
    assert Match.objects.count() == 1


def test_a_crowd_is_told_and_not_compared() -> None:
    twice()
    definition = queries.get_register(POPULATION)
    assert definition.matching
    step = candidates.Step(("birth_date", "phone"))
    small = replace(definition, matching=replace(definition.matching, largest_block=1))
    assert candidates.crowded(small, step) == 1
    assert list(candidates.pairs(small, step, None)) == []


def test_only_the_system_searches_and_a_register_needs_rules() -> None:
    with pytest.raises(Denied):
        services.find_duplicates(actor=police(), register=POPULATION, clock=lambda: AT)
    with pytest.raises(Conflict, match="查重规则"):
        search("premises")


def test_after_a_load_a_job_waits() -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    loaded = LoadFinished(register=POPULATION, load_uuid="x", new=3, changed=0, unchanged=0, bad=0)
    handlers.search_what_was_loaded(loaded)
    handlers.search_what_was_loaded(loaded)
    assert ProcrastinateJob.objects.filter(task_name=handlers.MATCH).count() == 1


# -- judging ----------------------------------------------------------------------------------------------------------
def test_a_merge_ends_one_record_and_its_names_lead_to_the_other() -> None:
    first, second = twice(phone="13900009999")
    search()
    match = merge(only_match(), first, taken=["phone", "name"])
    assert (match.status, match.taken, match.ended_uuid) == ("merged", ["name", "phone"], second.uuid)
    assert (now(first)["phone"], now(first)["name"]) == ("13900009999", "王晓明")
    assert now(second)["status"] == "merged"
    found = queries.resolve(second.urn)
    assert found
    assert found.uuid == first.uuid
    found = queries.find_person(second["id_number"])
    assert found
    assert found.uuid == first.uuid
    assert [act.kind for act in queries.history_of(second.uuid)] == ["merged", "entered"]
    assert audit.list_for_object(match.urn)[0].action == "registers.match.merged"
    before = queries.find_version(now(second), on=AT.date(), known=AT)
    assert before
    assert before.values["status"] == "active"
    with pytest.raises(Conflict, match="已经判定"):
        merge(match, first)
    with pytest.raises(Conflict, match="终止"):
        services.amend_record(
            actor=authority("public-security"), register=POPULATION, uuid=second.uuid, changes={"name": "王"},
            reason="变更", at=LATEST,
        )  # fmt: skip


def test_who_follows_the_register_is_told_of_the_survivor() -> None:
    first, second = twice()
    search()
    merge(only_match(), first)
    assert following.state_of(second.definition, now(second).row) is following.State.MERGED
    assert survivors.survivors_of([first.uuid, second.uuid]) == {second.uuid: first.uuid}
    services.undo_merge(actor=police(), match_uuid=only_match().uuid, reason="误合并", at=LATEST)
    assert following.state_of(second.definition, now(second).row) is following.State.CURRENT
    assert survivors.survivors_of([second.uuid]) == {}


def facts(record: Any) -> tuple[Any, ...]:
    row = now(record).row
    believed = rows.versions(record.definition, row, believed_only=True)
    return row.values, row.valid_from, [(v.values, v.valid_from, v.valid_to) for v in believed]


@pytest.mark.parametrize("merged_on", [AT, LATER], ids=["the-same-day", "later"])
def test_undoing_restores_exactly(merged_on) -> None:
    first, second = twice(phone="13900009999")
    search()
    was = facts(first), facts(second)
    match = merge(only_match(), first, taken=["phone"], at=merged_on + timedelta(seconds=1))
    assert (facts(first), facts(second)) != was
    services.undo_merge(actor=police(), match_uuid=match.uuid, reason="实为两人", at=LATEST)
    assert (facts(first), facts(second)) == was
    assert only_match().is_open
    assert queries.survivor_of(second.uuid) is None
    found = queries.resolve(second.urn)
    assert found
    assert found.uuid == second.uuid
    merged = queries.find_version(now(second), on=LATER.date(), known=LATER + timedelta(hours=1))
    assert merged
    assert merged.values["status"] == "merged"
    with pytest.raises(Conflict, match="没有合并"):
        services.undo_merge(actor=police(), match_uuid=match.uuid, reason="再来", at=LATEST)


def test_undoing_leaves_what_was_written_since() -> None:
    first, second = twice(phone="13900009999")
    search()
    match = merge(only_match(), first, taken=["phone", "name"])
    services.amend_record(
        actor=authority("public-security"), register=POPULATION, uuid=first.uuid, changes={"phone": "13900007777"},
        reason="换号", at=LATER + timedelta(days=1),
    )  # fmt: skip
    services.undo_merge(actor=police(), match_uuid=match.uuid, reason="实为两人", at=LATEST)
    assert (now(first)["phone"], now(first)["name"]) == ("13900007777", "王小明")
    assert now(second)["status"] == "active"


def test_a_pair_judged_different_is_never_asked_again() -> None:
    twice()
    search()
    services.keep_apart(actor=police(), match_uuid=only_match().uuid, reason="双胞胎", at=LATER)
    search(at=LATEST)
    assert (only_match().status, queries.list_matches(police())) == ("different", [])
    assert [one.status for one in queries.list_matches(police(), status="different")] == ["different"]


def test_only_the_authority_judges_and_only_its_own_fields() -> None:
    first, second = twice()
    services.amend_record(
        actor=authority("civil-affairs"), register=POPULATION, uuid=second.uuid, changes={"marital": "20"},
        reason="结婚", at=AT,
    )  # fmt: skip
    search()
    match = only_match()
    assert queries.list_matches(make_official("decider", "civil-affairs").actor) == []
    with pytest.raises(Denied):
        merge(match, first, by=make_official("decider", "civil-affairs").actor)
    with pytest.raises(Denied):
        merge(match, first, taken=["marital"])
    assert now(second)["status"] == "active"
    merge(match, first)
    assert now(first)["marital"] is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"reason": " "}, Invalid), ({"taken": ["id_number"]}, Invalid), ({"taken": ["status"]}, Invalid),
     ({"taken": ["nothing"]}, Invalid)],
)  # fmt: skip
def test_bad_input_is_refused_whole(change: dict[str, Any], fault: type[Exception]) -> None:
    first, second = twice()
    search()
    with pytest.raises(fault):
        merge(only_match(), first, **change)
    assert (only_match().status, now(second)["status"]) == ("open", "active")
    stranger = make_person()
    with pytest.raises(Invalid):
        merge(only_match(), stranger)


def test_a_dispute_is_answered_before_its_record_ends() -> None:
    first, second = twice()
    search()
    services.dispute_value(
        actor=police(),
        register=POPULATION,
        record_uuid=second.uuid,
        field="name",
        stated="王小敏",
        reason="有误",
        at=AT,
    )
    with pytest.raises(Conflict, match="疑义"):
        merge(only_match(), first)


def test_three_are_one_in_the_end() -> None:
    first, second = twice()
    third = make_person(
        id_number=synthetic_id_number(105, born=BORN), birth_date=BORN.isoformat(), name="王小明",
        name_pinyin="wang xiao ming", phone="13900001111", household_id="H1", address_code="A1",
    )  # fmt: skip
    search()
    assert Match.objects.count() == 3
    merge(Match.objects.get(first_uuid=first.uuid, second_uuid=second.uuid), first)
    assert Match.objects.filter(status="lapsed").count() == 1
    inner = Match.objects.get(first_uuid=first.uuid, second_uuid=second.uuid)
    merge(Match.objects.get(status="open"), third, at=LATEST)
    found = queries.resolve(second.urn)
    assert found
    assert found.uuid == third.uuid
    with pytest.raises(Conflict, match="后来又并入"):
        services.undo_merge(actor=police(), match_uuid=inner.uuid, reason="误判", at=LATEST)


def test_values_are_opened_for_the_authority_and_on_record() -> None:
    first, second = twice()
    search()
    officer = police()
    opened = services.reveal_match(actor=officer, match_uuid=only_match().uuid, at=LATER)
    assert opened[first.uuid]["name"] == "王小明"
    assert "marital" not in opened[first.uuid]
    urn = make_urn("registers", "person", second.uuid)
    assert urn in [one for entry in audit.list_for_object(only_match().urn) for one in entry.subjects]


def test_premises_of_a_merged_company_belong_to_the_survivor() -> None:
    market = make_official("decider", "market-regulation").actor
    same = {"legal_representative_id_number": synthetic_id_number(9, born=BORN), "phone": "0826-2345678"}
    kept = make_legal_entity(name="广安好味来餐饮有限公司", **same)
    twin = make_legal_entity(name="广安好味来餐饮有限责任公司", **same)
    urns = [make_urn("identity", "legal_entity", one.uuid) for one in (kept, twin)]
    house = make_premises(owner_urn=urns[1], owner_name="广安好味来餐饮有限责任公司")
    search(LEGAL_ENTITIES)
    merge(only_match(), kept, by=market)
    found = queries.find_legal_entity_of(urns[1])
    assert found
    assert found.uuid == kept.uuid
    assert [one.uuid for one in queries.list_premises_of(urns[0], on=LATER.date())] == [house.uuid]
