"""Files that cases and their drafts name are still needed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from zhengtong.applications.public_services import queries as public_services
from zhengtong.support.files.services import StoredFile
from zhengtong.support.forms import services as forms

from .models import DraftEvidence, Evidence, Paper, Submission


def held_by_cases(files: Sequence[StoredFile]) -> set[UUID]:
    """Those of the files that are evidence, an official paper, or an answer of a form that was filed."""
    uuids = {file.uuid for file in files}
    held: set[UUID] = set()
    for model in (Evidence, DraftEvidence, Paper):
        named = model._default_manager.filter(file_uuid__in=uuids).values_list("file_uuid", flat=True)
        held |= {uuid for uuid in named if uuid}
    answers = [file for file in files if file.purpose == "form" and file.uuid not in held]
    return held | _in_submissions(answers) if answers else held


def _in_submissions(files: Sequence[StoredFile]) -> set[UUID]:
    """Answers name a file within the form's data; looked for in what the same party has filed."""
    filed = Submission.objects.filter(case__applicant_urn__in={file.party_urn for file in files})
    named: set[UUID] = set()
    for submission in filed.select_related("case").iterator(chunk_size=200):
        form = public_services.form_of(public_services.get_pinned_version(submission.case.service_version_uuid))
        if any(field.is_file for field in form.fields.values()):
            named |= set(forms.files_in(form, forms.reveal(form, submission.data)))
    return named & {file.uuid for file in files}
