"""ClamAV's daemon, asked by INSTREAM over its socket. One connection a file; nothing is held in memory."""

from __future__ import annotations

import socket
import struct
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Unavailable

PIECE = 64 * 1024
TIMEOUT = 60  # seconds for each exchange


class ScannerUnavailable(Unavailable):
    """A scanner is configured and does not answer: the file is refused, not let through."""

    code = "scanner-unavailable"
    title = _("病毒扫描服务暂时不可用，文件没有保存。")


def find_virus(stream: BinaryIO, address: str) -> str:
    """The name of the virus found; empty: none. Raises ScannerUnavailable."""
    stream.seek(0)
    try:
        with _connect(address) as link:
            answer = _instream(link, stream)
    except OSError as error:
        raise ScannerUnavailable() from error
    return _verdict(answer)


def _connect(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in address:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(TIMEOUT)
    try:
        link.connect(address)
    except OSError:
        link.close()
        raise
    return link


def _instream(link: socket.socket, stream: BinaryIO) -> str:
    link.sendall(b"zINSTREAM\0")
    try:
        while piece := stream.read(PIECE):
            link.sendall(struct.pack("!I", len(piece)) + piece)
        link.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # clamd answers and closes as soon as its own size limit is passed
    answer = b""
    while not answer.endswith(b"\0") and (piece := link.recv(4096)):
        answer += piece
    return answer.rstrip(b"\0").decode("utf-8", "replace")


def _verdict(answer: str) -> str:
    """`stream: OK`, `stream: Eicar-Test-Signature FOUND`, or an error."""
    verdict = answer.removeprefix("stream: ")
    if verdict == "OK":
        return ""
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND") or "unnamed"
    raise ScannerUnavailable(scanner_said=answer[:200])
