import hashlib
import io
import stat
import uuid
from datetime import timedelta

import pytest
from django.utils import translation

from zhengtong.kernel.errors import NotFound, TooLarge, Unavailable
from zhengtong.support.files import queries, storing
from zhengtong.support.files.services import Unsupported, download_response, open_file, store

from . import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(tmp_path, settings):
    settings.ZT_FILES, settings.ZT_CLAMD_SOCKET = tmp_path / "files", ""
    return tmp_path / "files"


def take(content, name, actor=f.ACTOR, at=f.AT):
    return store(io.BytesIO(content), name, actor=actor, at=at, purpose="test")


def kept_files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_by_its_hash(own_store):
    file = take(f.PDF, "执照.pdf")
    digest = hashlib.sha256(f.PDF).hexdigest()
    assert (file.sha256, file.size, file.media_type, file.name) == (digest, len(f.PDF), "application/pdf", "执照.pdf")
    (path,) = kept_files(own_store)
    assert path == own_store / digest[:2] / digest[2:4] / digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in own_store.rglob("*") if folder.is_dir())
    with open_file(file.uuid) as stream:
        assert stream.read() == f.PDF


def test_the_same_bytes_are_kept_once(own_store):
    first, second = take(f.PDF, "a.pdf"), take(f.PDF, "b.pdf", f.OTHER, f.AT + timedelta(days=1))
    assert first.uuid != second.uuid
    assert (first.name, second.name) == ("a.pdf", "b.pdf")
    assert len(kept_files(own_store)) == 1


def test_a_broken_off_copy_is_replaced(own_store):
    file = take(f.PDF, "a.pdf")
    storing.path_of(file.sha256).write_bytes(b"half")
    take(f.PDF, "a.pdf")
    assert storing.path_of(file.sha256).read_bytes() == f.PDF


class Endless(io.RawIOBase):
    """More and more bytes, counted."""

    given = 0

    def read(self, size=-1):
        assert size > 0, "the whole stream was asked for at once"
        self.given += size
        return b"\x89" * size


def test_too_large_stops_at_the_limit(own_store, settings):
    settings.ZT_MAX_FILE_BYTES = 2 * 1024 * 1024
    endless = Endless()
    with pytest.raises(TooLarge, match="超过 2 MB") as caught:
        store(endless, "big.png", actor=f.ACTOR, at=f.AT, purpose="test")
    assert endless.given < 3 * 1024 * 1024
    assert caught.value.extra == {"limit_mb": "2"}
    assert str(caught.value.remedy) == "请压缩图片或拆分后再上传。"
    assert kept_files(own_store) == []


def test_exactly_the_limit_is_taken(settings):
    settings.ZT_MAX_FILE_BYTES = len(f.PDF)
    assert take(f.PDF, "a.pdf").size == len(f.PDF)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (f.EXE, "执照.pdf", "文件“执照.pdf”的内容与扩展名 .pdf 不符，实际是Windows 程序。"),
        (f.EXE, "setup.exe", "不能接收文件“setup.exe”。"),
        (f.PDF, "照片.jpg", "与扩展名 .jpg 不符，实际是PDF。"),
        (f.ZIP, "合同.docx", "ZIP 压缩包"),
        (f.OLE, "合同.docx", "旧版 Office 文件"),
        (f.DOCM, "合同.docx", "带宏的文档"),
        (f.PDF, "无后缀", "不能接收文件“无后缀”。"),
        (b"", "空.pdf", "是空的"),
        (b"<html><script>", "页面.html", "不能接收"),
    ],
)
def test_what_is_refused_leaves_nothing(own_store, content, name, said):
    with pytest.raises(Unsupported, match=said) as caught:
        take(content, name)
    assert caught.value.remedy
    assert kept_files(own_store) == []


def test_refusals_in_english():
    with translation.override("en"), pytest.raises(Unsupported) as caught:
        take(f.EXE, "licence.pdf")
    assert str(caught.value.message) == (
        "The content of the file “licence.pdf” does not fit its ending .pdf: it is a Windows program."
    )


def test_a_full_disk_is_said_plainly(own_store):
    own_store.parent.joinpath("files").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="存储空间不可用"):
        take(f.PDF, "a.pdf")


def test_where_no_scanner_runs_it_is_said():
    file = take(f.PDF, "a.pdf")
    assert (file.scan, file.is_scanned, str(file.get_scan_display())) == ("not_scanned", False, "未经病毒扫描")
    assert not queries.is_scanning()


def test_whose_file_it_is():
    mine, clerks = take(f.PDF, "a.pdf"), take(f.PNG, "b.png", f.CLERK)
    assert [mine.belongs_to(actor) for actor in (f.ACTOR, f.OTHER, f.CLERK)] == [True, False, False]
    assert [clerks.belongs_to(actor) for actor in (f.ACTOR, f.OTHER, f.CLERK)] == [False, False, True]


def test_finding_files(django_assert_num_queries):
    file = take(f.PDF, "a.pdf")
    with django_assert_num_queries(1):
        assert queries.files_by_uuid([file.uuid, uuid.uuid4()]) == {file.uuid: file}
    with django_assert_num_queries(0):
        assert queries.files_by_uuid([]) == {}
    assert queries.find_file(uuid.uuid4()) is None
    with pytest.raises(NotFound):
        open_file(uuid.uuid4())


def test_a_download_is_never_taken_for_a_page():
    response = download_response(take(f.TXT, '说明 "x".txt'))
    assert b"".join(response.streaming_content) == f.TXT
    response.close()
    assert response["Content-Disposition"] == (
        "attachment; filename=\"__ _x_.txt\"; filename*=UTF-8''%E8%AF%B4%E6%98%8E%20_x_.txt"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"
    assert response["Content-Length"] == str(len(f.TXT))


@pytest.mark.parametrize(
    ("content", "name", "shown"),
    [(f.PDF, "a.pdf", True), (f.PNG, "a.png", True), (f.DOCX, "a.docx", False), (f.TXT, "a.txt", False)],
)
def test_only_pictures_and_pdf_are_shown_in_a_page(content, name, shown):
    response = download_response(take(content, name), inline=True)
    response.close()
    assert response["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert response["X-Frame-Options"] == ("SAMEORIGIN" if shown else "DENY")


def test_a_lost_file_is_no_crash(own_store):
    file = take(f.PDF, "a.pdf")
    storing.path_of(file.sha256).unlink()
    with pytest.raises(Unavailable):
        download_response(file)
