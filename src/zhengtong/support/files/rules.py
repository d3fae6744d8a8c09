"""What a file is, by its bytes; and what it may be called. Pure, on open binary streams."""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.redaction import redact

MAX_NAME = 120  # characters
HEAD = 4096  # bytes read to tell what it is
MAX_ENTRIES = 20_000  # of a zip-based document

PDF = "application/pdf"
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT, ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
OFD = "application/ofd"
TEXT, CSV = "text/plain", "text/csv"

EXTENSIONS: Mapping[str, str] = {
    "pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG, "webp": WEBP, "docx": DOCX, "xlsx": XLSX, "odt": ODT,
    "ods": ODS, "ofd": OFD, "txt": TEXT, "csv": CSV,
}  # fmt: skip
INLINE_TYPES = frozenset({PDF, JPEG, PNG, WEBP})
ACCEPTED = "PDF, OFD, JPG, PNG, WebP, DOCX, XLSX, ODT, ODS, TXT, CSV"

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`media_type` is empty for what is not accepted; `says` tells a person what it looks like."""

    media_type: str
    says: object = ""


_ACCEPTED = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
_REFUSED: tuple[tuple[int, bytes, object], ...] = (
    (0, b"MZ", _("Windows 程序")),
    (0, b"\x7fELF", _("Linux 程序")),
    (0, b"\xca\xfe\xba\xbe", _("程序")),
    (0, b"\xcf\xfa\xed\xfe", _("程序")),
    (0, b"#!", _("脚本")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _("旧版 Office 文件（请另存为 DOCX、XLSX 或 PDF）")),
    (0, b"Rar!", _("RAR 压缩包（请解压后逐个上传）")),
    (0, b"7z\xbc\xaf\x27\x1c", _("7z 压缩包（请解压后逐个上传）")),
    (0, b"\x1f\x8b", _("gzip 压缩包（请解压后逐个上传）")),
    (4, b"ftyphei", _("HEIC 照片（请在手机上改存为 JPG）")),
    (4, b"ftypmif1", _("HEIC 照片（请在手机上改存为 JPG）")),
    (4, b"ftyp", _("视频")),
    (0, b"GIF8", _("GIF 图片（请另存为 PNG 或 JPG）")),
    (0, b"BM", _("BMP 图片（请另存为 PNG 或 JPG）")),
    (0, b"II*\x00", _("TIFF 图片（请另存为 PDF 或 JPG）")),
    (0, b"MM\x00*", _("TIFF 图片（请另存为 PDF 或 JPG）")),
)


# -- content ----------------------------------------------------------------------------------------------------------
def sniff(stream: BinaryIO) -> Sniffed:
    """What the bytes are. Reads little, except for text; leaves the position anywhere."""
    stream.seek(0)
    head = stream.read(HEAD)
    if known := next((kind for magic, kind in _ACCEPTED if head.startswith(magic)), ""):
        return Sniffed(known)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Sniffed(WEBP)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(stream)
    for offset, magic, says in _REFUSED:
        if head[offset : offset + len(magic)] == magic and not _is_short_text(magic, stream):
            return Sniffed("", says)
    return Sniffed(TEXT) if is_text(stream) else Sniffed("", _("无法识别的二进制文件"))


def _is_short_text(magic: bytes, stream: BinaryIO) -> bool:
    """Two letters may also begin a plain text (“BM…”, “MZ…”)."""
    return len(magic) == 2 and magic.isalpha() and is_text(stream)


def _sniff_zip(stream: BinaryIO) -> Sniffed:
    """A document that is a zip folder, told by its table of contents; nothing is unpacked but 100 bytes."""
    try:
        with zipfile.ZipFile(stream) as folder:
            names = {entry.filename for entry in folder.infolist()[:MAX_ENTRIES]}
            kind = folder.open("mimetype").read(100).decode("ascii", "replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, KeyError):
        return Sniffed("", _("损坏的压缩文件"))
    if any(name.lower().endswith("vbaproject.bin") for name in names) or any(n.startswith("Basic/") for n in names):
        return Sniffed("", _("带宏的文档（请另存为不带宏的文件或 PDF）"))
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return Sniffed(DOCX)
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return Sniffed(XLSX)
    if "OFD.xml" in names:
        return Sniffed(OFD)
    return Sniffed(kind.strip()) if kind.strip() in (ODT, ODS) else Sniffed("", _("ZIP 压缩包（请解压后逐个上传）"))


def is_text(stream: BinaryIO) -> bool:
    """UTF-8 or GB 18030 without control characters. Reads the stream in pieces."""
    return any(_decodes(stream, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while piece := stream.read(65536):
            if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", piece):
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def agrees(extension: str, media_type: str) -> bool:
    """Whether a file so called may hold this. CSV is text."""
    expected = EXTENSIONS.get(extension)
    return expected == media_type or (expected == CSV and media_type == TEXT)


# -- names ------------------------------------------------------------------------------------------------------------
def clean_name(name: str) -> str:
    """A name that is safe on every system and in a header: no folders, no invisible marks, 120 characters.

    Identity, phone and card numbers become ×: names stand in lists, logs and headers."""
    base = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode()).replace("\\", "/").rpartition("/")[2]
    visible = "".join(char for char in base if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp"))
    plain = _UNSAFE.sub("_", redact(visible, lambda _kind: "×")).strip(" .") or "file"
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return plain[:MAX_NAME]
    extension = extension[:16]
    return f"{stem[: MAX_NAME - len(extension) - 1].rstrip(' .') or 'file'}.{extension}"


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
