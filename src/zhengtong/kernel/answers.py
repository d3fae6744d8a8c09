"""An answer that is still to be made of a fault."""

from __future__ import annotations

from django.http import HttpResponse

from .errors import ZhengtongError


class ProblemAnswer(HttpResponse):
    """An answer still to be rendered by kernel.design, outside the transaction. It keeps `problem`, for witnesses."""

    def __init__(self, problem: ZhengtongError) -> None:
        super().__init__(status=problem.status)
        self.problem = problem
