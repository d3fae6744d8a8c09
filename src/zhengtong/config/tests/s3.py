"""A stand-in for a server that speaks S3: one bucket in memory, uploads in parts, lists. No signatures are checked.

moto's server, against which the store was tried by hand, cannot be installed beside procrastinate (python-dateutil).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Bucket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = "vault"
    kept: dict[str, tuple[bytes, datetime]] = {}
    parts: dict[str, dict[int, bytes]] = {}

    def _asked(self) -> tuple[str, str, dict[str, str]]:
        address = urlsplit(self.path)
        bucket, _, key = unquote(address.path).lstrip("/").partition("/")
        return bucket, key, {n: v[0] for n, v in parse_qs(address.query, keep_blank_values=True).items()}

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, code: str) -> None:
        self._answer(404, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def do_PUT(self) -> None:
        bucket, key, query = self._asked()
        body = self._body()
        if bucket != self.name:
            return self._refuse("NoSuchBucket")
        if upload := query.get("uploadId"):
            self.parts[upload][int(query["partNumber"])] = body
        else:
            self.kept[key] = (body, datetime.now(UTC))
        return self._answer(200, ETag=_tag(body))

    def do_POST(self) -> None:
        bucket, key, query = self._asked()
        body = self._body()
        if bucket != self.name:
            return self._refuse("NoSuchBucket")
        if "delete" in query:
            gone = re.findall(r"<Key>([^<]*)</Key>", body.decode())
            for name in gone:
                self.kept.pop(name, None)
            told = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in gone)
            return self._answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())
        if "uploads" in query:
            upload = f"u{len(self.parts)}"
            self.parts[upload] = {}
            told = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            return self._answer(200, told.encode())
        parts = self.parts.pop(query["uploadId"])
        whole = b"".join(parts[number] for number in sorted(parts))
        self.kept[key] = (whole, datetime.now(UTC))
        tag = f"<CompleteMultipartUploadResult><ETag>{escape(_tag(whole))}</ETag></CompleteMultipartUploadResult>"
        return self._answer(200, tag.encode())

    def do_DELETE(self) -> None:
        _, key, query = self._asked()
        self.parts.pop(query.get("uploadId", ""), None)
        if "uploadId" not in query:
            self.kept.pop(key, None)
        self._answer(204)

    def do_GET(self) -> None:
        _, key, query = self._asked()
        if "list-type" in query:
            return self._answer(200, _listed(self.kept, query.get("prefix", "")))
        if key not in self.kept:
            return self._refuse("NoSuchKey")
        body, at = self.kept[key]
        return self._answer(200, body, ETag=_tag(body), Last_Modified=format_datetime(at, usegmt=True))

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _listed(kept: dict[str, tuple[bytes, datetime]], prefix: str) -> bytes:
    rows = "".join(
        f"<Contents><Key>{escape(key)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f"<ETag>{escape(_tag(body))}</ETag><Size>{len(body)}</Size></Contents>"
        for key, (body, at) in sorted(kept.items())
        if key.startswith(prefix)
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()


def _tag(body: bytes) -> str:
    return f'"{md5(body, usedforsecurity=False).hexdigest()}"'


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
