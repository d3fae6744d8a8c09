"""What registered systems of other authorities are told about cases."""

from __future__ import annotations

from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions import services as permissions

from ..models import Review

MOST = 50


def list_reviews_for(actor: Actor, *, before: UUID | None = None) -> list[Review]:
    """The open reviews of the authority that runs the system, the newest first, with their cases; `before`: the last
    uuid seen. At most two queries. Raises NotFound, Denied."""
    rows = permissions.filter(actor, "cases.review.list", Review.objects.filter(state=Review.State.OPEN))
    if before is not None:
        last = Review.objects.filter(uuid=before).first()
        if last is None:
            raise NotFound
        permissions.require(actor, "cases.review.list", last)
        rows = rows.filter(pk__lt=last.pk)
    return list(rows.select_related("case").order_by("-id")[:MOST])
