"""Upload of evidence for an application."""

from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import guard
from zhengtong.support.files import services as files

router = Router(tags=["files"])


class FileOut(Schema):
    uuid: UUID
    name: str
    size: int
    media_type: str
    sha256: str
    scan: str


@router.post("", response={201: FileOut}, summary="Upload a file")
@limited("upload")
@guard("cases.case.submit")
def upload(request: HttpRequest, file: UploadedFile = File(...)) -> tuple[int, object]:  # noqa: B008
    """Keep a file; refer to it by its uuid when submitting."""
    return 201, files.store(file, file.name or "", actor=request.actor, at=now(), purpose="api")
