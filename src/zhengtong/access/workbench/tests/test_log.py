"""An auditor finds who did what to whom and when, and takes away what proves it; nobody else can."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from lxml import html

from zhengtong.access.workbench import exporting
from zhengtong.applications.cases import services
from zhengtong.applications.cases.tests.conftest import act_as, file_case
from zhengtong.config.cli import receipt as receipts
from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.ids import make_urn
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit import services as auditing
from zhengtong.security.identity import queries as identity

from .test_pages import enter

LOG = "/workbench/log/"


def acts(page) -> list[tuple[str, str]]:
    """(act, hand) of each row."""
    rows = html.document_fromstring(page.content.decode()).xpath("//table/tbody/tr")
    return [(row[1].text_content().strip(), row[3].text_content().strip()) for row in rows]


@pytest.fixture
def case(seeded):
    made = file_case(now())
    services.accept_case(actor=act_as("window", now()), case_uuid=made.uuid, at=now())
    return made


def test_by_hand_object_and_act(case) -> None:
    auditor = enter("auditor")
    of_case = auditor.get(LOG, {"object": case.number})
    assert {"提交申请", "受理"} <= {act for act, _ in acts(of_case)}
    by_window = auditor.get(LOG, {"object": case.number, "actor": "window"})
    assert [act for act, _ in acts(by_window)] == ["受理"]
    submitted = auditor.get(LOG, {"action": "cases.case.submitted", "object": case.urn})
    assert [act for act, _ in acts(submitted)] == ["提交申请"]
    assert acts(auditor.get(LOG, {"action": "cases.case.decided", "object": case.urn})) == []


def test_an_auditor_begins_at_the_log(seeded) -> None:
    assert enter("auditor").get("/workbench/")["Location"] == LOG


def test_by_day(case) -> None:
    auditor, today = enter("auditor"), china_date(now())
    asked = {"object": case.number}
    assert acts(auditor.get(LOG, asked | {"since": f"{today}", "until": f"{today}"}))
    assert not acts(auditor.get(LOG, asked | {"since": f"{today + timedelta(days=1)}"}))
    assert not acts(auditor.get(LOG, asked | {"until": f"{today - timedelta(days=1)}"}))


def test_refusals(seeded) -> None:
    assert enter("window").get(LOG).status_code == 403
    page = enter("auditor").get(LOG, {"outcome": "denied", "actor": "window"})
    assert "查看责任认定记录" in page.content.decode()
    rows = html.document_fromstring(page.content.decode()).xpath("//tbody/tr")
    assert all("已拒绝" in row.text_content() for row in rows)


def test_who_read_whose_data(seeded) -> None:
    person = identity.person_urn_of(identity.find_account("wang"))
    window = act_as("window", now())
    with transaction.atomic():
        auditing.record_read(window, [person], "核对身份", person, at=now())
    auditor = enter("auditor")
    found = auditor.get(LOG, {"subject": "wang"})
    assert len(acts(found)) == 1
    assert "核对身份" in found.content.decode()
    assert len(acts(auditor.get(LOG, {"subject": "wang", "actor": "window"}))) == 1
    assert not acts(auditor.get(LOG, {"subject": "wang", "actor": "food"}))


def test_a_person_is_found_by_a_number_that_stands_in_no_address(seeded) -> None:
    wang = identity.person_urn_of(identity.find_account("wang"))
    number = identity.reveal_person(wang, actor=act_as("wang", now()), purpose="本人查看", at=now()).id_number
    auditor = enter("auditor")
    answer = auditor.post(f"{LOG}person/", {"number": number})
    assert answer.status_code == 302
    assert number not in answer["Location"]
    assert wang.rpartition(":")[2] in answer["Location"]
    assert audit.search(audit.Criteria(object_urn=wang, action="workbench.log.person_sought"))
    looks = len(audit.search(audit.Criteria(action="workbench.log.person_sought")))
    assert auditor.post(f"{LOG}person/", {"number": "511602199001010012x"}, follow=True).status_code == 200
    assert len(audit.search(audit.Criteria(action="workbench.log.person_sought"))) == looks + 1, "a miss is a look too"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"actor": "nobody-here"}, "没有这个账号"),
        ({"object": "1"}, "没有这个编号的办件"),
        ({"since": "yesterday"}, "不是有效的日期"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "截止日期早于起始日期"),
        ({"since": "0001-01-01"}, "不是有效的日期"),
        ({"until": "9999-12-31"}, "不是有效的日期"),
        ({"until": "2199-12-31"}, ""),
        ({"before": "x"}, ""),
        ({"object": "urn:zhengtong:nonsense"}, ""),
        ({"action": "no.such.act", "outcome": "no"}, ""),
    ],
)
def test_what_cannot_be_meant_is_said(seeded, asked, told) -> None:
    page = enter("auditor").get(LOG, asked)
    assert page.status_code == (422 if told else 200)
    assert told in page.content.decode()


def test_pages_follow_each_other(seeded) -> None:
    hand = Actor(urn=make_urn("identity", "account", uuid4()), capacity=Capacity.OFFICIAL)
    with transaction.atomic():
        for number in range(audit.PAGE + 3):
            auditing.record(hand, "cases.case.submitted", f"urn:x:{number}", at=now())
    auditor = enter("auditor")
    first = auditor.get(LOG, {"actor": hand.urn})
    (more,) = html.document_fromstring(first.content.decode()).xpath('//nav[contains(@class, "pagination")]//a/@href')
    second = auditor.get(LOG + more)
    objects = [thing for page in (first, second) for thing in _objects(page)]
    assert objects == [f"urn:x:{number}" for number in reversed(range(audit.PAGE + 3))]


def _objects(page) -> list[str]:
    rows = html.document_fromstring(page.content.decode()).xpath("//tbody/tr")
    return [row[4].text_content().strip() for row in rows]


def test_an_export_proves_itself(case, tmp_path) -> None:
    auditing.seal(at=now())
    answer = enter("auditor").post(f"{LOG}export/", {"object": case.number})
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    rows = list(csv.reader(io.StringIO((tmp_path / "entries.csv").read_text(encoding="utf-8-sig"))))
    lines = (tmp_path / "receipts.jsonl").read_text().splitlines()
    assert len(rows) - 1 == len(lines) == len(audit.search(audit.Criteria(object_urn=case.urn))) - 1  # the export's own
    assert [row[3] for row in rows[1:]] == [json.loads(line)["statement"]["action"] for line in lines]
    assert _verify(tmp_path).exit_code == 0
    forged = json.loads(lines[1])
    forged["disclosed"]["detail"]["value"]["case"] = "another"
    (tmp_path / "receipts.jsonl").write_text("\n".join([lines[0], json.dumps(forged), *lines[2:]]))
    told = _verify(tmp_path)
    assert told.exit_code == 1
    assert "line 2" in told.output
    assert audit.search(audit.Criteria(action="workbench.log.exported"))[0].detail["entries"] == len(lines)


def _verify(folder):
    asked = ["verify", str(folder / "receipts.jsonl"), "--key", str(folder / "keys.pem"), "--lang", "en"]
    return CliRunner().invoke(receipts.command, asked)


def test_no_text_of_an_export_is_taken_for_a_formula(seeded) -> None:
    hand = act_as("window", now())
    with transaction.atomic():
        auditing.record_read(hand, ["urn:x"], '=HYPERLINK("http://x")', "urn:formula", at=now())
    answer = enter("auditor").post(f"{LOG}export/", {"object": "urn:formula"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (row,) = list(csv.reader(io.StringIO(archive.read("entries.csv").decode("utf-8-sig"))))[1:]
    assert "'=HYPERLINK" in row[11]


def test_an_export_says_that_there_is_more(seeded, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(exporting, "MOST", 2)
    hand = act_as("window", now())
    with transaction.atomic():
        for number in range(3):
            auditing.record_read(hand, ["urn:x"], f"一\u2028二 {number}", "urn:many", at=now())
    auditing.seal(at=now())
    answer = enter("auditor").post(f"{LOG}export/", {"object": "urn:many"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    assert "there are more" in (tmp_path / "README.txt").read_text()
    assert _verify(tmp_path).exit_code == 0
    (tmp_path / "receipts.jsonl").write_text("\n")
    assert _verify(tmp_path).exit_code == 2, "nothing is not valid"


def test_nothing_found_is_nothing_exported(seeded) -> None:
    page = enter("auditor").post(f"{LOG}export/", {"object": "urn:zhengtong:nothing"})
    assert "text/html" in page["Content-Type"]
    assert enter("window").post(f"{LOG}export/", {}).status_code == 403


@pytest.mark.parametrize(
    "asked", [{}, {"actor_urn": "urn:a"}, {"action": "cases.case.submitted"}, {"outcome": "denied"}, {"since": now()}]
)
def test_a_page_is_read_from_an_index(seeded, asked) -> None:
    """No search sorts or goes through the log: the cost of a page is that of its rows, however long the log is."""
    query = audit.Criteria(**asked).of(audit.Entry.objects.all()).order_by("-uuid")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = query.explain()
    assert not re.search(r"\bSort  \(|Seq Scan", plan), plan
