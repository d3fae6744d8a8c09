"""Official papers of a case: the row is made in the act, its PDF is drawn afterwards from the row alone."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.compiled import insert
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.security.directory import queries as directory
from zhengtong.support.files import services as files
from zhengtong.support.rendering import services as rendering

from .. import law, rules
from ..events import PaperIssued
from ..models import Case, Paper


def issue_paper(case: Case, kind: str, *, at: datetime, **data: Any) -> Paper:
    """Fix the words of a paper in the authority's name. Its PDF follows; what it says cannot change any more.

    Raises Invalid where the officer wrote a sign that cannot be printed.
    """
    _check_printable(data)
    organisation = directory.get_organisation(case.lead_organisation_uuid)
    paper = insert(
        Paper(
            case=case,
            kind=kind,
            number=rules.paper_number(case.number, kind, case.revision),
            issued_at=at,
            data={
                "authority": organisation.official_name or organisation.name,
                "case_number": case.number,
                "service": case.title.get("zh", ""),
                "applicant": case.applicant_name,
                "is_licence": law.is_licence(case.service_type),
                "submitted_at": case.submitted_at.isoformat(),
                **data,
            },
        )
    )
    events.publish(PaperIssued(paper_uuid=str(paper.uuid)))
    return paper


_WRITTEN = ("reason", "reasons", "items", "approval")  # by the officer in this very act


def _check_printable(data: Mapping[str, Any]) -> None:
    for name in _WRITTEN:
        written = json.dumps(data.get(name) or "", ensure_ascii=False)
        if signs := rendering.unprintable(written):
            message = _("文书印不出这些符号：%(signs)s。请删去或改用文字。") % {"signs": " ".join(signs)}
            raise Invalid(message, fields=[FieldError(name, message)])


@verb
def render_paper(*, paper_uuid: UUID, at: datetime) -> Paper:
    """Draw the PDF once and keep it. Called by the worker, or by the first reader if the worker was slower."""
    paper = Paper.objects.select_for_update().select_related("case").get(uuid=paper_uuid)
    if paper.file_uuid is None:
        content = rendering.paper(
            paper.kind, {**paper.data, "number": paper.number, "issued_at": paper.issued_at.isoformat()}
        )
        stored = files.store(
            io.BytesIO(content),
            f"{paper.number}.pdf",
            actor=system_actor("papers"),
            at=at,
            purpose="paper",
        )
        paper.file_uuid = stored.uuid
        paper.save(update_fields=["file_uuid"])
    return paper
