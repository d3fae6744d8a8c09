"""What we do when a fact was announced: papers are drawn outside the act."""

from __future__ import annotations

from uuid import UUID

from zhengtong.kernel.clock import now
from zhengtong.kernel.events.services import handles
from zhengtong.support.deadlines.events import DeadlinesMoved

from . import services
from .events import PaperIssued


@handles(PaperIssued)
def draw_paper(event: PaperIssued) -> None:
    """Draw the PDF of a paper just issued."""
    services.render_paper(paper_uuid=UUID(event.paper_uuid), at=now())


@handles(DeadlinesMoved)
def tell_of_moves(event: DeadlinesMoved) -> None:
    """Tell the applicants whose limits moved with the calendar."""
    services.tell_of_moves(moves=event.moves, at=now())
