"""When another calendar is in force, limits move: the people concerned are told, once a case."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.transactions import verb
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.notifications import services as notifications

from ..models import Case

_CONCERN = {"statutory", "promised", "supplement", "delivery", "acceptance"}  # a review's own days are the authority's


@verb
def tell_of_moves(*, moves: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """Tell each applicant how the limits of his case moved: the old day and the new one. Told again, nothing changes.

    `moves` as `DeadlinesMoved` has them. Returns how many cases are concerned.
    """
    by_case: dict[UUID, list[Mapping[str, Any]]] = {}
    for move in moves:
        named = parse_urn(move["subject_urn"])
        if (named.room, named.noun) == ("cases", "case") and move["kind"] in _CONCERN:
            by_case.setdefault(named.uuid, []).append(move)
    cases = Case.objects.filter(uuid__in=by_case)
    for case in cases:
        _tell(case, by_case[case.uuid], at=at)
    return len(cases)


def _tell(case: Case, moves: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    said = {
        lang: [f"{deadlines.KINDS[m['kind']][lang]}{between[0]}{_day(m['was'])}{between[1]}{_day(m['due_date'])}"
               for m in moves]
        for lang, between in (("zh", ("由", "调整为")), ("en", (": from ", " to ")))
    }  # fmt: skip
    title = case.title
    which = hashlib.sha256(repr(sorted((m["key"], m["was"], m["due_date"]) for m in moves)).encode()).hexdigest()[:16]
    notifications.send(
        recipient_urn=case.applicant_urn,
        kind="cases.moved",
        subject={
            "zh": f"节假日安排变化，办理期限已调整：{title['zh']}",
            "en": f"The calendar changed and your time limits with it: {title.get('en', title['zh'])}",
        },
        body={
            "zh": f"办件编号 {case.number}。{'；'.join(said['zh'])}。",
            "en": f"Case {case.number}. {'; '.join(said['en'])}.",
        },
        link=f"/hall/cases/{case.uuid}/",
        at=at,
        key=f"moved:{case.uuid}:{which}",
    )


def _day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%Y-%m-%d}" if iso else "—"
