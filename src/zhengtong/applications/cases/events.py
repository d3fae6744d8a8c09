"""What this room announces. Handlers read the present state; the uuid is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class CaseSubmitted(Event):
    name: ClassVar[str] = "cases.case.submitted"
    case_uuid: str


@dataclass(frozen=True)
class CaseAccepted(Event):
    name: ClassVar[str] = "cases.case.accepted"
    case_uuid: str


@dataclass(frozen=True)
class ReviewClosed(Event):
    name: ClassVar[str] = "cases.review.closed"
    review_uuid: str


@dataclass(frozen=True)
class CaseClosed(Event):
    """Granted, denied, refused, abandoned or withdrawn."""

    name: ClassVar[str] = "cases.case.closed"
    case_uuid: str


@dataclass(frozen=True)
class PaperIssued(Event):
    name: ClassVar[str] = "cases.paper.issued"
    paper_uuid: str
