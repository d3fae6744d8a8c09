"""Quality and statistics at the workbench: run, read, reported to an authority, answered, mended, closed."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.models import QualityReport, StatisticsEdition
from zhengtong.resources.registers.tests.factories import authority, make_legal_entity
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit.models import Entry
from zhengtong.security.identity.tests import factories as make

pytestmark = pytest.mark.django_db
BASE = "/workbench/registers/legal-entities"
RULE = "ended-date-missing"
NODE = system_actor("tests")


@pytest.fixture
def faulty() -> list[Any]:
    """40 companies that ended nobody knows when, and 3 that are as they should be."""
    found = [make_legal_entity(name=f"演示终止{n}", status="deregistered") for n in range(40)]
    for n in range(3):
        make_legal_entity(name=f"演示在营{n}")
    services.run_quality(actor=NODE, register="legal-entities", at=now())
    return found


def official(*roles: str, at: str = "market-regulation") -> Client:
    client = Client()
    make.sign_in(client, make.make_official(roles or ("reviewer",), at))
    return client


def report(client: Client, **changes: Any) -> Any:
    posted = {"authority": "market-regulation", "rules": [RULE], "text": "请核查更正。", **changes}
    return client.post(f"{BASE}/report/", {"idempotency_key": uuid4().hex, **posted})


def test_the_page_shows_scores_rules_and_the_same_figures_as_the_chart(faulty: list[Any]) -> None:
    page = official().get(f"{BASE}/quality/").content.decode()
    assert "吊销、注销的，缺日期" in page
    assert page.index("吊销、注销的，缺日期") < page.index("缺行业代码"), "the worst first"
    drawn = re.search(r'<script id="trend-figures" type="application/json">(.*?)</script>', page)
    assert drawn
    told = {one["name"]: one["values"] for one in json.loads(drawn[1])["series"]}
    looked, failing = 3 + len(faulty) + 43, 3 + len(faulty)  # number of the representative, date of the end, industry
    assert told["完整性"] == [queries.quality_score(looked, failing)]
    for (value,) in told.values():
        assert f'<td class="number">{value}</td>' in page


def test_failing_records_are_shown_masked_a_page_at_a_time(faulty: list[Any]) -> None:
    assert faulty
    client, before = official(), Entry.objects.count()
    first = client.get(f"{BASE}/quality/{RULE}/").content.decode()
    assert first.count("演示终止") == queries.PAGE
    assert "陈示例" not in first, "the representative's name is masked"
    following = re.search(r'href="\?(after=\d+)"', first)
    assert following
    second = client.get(f"{BASE}/quality/{RULE}/?{following[1]}").content.decode()
    assert second.count("演示终止") == 10
    assert "演示终止" in client.get(f"{BASE}/quality/{RULE}/?division=511602").content.decode()
    assert "没有有问题的记录" in client.get(f"{BASE}/quality/{RULE}/?division=511603").content.decode()
    assert client.get(f"{BASE}/quality/nothing/").status_code == 404
    assert client.get(f"{BASE}/quality/{RULE}/?after=x").status_code == 200
    assert Entry.objects.count() == before, "a masked value is no read"


def test_a_report_is_sent_answered_mended_and_closed(faulty: list[Any]) -> None:
    steward, addressee = official("decider", at="civil-affairs"), official("decider")
    sent = report(steward)
    assert sent.status_code == 302
    made = QualityReport.objects.get()
    assert audit.list_for_object(made.urn)[0].action == "registers.quality.reported"
    assert report(steward).status_code == 409, "one open report at a time"
    inbox = addressee.get("/workbench/quality-reports/").content.decode()
    assert str(made.uuid) in inbox
    assert str(made.uuid) not in steward.get("/workbench/quality-reports/").content.decode()
    assert str(made.uuid) in steward.get("/workbench/quality-reports/?box=sent").content.decode()
    place = f"/workbench/quality-reports/{made.uuid}/"
    assert "请核查更正。" in addressee.get(place).content.decode()
    assert answer(addressee, place, " ").status_code == 422
    assert answer(addressee, place, "已逐条核对，正在更正。").status_code == 302
    assert "已逐条核对" in steward.get(place).content.decode()

    _mend(faulty[:39])
    _run_tomorrow(1)
    made.refresh_from_db()
    assert (made.status, made.rules.get().left) == ("answered", 1)
    _mend(faulty[39:])
    _run_tomorrow(2)
    made.refresh_from_db()
    assert made.status == "closed"
    assert audit.list_for_object(made.urn)[0].action == "registers.quality.closed"
    assert "已整改销号" in addressee.get(place).content.decode()
    assert answer(addressee, place, "再说一句").status_code == 409


def answer(client: Client, place: str, text: str) -> Any:
    return client.post(f"{place}answer/", {"idempotency_key": uuid4().hex, "answer": text})


def _mend(records: list[Any]) -> None:
    for one in records:
        services.correct_record(
            actor=authority("market-regulation"), register="legal-entities", uuid=one.uuid, reason="补录",
            changes={"ended_date": "2026-10-08"}, document="准予注销登记通知书（演示）", at=now(),
        )  # fmt: skip


def _run_tomorrow(days: int) -> None:
    services.run_quality(actor=NODE, register="legal-entities", at=now() + timedelta(days=days))


def test_who_may_not_report_or_answer_is_refused(faulty: list[Any]) -> None:
    assert faulty
    assert report(official("reviewer")).status_code == 403
    assert report(official("decider", at="civil-affairs")).status_code == 302
    made = QualityReport.objects.get()
    place = f"/workbench/quality-reports/{made.uuid}/"
    assert answer(official("decider", at="civil-affairs"), place, "不是我的").status_code == 403
    assert Client().get(f"{BASE}/quality/").status_code in (302, 403)
    assert official("service_editor").get(f"{BASE}/quality/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"rules": []}, "请至少选择一条"), ({"rules": ["industry-missing"]}, "请至少选择一条"),
     ({"text": " "}, "请写明通报"),
     ({"authority": "education"}, "请选择数源部门"), ({"text": "长" * 2001}, "不超过 2000 字")],
)  # fmt: skip
def test_what_is_missing_is_named(faulty: list[Any], changes: dict[str, Any], said: str) -> None:
    assert faulty
    told = report(official("decider"), **changes)
    assert told.status_code == 422
    assert said in told.content.decode()
    assert not QualityReport.objects.exists()


def test_statistics_suppress_small_counts_and_are_open_where_the_definition_says(faulty: list[Any]) -> None:
    assert faulty
    for number, code in enumerate(["6210"] * 8 + ["5212"] * 2 + ["4710"] * 9):
        make_legal_entity(name=f"演示统计{number}", industry_code=code, division_code="511602")
    made = services.make_statistics(actor=NODE, register="legal-entities", at=now())
    assert made.is_open
    counts = {tuple(cell[:-1]): cell[-1] for cell in made.cells}
    codes = [code for code, _label in made.axes[1]["categories"]]
    assert codes == ["47", "52", "62"]
    assert counts[0, codes.index("52")] is None, "two shops"
    assert None in (counts[0, codes.index("47")], counts[0, codes.index("62")], counts[0, -1]), "would give them away"
    page = official().get(f"{BASE}/statistics/").content.decode()
    public = Client().get("/statistics/legal-entities/").content.decode()
    assert "餐饮业" in page
    assert "餐饮业" in public
    assert "在营单位" in Client().get("/statistics/").content.decode()
    text = Client().get("/statistics/legal-entities/csv/").content.decode()
    assert "不公布" in text
    assert Client().get("/statistics/legal-entities/?division=000000").status_code == 404


def test_what_a_definition_does_not_open_stays_at_the_workbench() -> None:
    services.make_statistics(actor=NODE, register="population", at=now())
    assert not StatisticsEdition.objects.get().is_open
    assert Client().get("/statistics/population/").status_code == 404
    assert official().get("/workbench/registers/population/statistics/").status_code == 200
    assert "还没有公布" in Client().get("/statistics/").content.decode()
    assert official().get("/workbench/registers/places/statistics/").status_code == 200
    assert official().get("/workbench/registers/places/quality/").status_code == 200
