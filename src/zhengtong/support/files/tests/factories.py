"""Small real files of each kind, made here."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from zhengtong.kernel.actors import Actor, Capacity

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ACTOR = Actor(urn="urn:hand:1", capacity=Capacity.RESIDENT, party_urn="urn:party:1")
OTHER = Actor(urn="urn:hand:2", capacity=Capacity.RESIDENT, party_urn="urn:party:2")
CLERK = Actor(urn="urn:hand:3", capacity=Capacity.OFFICIAL)

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 40
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 20
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 56 + b"PE\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100
HEIC = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40
TXT = "经营场所说明\r\n第二行\n".encode()
GBK = "经营场所说明\r\n第二行\n".encode("gb18030")
CSV = "姓名,电话\n张三,1\n".encode()


def folder(**entries: bytes) -> bytes:
    """A zip with these entries."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return held.getvalue()


DOCX = folder(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})
DOCM = folder(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<d/>", "word/vbaProject.bin": b"x"})
XLSX = folder(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
ODT = folder(**{"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})
OFD = folder(**{"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<x/>"})
ZIP = folder(**{"a.txt": b"a"})
