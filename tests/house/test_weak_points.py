"""What a review looks for first: dangerous calls, markup taken for safe, answers that tell too much."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.house.test_outer_skin import addresses
from zhengtong.security.audit import following

SOURCE = Path(settings.PACKAGE)
NEVER = {
    "eval", "exec", "os.system", "os.popen", "pickle.loads", "pickle.load", "marshal.loads", "yaml.unsafe_load",
    "hashlib.md5", "hashlib.sha1", "random.choice", "random.random", "random.randint", "random.randrange",
    "random.getrandbits", "random.sample", "tempfile.mktemp", "ssl._create_unverified_context", "modes.ECB",
    "modes.CBC", "padding.PKCS7",
}  # fmt: skip
# Markup of our own making, read by people: each escapes what it is given, or was cleaned before.
MARKED_SAFE = {
    "access/portal/views/guide.py",  # the flow, drawn by our server
    "support/search/rules.py",  # search results: every part is escaped
    "support/workflow/drawing/flow.py",  # drawings: every text is escaped
    "access/portal/templates/portal/guide.html",  # guides, cleaned by nh3
    "applications/cases/templates/cases/workbench/case.html",  # the same drawing
    "applications/cases/templates/cases/hall/detail.html",
}


@cache
def trees() -> dict[str, ast.Module]:
    files = [f for f in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(f.parts)]
    return {str(f.relative_to(SOURCE)): ast.parse(f.read_text(encoding="utf-8")) for f in files}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in trees().items():
        yield from ((name, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_nothing_insecure_is_called() -> None:
    found = {f"{name}:{call.lineno} {text}" for name, call in calls() if (text := ast.unparse(call.func)) in NEVER}
    found |= {
        f"{name}:{call.lineno} a shell"
        for name, call in calls()
        if any(
            k.arg == "shell" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
        )
    }
    assert not found
    loaders = {ast.unparse(call) for _name, call in calls() if ast.unparse(call.func) == "yaml.load"}
    assert loaders <= {"yaml.load(file, Loader=_Strict)", "yaml.load(text, Loader=_Strict)"}, "a loader of unsafe types"


def test_markup_is_marked_safe_where_it_was_reviewed_and_nowhere_else() -> None:
    found = {name for name, call in calls() if ast.unparse(call.func) == "mark_safe"}
    unsafe = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off")
    found |= {
        str(f.relative_to(SOURCE)) for f in SOURCE.rglob("*.html") if unsafe.search(f.read_text(encoding="utf-8"))
    }
    assert found == MARKED_SAFE


def test_format_strings_are_of_the_program() -> None:
    """`text.format(…)` and `text % …` on a name that could be input: only constants, msgids and own constants."""
    formats = [
        (n, c) for n, c in calls() if isinstance(c.func, ast.Attribute) and c.func.attr in ("format", "format_map")
    ]
    from_request = [n for n, c in formats if re.search(r"request\.|POST|GET\b", ast.unparse(c.func.value))]
    assert not from_request


def test_scripts_set_no_markup_and_keep_one_preference() -> None:
    """Texts are put into pages as texts; `localStorage` holds whether single keys are on."""
    scripts = [f for f in SOURCE.rglob("static/**/*.js")]
    assert scripts
    text = {f.name: f.read_text(encoding="utf-8") for f in scripts}
    bad = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|postMessage|WebSocket"
    )
    assert not {name for name, script in text.items() if bad.search(script)}
    kept = {
        key for script in text.values() for key in re.findall(r"(?:local|session)Storage\.setItem\(([^,]+)", script)
    }
    assert kept == {'"zt-keys"'}


def test_no_foreign_origin_is_invited_and_every_text_says_its_charset(seeded) -> None:
    client, odd = Client(headers={"origin": "https://elsewhere.example"}), []
    client.raise_request_exception = False
    for path in addresses():
        answer = client.get(path)
        kind = answer.headers.get("Content-Type", "")
        odd += [f"{path}: CORS"] * any(name.lower().startswith("access-control-") for name in answer.headers)
        if not answer.streaming and answer.content:
            odd += [f"{path}: no type"] * (not kind)
            odd += [f"{path}: {kind}"] * (kind.startswith("text/") and "charset=" not in kind)
    assert not odd


def test_trace_is_not_answered(seeded) -> None:
    for path in ("/", "/accounts/login/", "/hall/", "/api/v1/services", "/healthz", "/nowhere/"):
        answer = Client().generic("TRACE", path, headers={"x-secret": "canary"})
        assert answer.status_code in (302, 401, 404, 405), path
        assert b"canary" not in answer.content


def test_nothing_of_the_sources_is_served(seeded) -> None:
    for path in ("/.git/HEAD", "/.git/", "/.env", "/static/", "/media/", "/src/", "/requirements.lock", "/docs/"):
        assert Client().get(path).status_code == 404, path


def test_debugging_is_off_unless_told() -> None:
    told = "from zhengtong.config import settings as s; print(s.DEBUG, s.ZT_DEMO, s.LOGGING['root']['level'])"
    done = subprocess.run(
        [sys.executable, "-c", told], env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "WARNING"]


class _Elsewhere(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/inner/secret")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def test_no_redirect_is_followed_by_who_watches_a_log() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(following.Refused, match="302"):
            following.fetcher(f"http://127.0.0.1:{server.server_port}/log")("checkpoint")
    finally:
        server.shutdown()
        server.server_close()
    assert _Elsewhere.asked == ["/log/checkpoint"]
