"""A person in the registers: read for a purpose, disputed by the person, corrected by the authority."""

from __future__ import annotations

import pytest

from zhengtong.kernel.clock import now
from zhengtong.resources.registers import queries
from zhengtong.resources.registers.tests.factories import make_person
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.tests.factories import make_official, make_resident, sign_in

from .pages import Browser

pytestmark = pytest.mark.once
RIGHT = {"purpose": "licensing", "matter": "办件 2026-0007"}


def browser(someone) -> Browser:
    made = Browser()
    sign_in(made.client, someone.account)
    return made


def post(who: Browser, path: str, **data: str):
    return who.client.post(path, {"idempotency_key": f"k{now().timestamp()}", **data}, follow=True)


def test_a_person_is_read_disputes_a_value_and_a_correction_ends_it(seeded) -> None:
    resident = make_resident("钱读者")
    number = resident.person.id_number
    person = make_person(id_number=number, birth_date="1990-01-01", name="钱示例", phone="19912345678")
    market = browser(make_official("reviewer", "market-regulation"))
    police = browser(make_official("decider", "public-security"))
    own, base = browser(resident), "/workbench/registers/population"

    # The police let the market regulator see the telephone for licensing.
    given = post(
        police, f"{base}/grants/give/", authority="public-security", fields="phone", purposes="licensing",
        consumer=str(directory.find_organisation("market-regulation").uuid), basis="食品安全法第三十五条",
        since="2026-01-01",
    )  # fmt: skip
    assert "食品安全法第三十五条" in given.content.decode()

    # An official finds the person by number, which stands in no address, and sees masked values.
    found = post(market, f"{base}/find/", id_number=number, **RIGHT)
    address = f"{base}/records/{person.uuid}/"
    assert address in found.content.decode()
    assert number not in found.content.decode().replace(f'value="{number}"', "")
    masked = market.client.get(address).content.decode()
    assert "19912345678" not in masked

    # Without a purpose nothing is revealed; with one, what was granted and no more.
    assert post(market, f"{address}reveal/", purpose="", matter="").status_code == 422
    shown = post(market, f"{address}reveal/", **RIGHT).content.decode()
    assert "19912345678" in shown
    assert number not in shown
    assert "办件 2026-0007" in own.client.get("/hall/reads/").content.decode()

    # The person sees the own data and doubts the telephone.
    assert "19912345678" in own.client.get("/hall/data/").content.decode()
    key = f"population:{person.uuid}"
    sent = post(own, "/hall/data/dispute/", record=key, field="phone", stated="19900001111", reason="换号了")
    assert "核查中" in sent.content.decode()
    assert "核查中" in market.client.get(address).content.decode()

    # The police find it in the queue and correct it; the mark goes, and the person is told.
    (dispute,) = queries.disputes_of(person.uuid)
    assert f"/workbench/disputes/{dispute.uuid}/" in police.client.get("/workbench/disputes/").content.decode()
    opened = post(police, f"/workbench/disputes/{dispute.uuid}/reveal/").content.decode()
    assert "19900001111" in opened
    answer = {"outcome": "upheld", "value": "19900001111", "reason": "经核对，属实。"}
    assert post(police, f"/workbench/disputes/{dispute.uuid}/answer/", **answer, document="").status_code == 422
    post(police, f"/workbench/disputes/{dispute.uuid}/answer/", **answer, document="核查单 7")
    data = own.client.get("/hall/data/").content.decode()
    assert "19900001111" in data
    assert "经核对，属实。" in data
    assert "您提出的数据疑义已有答复" in own.client.get("/hall/messages/").content.decode()
    assert queries.get_record("population", person.uuid).row.disputed == ()

    # What was true before, as known then, can still be asked for.
    past = post(police, f"{address}reveal/", **RIGHT, on="2026-11-25", known="2026-11-26").content.decode()
    assert "19912345678" in past
    assert market.client.get(f"{address}?on=never").status_code == 422
