"""Against a real clamd, with a signature of our own for the EICAR string."""

import io
import shutil
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from zhengtong.support.files.models import StoredFile
from zhengtong.support.files.services import Infected, ScannerUnavailable, store

from . import factories as f
from .clamd import EICAR, PROGRAM, Clamd

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def clamd():
    if PROGRAM is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    folder = Path(tempfile.mkdtemp(prefix="clamd-"))  # a short path: a socket's name has at most 107 bytes
    daemon = Clamd(folder)
    try:
        daemon.wait()
        yield daemon
    finally:
        daemon.stop()
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def own_store(tmp_path, settings):
    settings.ZT_FILES = tmp_path / "files"
    return tmp_path / "files"


def take(content, name):
    return store(io.BytesIO(content), name, actor=f.ACTOR, at=f.AT, purpose="test")


def test_a_clean_file_is_marked_so(clamd, settings):
    settings.ZT_CLAMD_SOCKET = clamd.address
    assert take(f.PDF, "a.pdf").scan == "clean"


@pytest.mark.parametrize("content", [EICAR, b"harmless\n" * 20_000 + EICAR])
def test_a_virus_is_refused_and_not_kept(clamd, settings, own_store, content):
    settings.ZT_CLAMD_SOCKET = clamd.address
    with pytest.raises(Infected, match=r"Test\.EICAR") as caught:
        take(content, "说明.txt")
    assert caught.value.extra["virus"].startswith("Test.EICAR")
    assert not StoredFile.objects.exists()
    assert not [path for path in own_store.rglob("*") if path.is_file()]


def test_more_than_the_scanner_takes_is_not_let_through(clamd, settings):
    settings.ZT_CLAMD_SOCKET = clamd.address  # its limit is 1 MB here
    with pytest.raises(ScannerUnavailable):
        take(b"a" * 3 * 1024 * 1024, "long.txt")


@pytest.mark.parametrize("address", ["/nonexistent/clamd.sock", "127.0.0.1:9"])
def test_a_scanner_that_is_down_lets_nothing_through(settings, own_store, address):
    settings.ZT_CLAMD_SOCKET = address
    with pytest.raises(ScannerUnavailable):
        take(f.PDF, "a.pdf")
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("answer", [b"", b"stream: \0", b"INSTREAM size limit exceeded. ERROR\0", b"HTTP/1.1 200 OK\0"])
def test_a_strange_answer_lets_nothing_through(settings, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.ZT_CLAMD_SOCKET = f"127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=_answer_once, args=(server, answer))
        thread.start()
        with pytest.raises(ScannerUnavailable):
            take(f.PDF, "a.pdf")
        thread.join(10)


def _answer_once(server: socket.socket, answer: bytes) -> None:
    link, _address = server.accept()
    with link:
        while not link.recv(65536).endswith(b"\0\0\0\0"):
            pass
        link.sendall(answer)
