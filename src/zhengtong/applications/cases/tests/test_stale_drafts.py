"""A draft nobody takes up again is announced, then removed with its evidence; the store is cleaned of what is left."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import DraftEvidence
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import PNG, representative
from zhengtong.kernel.clock import now
from zhengtong.support.files import services as files
from zhengtong.support.files import storing
from zhengtong.support.files.cleaning import SLICES
from zhengtong.support.files.models import StoredFile
from zhengtong.support.forms import queries as forms
from zhengtong.support.forms import services as filling
from zhengtong.support.notifications import queries as notifications

from .conftest import START, file_case

DAY = timedelta(days=1)


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    settings.ZT_FILES = tmp_path / "files"
    return settings.ZT_FILES


@pytest.fixture
def draft(seeded: None, store: Path) -> Any:
    version = public_services.get_current_version("open-restaurant")
    enterprise = representative("chen", at=START)
    made = filling.save_draft(
        actor=enterprise,
        service_key="open-restaurant",
        version_uuid=version.uuid,
        data={"seats": 10},
        step="",
        at=START,
    )
    services.attach_file(
        actor=enterprise,
        draft_uuid=made.uuid,
        requirement_key="floor-plan",
        stream=BytesIO(PNG),
        name="图.png",
        at=START,
    )
    return made


def is_there(draft: Any) -> bool:
    return forms.find_draft(representative("chen", at=START), draft.service_key) is not None


def told(draft: Any) -> list[Any]:
    return [m for m in notifications.list_messages(draft.party_urn) if m.kind == "draft"]


def test_the_person_is_told_a_week_before_and_once(draft: Any) -> None:
    assert services.lapse_stale_drafts(at=START + 82 * DAY) == 0
    assert told(draft) == []
    for day in (83.5, 84, 89):
        assert services.lapse_stale_drafts(at=START + day * DAY) == 0
    (message,) = told(draft)
    assert "开办餐饮店" in message.body["zh"]
    assert "2027年2月14日" in message.body["zh"]
    assert message.link == f"/hall/drafts/{draft.uuid}/"
    assert is_there(draft)


def test_a_week_later_it_goes_with_its_evidence(draft: Any) -> None:
    services.lapse_stale_drafts(at=START + 84 * DAY)
    assert services.lapse_stale_drafts(at=START + 92 * DAY) == 1
    assert not is_there(draft)
    assert not DraftEvidence.objects.filter(draft_uuid=draft.uuid).exists()


def test_a_node_that_slept_still_gives_the_week(draft: Any) -> None:
    assert services.lapse_stale_drafts(at=START + 200 * DAY) == 0
    assert services.lapse_stale_drafts(at=START + 206 * DAY) == 0
    assert is_there(draft)
    assert services.lapse_stale_drafts(at=START + 207 * DAY) == 1


def test_who_saves_it_keeps_it_as_long_again(draft: Any) -> None:
    services.lapse_stale_drafts(at=START + 84 * DAY)
    filling.save_draft(
        actor=representative("chen", at=START), service_key=draft.service_key, version_uuid=draft.version_uuid,
        data={"seats": 12}, step="", at=START + 85 * DAY,
    )  # fmt: skip
    assert services.lapse_stale_drafts(at=START + 95 * DAY) == 0
    assert is_there(draft)
    services.lapse_stale_drafts(at=START + 169 * DAY)
    assert len(told(draft)) == 2


def test_the_retention_is_the_operators(draft: Any, settings: Any) -> None:
    settings.ZT_DRAFT_DAYS = 30
    services.lapse_stale_drafts(at=START + 24 * DAY)
    assert services.lapse_stale_drafts(at=START + 31.5 * DAY) == 1


# -- the store --------------------------------------------------------------------------------------------------------
def clean_all(at: Any) -> tuple[int, int]:
    counts = [files.clean(part, at=at) for part in range(SLICES)]
    return sum(rows for rows, _ in counts), sum(gone for _, gone in counts)


def put(content: bytes, at: Any, purpose: str = "evidence") -> StoredFile:
    stored = files.store(BytesIO(content), "说明.txt", actor=representative("chen", at=START), at=at, purpose=purpose)
    age(storing.path_of(stored.sha256), at)
    return stored


def age(path: Path, at: Any) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_what_a_case_or_a_draft_names_stays(draft: Any, store: Path) -> None:
    case = file_case()
    paper = services.render_paper(paper_uuid=case.papers.get().uuid, at=START)
    for path in store.glob("??/??/*"):
        age(path, START)
    named = {e.file_uuid for e in [*case.evidence.all(), *DraftEvidence.objects.all()] if e.file_uuid}
    clean_all(now() + 30 * DAY)
    assert set(StoredFile.objects.values_list("uuid", flat=True)) >= named | {paper.file_uuid}
    assert len(named) >= 2
    for uuid in named:
        with files.open_file(uuid) as stream:
            assert stream.read()


def test_a_file_nobody_names_goes_after_two_days_with_its_bytes(seeded: None, store: Path) -> None:
    stored = put("没有人引用".encode(), START)
    assert clean_all(START + 1.5 * DAY) == (0, 0)
    assert clean_all(START + 2.5 * DAY) == (1, 1)
    assert not storing.path_of(stored.sha256).exists()


def test_bytes_stay_while_another_row_has_them(seeded: None, store: Path) -> None:
    put("同一内容".encode(), START)
    kept = put("同一内容".encode(), START + 2 * DAY)
    age(storing.path_of(kept.sha256), START)
    assert clean_all(START + 2.5 * DAY) == (1, 0)
    assert storing.path_of(kept.sha256).exists()


def test_a_purpose_nobody_declared_is_left_alone(seeded: None, store: Path) -> None:
    put("别的用途".encode(), START, purpose="something-new")
    assert clean_all(START + 30 * DAY) == (0, 0)


def test_bytes_without_a_row_and_broken_uploads_go(seeded: None, store: Path) -> None:
    stored = put("回滚了的".encode(), START)
    StoredFile.objects.filter(pk=stored.pk).delete()
    (store / "incoming").mkdir(exist_ok=True)
    (store / "incoming" / "tmp-left").write_bytes(b"half")
    age(store / "incoming" / "tmp-left", START)
    assert clean_all(START + 3 * DAY) == (0, 2)


def test_a_file_answered_in_a_form_stays(draft: Any, store: Path) -> None:
    stored = put("表单里的附件".encode(), START, purpose="form")
    filling.save_draft(
        actor=representative("chen", at=START), service_key=draft.service_key, version_uuid=draft.version_uuid,
        data={"attachment": str(stored.uuid)}, step="", at=START,
    )  # fmt: skip
    clean_all(START + 30 * DAY)
    assert StoredFile.objects.filter(pk=stored.pk).exists()
    filling.discard_untouched(uuid=draft.uuid, since=START + DAY)
    assert clean_all(START + 30 * DAY)[0] == 1
