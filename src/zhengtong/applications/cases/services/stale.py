"""Drafts that nobody takes up again: their applicant is told, and a week later they go with their evidence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb
from zhengtong.support.forms import queries as form_queries
from zhengtong.support.forms import services as forms
from zhengtong.support.notifications import services as notifications

from .. import rules
from ..models import DraftEvidence


def lapse_stale_drafts(*, at: datetime) -> int:
    """Tell of every draft that goes within a week; remove those told of a week ago. Returns how many went.

    Untouched means: not saved for ZT_DRAFT_DAYS. Saving a draft, also after the message, keeps it as long again.
    """
    gone, last = 0, 0
    since = at - timedelta(days=settings.ZT_DRAFT_DAYS) + rules.STALE_DRAFT_NOTICE
    while drafts := form_queries.list_untouched(since, after=last):
        last = drafts[-1].pk
        titles = {v.uuid: v.service.title for v in _versions(drafts)}
        gone += sum(_lapse(draft, titles.get(draft.version_uuid, {}), at=at) for draft in drafts)
    return gone


def _versions(drafts: list[Any]) -> list[Any]:
    return list(public_services.versions_by_uuid({draft.version_uuid for draft in drafts}).values())


@verb
def _lapse(draft: Any, title: Texts, *, at: datetime) -> bool:
    """Whether it went. The message is sent once for each state of the draft (`key`)."""
    told = notifications.send(
        recipient_urn=draft.party_urn, kind="draft", subject=_SUBJECT, body=_body(draft, title, at=at),
        link=f"/hall/drafts/{draft.uuid}/", at=at, key=f"draft:{draft.uuid}:{draft.revision}",
    )  # fmt: skip
    untouched = at - timedelta(days=settings.ZT_DRAFT_DAYS)
    if told.sent_at > at - rules.STALE_DRAFT_NOTICE or draft.updated_at >= untouched:
        return False
    if not forms.discard_untouched(uuid=draft.uuid, since=untouched):
        return False  # saved this very moment
    DraftEvidence.objects.filter(draft_uuid=draft.uuid).delete()
    return True


_SUBJECT: Texts = {"zh": "草稿即将清除", "en": "A draft will be removed soon"}


def _body(draft: Any, title: Texts, *, at: datetime) -> Texts:
    goes_at = max(draft.updated_at + timedelta(days=settings.ZT_DRAFT_DAYS), at + rules.STALE_DRAFT_NOTICE)
    day = china_date(goes_at)
    chinese, english = title.get("zh", ""), title.get("en") or title.get("zh", "")
    return {
        "zh": f"您填写的“{chinese}”草稿已很久没有改动，将于{day.year}年{day.month}月{day.day}日之后清除。"
        "如仍需办理，请打开草稿并保存。",
        "en": f"Your draft of “{english}” has not been touched for long and will be removed after {day.isoformat()}. "
        "If you still need it, open it and save it.",
    }
