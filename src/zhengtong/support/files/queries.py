"""Questions about stored files."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import NotFound

from . import rules
from .models import StoredFile

ACCEPTED = rules.ACCEPTED
ACCEPTED_EXTENSIONS = tuple(f".{extension}" for extension in rules.EXTENSIONS)


def get_file(uuid: UUID) -> StoredFile:
    """Raises NotFound."""
    file = find_file(uuid)
    if file is None:
        raise NotFound(_("没有这个文件。"))
    return file


def find_file(uuid: UUID) -> StoredFile | None:
    return StoredFile.objects.filter(uuid=uuid).first()


def files_by_uuid(uuids: Iterable[UUID]) -> dict[UUID, StoredFile]:
    """Those that exist. One query, none for no uuid."""
    wanted = set(uuids)
    return {file.uuid: file for file in StoredFile.objects.filter(uuid__in=wanted)} if wanted else {}


def size_limit() -> int:
    """Bytes one file may have."""
    return settings.ZT_MAX_FILE_BYTES


def is_scanning() -> bool:
    """Whether a virus scanner is configured; where none is, pages say so."""
    return bool(settings.ZT_CLAMD_SOCKET)
