"""An act and its witness stand or fall together."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.identifiers import synthetic_mobile
from zhengtong.security.audit import queries, services

from .conftest import AT, CLERK, DONE, sql, thing


@pytest.mark.django_db
def test_an_entry_comes_back_as_it_was_written() -> None:
    urn = thing()
    written = services.record(CLERK, DONE, urn, at=AT, detail={"字": [1, True, None, {"a": "b"}]}, case_urn="c")
    read = queries.find_entry(written.uuid)
    for field in ("uuid", "id", "at", "recorded_at", "actor_urn", "capacity", "action", "object_urn", "detail", "salt"):
        assert getattr(read, field) == getattr(written, field), field
    assert read.detail == {"字": [1, True, None, {"a": "b"}]}
    assert read.outcome == "done"
    assert read.uuid.version == 7


@pytest.mark.django_db
def test_what_cannot_be_kept_is_refused_at_once() -> None:
    for detail in ({"money": 1.5}, {"n": 2**53}, {"s": "\x00"}, {"s": "\ud800"}, {"o": object()}, {"s": "x" * 20_000}):
        with pytest.raises(ValueError), transaction.atomic():
            services.record(CLERK, DONE, thing(), at=AT, detail=detail)
    with pytest.raises(ValueError, match="perhaps"):
        services.record(CLERK, DONE, thing(), at=AT, outcome="perhaps")
    with pytest.raises(ValueError, match="aware"):
        services.record(CLERK, DONE, thing(), at=datetime(2026, 1, 1))
    with pytest.raises(services.Undeclared, match=r"policies\.py"):
        services.record(CLERK, "tests.thing.undeclared", thing(), at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["", "电话 ", "\n", '\t"', "\\n", "%3D", "0010 "])
def test_no_personal_number_is_sealed_for_ever(before: str) -> None:
    """Whatever stands before it: in JSON a line's end is `\\n`, whose letter must not hide the number behind it."""
    mobile = synthetic_mobile(4321)
    detail = {"said": before + mobile, mobile: ["case 511602202611220012345", {"n": 1, "deep": before + mobile}]}
    told = {"said": f"{before}<mobile>", "<mobile>": [detail[mobile][0], {"n": 1, "deep": f"{before}<mobile>"}]}
    single = services.record(CLERK, DONE, thing(), at=AT, detail=detail, purpose=before + mobile)
    (key,) = services.record_many(CLERK, [services.Act(DONE, thing(), detail, [], before + mobile)], at=AT)
    for entry in (single, queries.find_entry(single.uuid), queries.find_entry(key)):
        assert (entry.detail, entry.purpose) == (told, f"{before}<mobile>")


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused() -> None:
    with pytest.raises(services.TransactionRequired):
        services.record(CLERK, DONE, thing(), at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_denial_stands_though_the_act_rolled_back() -> None:
    urn = thing()
    with transaction.atomic():
        services.record(CLERK, DONE, urn, at=AT)
        transaction.set_rollback(True)
    services.record_denial(ANONYMOUS, "tests.thing.read", urn, at=AT, reason="not yours")
    (entry,) = queries.list_for_object(urn)
    assert (entry.outcome, entry.actor_urn, entry.detail) == ("denied", "anonymous", {"reason": "not yours"})


@pytest.mark.django_db
def test_an_object_has_its_history_page_by_page() -> None:
    urn = thing()
    for number in range(5):
        services.record(CLERK, DONE, urn, at=AT, detail={"n": number})
    services.record(CLERK, DONE, thing(), at=AT)
    first = queries.list_for_object(urn, limit=2)
    second = queries.list_for_object(urn, limit=10, before=first[-1].id)
    assert [entry.detail["n"] for entry in first + second] == [4, 3, 2, 1, 0]


@pytest.mark.django_db
def test_a_person_sees_who_read_what_and_why() -> None:
    person, other, file = thing(), thing(), thing()
    services.record_read(CLERK, [person, other], "现场核查", file, at=AT)
    services.record_read(CLERK, [other], "电话核实", file, at=AT)
    (read,) = queries.list_reads_of(person)
    assert (read.purpose, read.object_urn, read.actor_urn, read.at) == ("现场核查", file, CLERK.urn, AT)
    assert len(queries.list_reads_of(other)) == 2
    for subjects, purpose in (([], "x"), ([person], " ")):
        with pytest.raises(ValueError, match="purpose"):
            services.record_read(CLERK, subjects, purpose, file, at=AT)


@pytest.mark.django_db
def test_the_lists_are_answered_by_their_indexes() -> None:
    sql("SET LOCAL enable_seqscan = off")
    for ask, index in ((queries.list_reads_of, "subjects"), (queries.list_for_object, "object_urn")):
        with CaptureQueriesContext(connection) as asked:
            ask(thing())
        plan = "\n".join(line for (line,) in sql("EXPLAIN " + asked[0]["sql"]))
        assert index in plan
        assert "Seq Scan" not in plan


@pytest.mark.django_db
def test_many_acts_stand_as_if_recorded_one_by_one() -> None:
    acts = [
        services.Act(DONE, thing(), {"n": number, "名": "值"}, ["urn:a"] * (number % 2), "p", "urn:case")
        for number in range(5)
    ]
    keys = services.record_many(CLERK, iter(acts), at=AT)
    found = [queries.find_entry(key) for key in keys]
    for act, entry in zip(acts, found, strict=True):
        single = services.record(
            CLERK,
            DONE,
            act.obj_or_urn,
            at=AT,
            detail=act.detail,
            subjects=act.subjects,
            purpose="p",
            case_urn="urn:case",
        )
        names = [f.name for f in single._meta.fields if f.name not in {"uuid", "id", "recorded_at", "salt"}]
        assert [getattr(entry, name) for name in names] == [getattr(single, name) for name in names]
    assert [entry.id for entry in found] == sorted(entry.id for entry in found)
    assert len({bytes(entry.salt) for entry in found}) == 5


@pytest.mark.django_db
def test_one_faulty_act_of_many_leaves_none() -> None:
    good = services.Act(DONE, thing())
    for fault, kind in (({"x": 1.5}, ValueError), ({"x": "y" * 20_000}, ValueError)):
        with pytest.raises(kind), transaction.atomic():
            services.record_many(CLERK, [good, services.Act(DONE, thing(), fault)], at=AT)
    with pytest.raises(services.Undeclared), transaction.atomic():
        services.record_many(CLERK, [good, services.Act("no.such.act", thing())], at=AT)
    with pytest.raises(ValueError, match="aware"):
        services.record_many(CLERK, [good], at=AT.replace(tzinfo=None))
    assert queries.list_for_object(good.obj_or_urn) == []


@pytest.mark.django_db(transaction=True)
def test_many_acts_need_a_transaction() -> None:
    with pytest.raises(services.TransactionRequired):
        services.record_many(CLERK, [], at=AT)
