import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.support.files import rules

from . import factories as f


@pytest.mark.parametrize(
    ("content", "extension"),
    [(f.PDF, "pdf"), (f.PNG, "png"), (f.JPG, "jpg"), (f.JPG, "jpeg"), (f.WEBP, "webp"), (f.DOCX, "docx"),
     (f.XLSX, "xlsx"), (f.ODT, "odt"), (f.OFD, "ofd"), (f.TXT, "txt"), (f.GBK, "txt"), (f.CSV, "csv"),
     (b"BMW\n", "txt"), (b"MZ\n", "csv")],
)  # fmt: skip
def test_what_is_taken(content, extension):
    assert rules.agrees(extension, rules.sniff(io.BytesIO(content)).media_type)


@pytest.mark.parametrize(
    ("content", "says"),
    [(f.EXE, "Windows 程序"), (f.OLE, "旧版 Office"), (f.HEIC, "HEIC"), (f.ZIP, "ZIP"), (f.DOCM, "宏"),
     (b"#!/bin/sh\n", "脚本"), (b"\x7fELF" + b"\x00" * 60, "Linux"), (b"Rar!\x1a\x07\x00", "RAR"),
     (b"PK\x03\x04 broken", "损坏"), (b"\x00\x01\x02", "无法识别"),
     (b"GIF89a" + b"\x00" * 9, "GIF"), (b"BM\x00\x00", "BMP"), (b"\xff\xfe\x00\x00", "无法识别")],
)  # fmt: skip
def test_what_is_refused(content, says):
    sniffed = rules.sniff(io.BytesIO(content))
    assert sniffed.media_type == ""
    assert says in str(sniffed.says)


def test_text_is_read_to_its_end():
    assert rules.is_text(io.BytesIO(("字" * 100_000).encode()))
    assert not rules.is_text(io.BytesIO(b"a" * 200_000 + b"\x00"))
    assert not rules.is_text(io.BytesIO("字".encode()[:-1] * 2 + b"\xff"))


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(content):
    for head in (b"", b"PK\x03\x04", b"%PDF-", b"MZ"):
        rules.sniff(io.BytesIO(head + content))


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("营业执照.PDF", "营业执照.PDF"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张三\\执照.pdf", "执照.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),  # the right-to-left trick
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("", "file"),
        (".pdf", "pdf"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_names_are_made_safe(given_name, kept):
    assert rules.clean_name(given_name) == kept


@given(st.text())
def test_every_name_is_short_and_clean(name):
    kept = rules.clean_name(name)
    assert 0 < len(kept) <= rules.MAX_NAME
    assert not set(kept) & set('/\\\r\n\x00"<>')
    assert kept not in (".", "..")
    kept.encode()


def test_a_long_name_keeps_its_ending():
    kept = rules.clean_name("很长" * 200 + ".docx")
    assert len(kept) == rules.MAX_NAME
    assert kept.endswith(".docx")


def test_a_name_tells_nobodys_number():
    assert rules.clean_name("张三_11010519491231002X_13800138000.pdf") == "张三_×_×.pdf"
