"""Take files in, checked; give them out, safely."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid, TooLarge, Unavailable
from zhengtong.kernel.transactions import verb

from . import rules, storing
from .cleaning import clean, hold
from .models import Scan, StoredFile
from .queries import get_file
from .scanning import ScannerUnavailable, find_virus

__all__ = [
    "Infected",
    "Scan",
    "ScannerUnavailable",
    "StoredFile",
    "Unsupported",
    "clean",
    "download_response",
    "open_file",
    "store",
]


class Unsupported(Invalid):
    """The file is of a kind we do not take, or not of the kind its name says."""

    code = "unsupported-file"
    title = gettext_lazy("不能接收这种文件")
    remedy = gettext_lazy("可以上传：%s。") % rules.ACCEPTED


class Infected(Invalid):
    """The scanner found a virus. Nothing was stored."""

    code = "infected-file"
    title = gettext_lazy("文件含有病毒，没有保存")
    remedy = gettext_lazy("请先在自己的设备上查杀，再上传干净的文件。")


@verb
def store(stream: storing.Readable, name: str, *, actor: Actor, at: datetime, purpose: str) -> StoredFile:
    """Take a file in: measured, recognised by its bytes, scanned, stored once by its hash.

    The row belongs to the caller's transaction; bytes of a rolled-back row, and rows that no room names after a day,
    stay until the store is cleaned (`clean`).
    Raises TooLarge, Unsupported, Infected, ScannerUnavailable; then nothing is kept.
    """
    name = rules.clean_name(name)
    limit = settings.ZT_MAX_FILE_BYTES
    try:
        with storing.receive(stream, limit) as incoming:
            media_type = _recognise(incoming, name)
            scan = _scan(incoming.stream, name)
            hold(incoming.sha256)
            storing.keep(incoming)
            digest, size = incoming.sha256, incoming.size
    except storing.OverLimit:
        raise _too_large(name, limit) from None
    except OSError as error:
        raise Unavailable(_("文件“%s”没有保存：存储空间不可用。") % name) from error
    return StoredFile.objects.create(
        sha256=digest, size=size, media_type=media_type, name=name, scan=scan, purpose=purpose,
        hand_urn=actor.urn, party_urn=actor.party_urn, stored_at=at,
    )  # fmt: skip


def open_file(uuid: UUID) -> BinaryIO:
    """The bytes, as a stream to be closed. Whether the reader may is the caller's question. Raises NotFound."""
    return _open(get_file(uuid))


def download_response(file: StoredFile, *, inline: bool = False) -> FileResponse:
    """The file as an answer that no browser takes for a page. `inline` shows images and PDF inside a page of ours."""
    shown = inline and file.is_viewable
    response = FileResponse(_open(file), content_type=file.media_type)
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = _disposition("inline" if shown else "attachment", file.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'" if shown else "sandbox"
    response["X-Frame-Options"] = "SAMEORIGIN" if shown else "DENY"
    return response


def _open(file: StoredFile) -> BinaryIO:
    try:
        return storing.path_of(file.sha256).open("rb")
    except OSError as error:
        raise Unavailable(_("文件“%s”暂时无法读取。") % file.name) from error


def _recognise(incoming: storing.Incoming, name: str) -> str:
    """The media type, where bytes and name agree."""
    extension = rules.extension_of(name)
    if not incoming.size:
        raise Unsupported(_("文件“%s”是空的。") % name, remedy=_("请检查后重新选择文件。"))
    sniffed = rules.sniff(incoming.stream)
    if extension not in rules.EXTENSIONS:
        raise Unsupported(_("不能接收文件“%s”。") % name)
    if rules.agrees(extension, sniffed.media_type):
        return rules.EXTENSIONS[extension]
    looks = sniffed.says or next(ext for ext, kind in rules.EXTENSIONS.items() if kind == sniffed.media_type).upper()
    raise Unsupported(
        _("文件“%(name)s”的内容与扩展名 .%(extension)s 不符，实际是%(looks)s。")
        % {"name": name, "extension": extension, "looks": looks}
    )


def _scan(stream: BinaryIO, name: str) -> Scan:
    if not settings.ZT_CLAMD_SOCKET:
        return Scan.NOT_SCANNED
    if virus := find_virus(stream, settings.ZT_CLAMD_SOCKET):
        raise Infected(
            _("文件“%(name)s”含有病毒（%(virus)s），没有保存。") % {"name": name, "virus": virus}, virus=virus
        )
    return Scan.CLEAN


def _too_large(name: str, limit: int) -> TooLarge:
    megabytes = f"{limit / 1024 / 1024:g}"
    return TooLarge(
        _("文件“%(name)s”超过 %(limit)s MB。") % {"name": name, "limit": megabytes},
        remedy=_("请压缩图片或拆分后再上传。"),
        limit_mb=megabytes,
    )


def _disposition(kind: str, name: str) -> str:
    """RFC 6266: a plain name for old readers, the real one in UTF-8."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
