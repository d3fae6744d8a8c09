"""A person stands twice in the register: found after a load, compared, merged, taken apart again at the workbench."""

from __future__ import annotations

from datetime import date

import pytest

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.tests.factories import make_person
from zhengtong.security.identity.tests.factories import make_official, sign_in

from .pages import Browser

pytestmark = pytest.mark.once
BORN = date(1980, 3, 7)


def browser(role: str, authority: str) -> Browser:
    made = Browser()
    sign_in(made.client, make_official(role, authority).account)
    return made


def post(who: Browser, path: str, **data: str):
    return who.client.post(path, {"idempotency_key": f"k{now().timestamp()}", **data}, follow=True)


def test_a_duplicate_is_found_merged_and_taken_apart_again(seeded) -> None:
    same = {"birth_date": BORN.isoformat(), "name_pinyin": "wang xiao ming", "sex": "1", "address_code": "A1"}
    first = make_person(id_number=synthetic_id_number(101, born=BORN), name="王小明", phone="13900001111", **same)
    second = make_person(id_number=synthetic_id_number(103, born=BORN), name="王晓明", phone="13900002222", **same)
    services.find_duplicates(actor=system_actor("tests"), register="population", clock=now)
    police, market = browser("decider", "public-security"), browser("decider", "market-regulation")

    # The pair stands in the queue of the police, and in nobody else's.
    (match,) = queries.list_matches(make_official("decider", "public-security").actor)
    page = f"/workbench/matches/{match.uuid}/"
    assert page in police.client.get("/workbench/matches/").content.decode()
    assert page not in market.client.get("/workbench/matches/").content.decode()
    assert market.client.get(page).status_code == 403

    # Side by side and masked; in clear once it is on record.
    masked = police.client.get(page).content.decode()
    assert "同音" in masked
    assert "王晓明" not in masked
    opened = post(police, f"{page}reveal/").content.decode()
    assert "王晓明" in opened
    assert "13900002222" in opened

    # Nothing is merged without a record that stays and a reason; then one ends and the other takes what was chosen.
    assert post(police, f"{page}judge/", verdict="same", reason="同一人").status_code == 422
    assert post(police, f"{page}judge/", verdict="", reason="同一人").status_code == 422
    assert post(police, f"{page}judge/", verdict="same", survivor="first", reason=" ").status_code == 422
    chosen = {"survivor": "first", "value-phone": "second", "value-name": "first", "reason": "档案一致，同一人"}
    assert "已合并" in post(police, f"{page}judge/", verdict="same", **chosen).content.decode()
    assert queries.get_record("population", first.uuid)["phone"] == "13900002222"
    ended = police.client.get(f"/workbench/registers/population/records/{second.uuid}/").content.decode()
    assert str(first.uuid) in ended
    assert "合并重复记录" in ended
    assert page in police.client.get("/workbench/matches/?box=merged").content.decode()
    assert post(police, f"{page}judge/", verdict="different", reason="两人").status_code == 409

    # It was wrong: both are as they were, and judged different they are not asked about again.
    assert "已撤销合并" in post(police, f"{page}judge/", verdict="undo", reason="核实为两人").content.decode()
    assert queries.get_record("population", first.uuid)["phone"] == "13900001111"
    assert queries.get_record("population", second.uuid)["status"] == "active"
    post(police, f"{page}judge/", verdict="different", reason="核实为两人")
    services.find_duplicates(actor=system_actor("tests"), register="population", clock=now)
    assert page not in police.client.get("/workbench/matches/").content.decode()
    assert police.client.get("/workbench/matches/?after=nan_x&box=?").status_code == 200
