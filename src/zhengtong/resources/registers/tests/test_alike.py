"""A person is found though somebody slipped in the name or in the day of birth, and in nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.resources.registers import alike, purposes, queries, services
from zhengtong.resources.registers.alike import Candidate, Slip, Typed, match
from zhengtong.resources.registers.definition.alike import index_name, roles_of
from zhengtong.resources.registers.tests.factories import AT, make_person
from zhengtong.security.identity.tests.factories import make_official

BORN, TODAY = date(1985, 3, 12), date(2026, 11, 20)
TYPED = Typed("陈丽华", BORN, alike.sounds_of([["chen"], ["li"], ["hua"]]), "511602")


def nowhere(_code: str) -> frozenset[str]:
    return frozenset()


def judged(**changes):
    return match(
        TYPED, Candidate(**{"id": 1, "name": "陈丽华", "born": BORN, "division": "511602", **changes}), nowhere
    )


# -- the rule ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "slips"),
    [
        ({}, ()), ({"name": "陈丽花", "pinyin": "chen li hua"}, (Slip.SOUND,)),
        ({"name": "陈莉桦", "pinyin": "Chen Lihua"}, (Slip.SOUND,)), ({"name": "陈而华"}, (Slip.CHARACTER,)),
        ({"name": "陈华"}, (Slip.CHARACTER,)), ({"name": "陈丽丽华"}, (Slip.CHARACTER,)),
        ({"name": "王新", "former": "陈丽华"}, (Slip.FORMER_NAME,)), ({"born": date(1985, 12, 3)}, (Slip.SWAPPED,)),
        ({"born": date(1985, 3, 13)}, (Slip.DIGIT,)), ({"born": date(1955, 3, 12)}, (Slip.DIGIT,)),
        ({"division": "511603"}, (Slip.DIVISION,)), ({"division": "511602003"}, ()),
    ],
)  # fmt: skip
def test_one_slip_is_forgiven(changes, slips) -> None:
    assert judged(**changes).slips == slips


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "陈而花"}, {"name": "王"}, {"name": "王新", "pinyin": "wang xin"}, {"name": "丽陈华"},
        {"name": "陈丽花", "pinyin": "chen li hua", "born": date(1985, 12, 3)},
    ],
)  # fmt: skip
def test_two_slips_are_not(changes) -> None:
    assert judged(**changes) is None


def test_the_nearer_stands_first() -> None:
    found = [
        judged(id=7, name="陈而华"), judged(id=6, born=date(1985, 12, 3)), judged(id=5),
        judged(id=4, division="110101"), judged(id=3, division="511603"), judged(id=2),
    ]  # fmt: skip
    assert [one.id for one in alike.best(found, 5)] == [2, 5, 6, 3, 7]


def test_a_division_holds_what_lies_below_it_and_its_successor() -> None:
    assert alike.holds_division("511600", "511602")
    assert alike.holds_division("51", "511602003")
    assert not alike.holds_division("511602", "511603")
    here = Candidate(1, "陈丽华", BORN, division="511623")
    assert match(TYPED, here, {"511623": frozenset({"511602"})}.get).slips == (Slip.RENAMED,)


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(1900, 1, 1), date(2026, 1, 1)))
def test_a_near_day_is_near_from_both_sides(one, other) -> None:
    near = alike.near_days(one, TODAY)
    assert len(near) <= 60
    assert one not in near
    assert (other in near) == (one in alike.near_days(other, TODAY))


@given(st.text("陈王丽华", max_size=5), st.text("陈王丽华", max_size=5))
def test_one_character_off_agrees_with_the_edit_distance(one, other) -> None:
    expected = _distance(one, other) == 1 and max(len(one), len(other)) >= 2
    if one != other:
        assert alike.is_one_character_off(one, other) == expected


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for n, a in enumerate(one, 1):
        before, row[0] = row[0], n
        for m, b in enumerate(other, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (a != b))
    return row[-1]


# -- in the register --------------------------------------------------------------------------------------------------
def seek(**terms):
    return services.seek_records(
        actor=make_official("reviewer", "market-regulation").actor, register="population", terms=terms,
        purpose=purposes.Purpose("licensing", "办件 2026-0007"), at=AT,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_person_is_found_by_a_homophone_a_wrong_character_or_a_swapped_day() -> None:
    person = make_person(name="单丽华", name_pinyin="shan li hua", birth_date="1985-03-12", former_name="单旧名")
    make_person(name="赵示例", birth_date="1985-03-12")
    for name, born, slips in (
        ("单丽华", "1985-03-12", ()), ("单莉花", "1985-03-12", (Slip.SOUND,)),
        ("单丽", "1985-03-12", (Slip.CHARACTER,)),
        ("单旧名", "1985-03-12", (Slip.FORMER_NAME,)), ("单丽华", "1985-12-03", (Slip.SWAPPED,)),
        ("单丽华", "1985-03-22", (Slip.DIGIT,)),
    ):  # fmt: skip
        found = seek(name=name, birth_date=born, division="511600")
        assert [one.uuid for one in found.records] == [person.uuid], (name, born)
        assert found.slips[person.uuid] == slips
        assert found.records[0]["name"].value == "单**", "masked as ever"
    assert not seek(name="单莉花", birth_date="1985-12-03").records
    assert not seek(name="单丽华", birth_date="1985-03-12", former_name="王").records, "the rest must agree"


@pytest.mark.django_db
def test_the_search_rests_on_its_index() -> None:
    definition = queries.get_register("population")
    roles = roles_of(definition)
    assert (roles.name, roles.born, roles.division) == ("name", "birth_date", "division")
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index_name(definition)])
        (made,) = cursor.fetchone()
    assert "(birth_date, name) INCLUDE (name_pinyin, former_name, division, id)" in made
    assert roles_of(queries.get_register("legal-entities")) is None
