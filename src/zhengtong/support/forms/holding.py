"""Files named in drafts are still needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from zhengtong.support.files.services import StoredFile

from .models import Draft


def held_by_drafts(files: Sequence[StoredFile]) -> set[UUID]:
    """Those of the files that a draft of the same hand names. Answers are encrypted: each draft is opened."""
    named: dict[str, str] = {}
    for draft in Draft.objects.filter(hand_urn__in={file.hand_urn for file in files}):
        named[draft.hand_urn] = f"{named.get(draft.hand_urn, '')} {json.dumps(draft.data)}"
    return {file.uuid for file in files if str(file.uuid) in named.get(file.hand_urn, "")}
