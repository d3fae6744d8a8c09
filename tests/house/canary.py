"""Canaries: identity, phone and card numbers of nobody, each used at one place, so that a leak names its source."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from zhengtong.config.story.restaurant import PNG, Answers
from zhengtong.kernel.identifiers import id_check_character

FIELDS = (
    "login", "username", "password", "password1", "password2", "code", "name", "id_number", "phone", "mobile", "number",
    "q", "query_password", "reason", "reasons", "remarks", "text", "purpose", "place", "findings", "items", "result",
    "scope", "agent_id_number", "agent_name", "to", "service", "signboard_text", "food_safety_manager", "approval",
    "contact_name", "contact_mobile", "case_number", "receipt", "next", "before", "action", "status", "key", "title",
)  # fmt: skip

# What people and programs write before a number and between two.
BESIDE = (("", " "), ("2 ", " "), ("2026-11-22 ", "-1 "), ("ID", ", 0086 "), ("\\u624b", "-2 "), ("%3D", "%20"))


@dataclass
class Flock:
    """Makes canaries and remembers where each was let go."""

    places: dict[str, str] = field(default_factory=dict)

    def three(self, place: str) -> str:
        """One number of each kind, for this place alone."""
        before, between = BESIDE[len(self.places) // 3 % len(BESIDE)]
        return before + between.join((self.id_number(place), self.mobile(place), self.card(place)))

    def id_number(self, place: str) -> str:
        n = len(self.places)
        body = f"999999{date(1950, 1, 1) + timedelta(days=n % 20000):%Y%m%d}{n // 20000:03d}"
        return self._let_go(body + id_check_character(body), place)

    def mobile(self, place: str) -> str:
        return self._let_go(f"1979{len(self.places):07d}", place)

    def card(self, place: str) -> str:
        body = f"622202{len(self.places):012d}"
        doubled = sum(sum(divmod(2 * int(d), 10)) for d in body[::-2]) + sum(int(d) for d in body[-2::-2])
        return self._let_go(f"{body}{-doubled % 10}", place)

    def _let_go(self, number: str, place: str) -> str:
        assert number not in self.places
        self.places[number] = place
        return number

    def seen_in(self, text: str, *, but: frozenset[str] = frozenset()) -> dict[str, str]:
        """Canaries that the text holds, and where they were let go; `but`: places whose words are kept on purpose."""
        seen = {n: self.places[n] for n in _windows(text) if n in self.places}
        return {n: place for n, place in seen.items() if place.partition(":")[0] not in but}


def _windows(text: str) -> Iterator[str]:
    """Whatever in the text might be a number, glued to other digits or not."""
    for run in re.findall(r"\d{11,}[Xx]?", text):
        for length in (18, 11, 19):
            yield from (run[at : at + length].upper() for at in range(len(run) - length + 1))


@dataclass
class Visitor:
    """Somebody who writes numbers where they do not belong."""

    port: int
    flock: Flock
    who: str
    session: dict[str, str] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, place: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        """One request; its answer's address, and the answer itself where it is an error, may hold no canary."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(
                method, path, body or None, {**self.session, "Idempotency-Key": secrets.token_hex(12), **headers}
            )
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            line.close()
        where = f"{self.who} {method} {place}"
        address = answer.headers.get("Location", "")
        its_own = address.partition("?")[0] == path.partition("?")[0] + "/"  # the visitor's own address, with its slash
        if not its_own and (leaked := self.flock.seen_in(address)):
            self.leaks.append(f"address after {where}: {leaked}")
        is_problem = 'class="problem"' in text or "problem+json" in answer.headers.get("Content-Type", "")
        if is_problem and (leaked := self.flock.seen_in(text)):
            self.leaks.append(f"error page of {where}: {leaked}")
        if answer.status >= 500:
            self.leaks.append(f"{answer.status} at {where}")
        return answer.status, text

    def wander(self, paths: list[str]) -> None:
        """Every address, with numbers in its query, in a form's every field, and in the headers."""
        for path in paths:
            words = self.flock.three(f"query:{self.who} {path}")
            self.ask(
                "GET", f"{path}?{urlencode({'q': words, 'number': words, 'before': words, 'object': words})}", path
            )
            form = {name: self.flock.three(f"form:{self.who} {path} {name}") for name in FIELDS}
            form["csrfmiddlewaretoken"] = self.session.get("X-CSRFToken", "")
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            self.ask("POST", path, path, urlencode(form).encode(), **kind)

    def misplace(self) -> None:
        """Numbers in addresses, headers, cookies, file names, broken and whole documents."""
        for prefix in ("/", "/services/", "/verify/", "/events/", "/api/v1/services/", "/api/v1/credentials/verify/"):
            self.ask("GET", prefix + quote(self.flock.three(f"path:{prefix}")), prefix)
        named = (
            "User-Agent",
            "Referer",
            "X-Forwarded-For",
            "Accept-Language",
            "X-Request-Id",
            "Idempotency-Key",
            "Accept",
        )
        for name in named:
            value = self.flock.id_number(f"header:{name}") + ("-12345678" if name == "Idempotency-Key" else "")
            for method, path in (("GET", "/hall/"), ("POST", "/hall/messages/read/"), ("GET", "/nowhere/")):
                self.ask(method, path, f"header {name}", **{name: value})
        for body in self._documents():
            self.ask("POST", "/api/v1/cases", "a document", body, **{"Content-Type": "application/json"})
        self.upload(f"张三_{self.flock.id_number('file name')}_{self.flock.mobile('file name')}.png")

    def _documents(self) -> Iterator[bytes]:
        words = self.flock.three("document")
        yield f'{{"service_key": "{words}", "data": {{'.encode()
        yield json.dumps({"service_key": words, "data": {words: words}}).encode()
        yield json.dumps({"service_key": "open-restaurant", "data": [words], "evidence": words}).encode()
        for name in ("signboard_text", "food_safety_manager", "area_m2", "business_form", "unknown_field"):
            told = Answers.BUSINESS | {name: self.flock.three(f"answer:{name}")}
            told = {key: value for key, value in told.items() if key != "$answers"}
            yield json.dumps({"service_key": "open-restaurant", "data": told}).encode()

    def upload(self, name: str) -> str:
        mark = uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + PNG + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self.ask("POST", "/api/v1/files", "file name", body, **kind)[1]


# -- the node ---------------------------------------------------------------------------------------------------------
JSON = {"Content-Type": "application/json"}
_SESSIONS = """
import json; from bench.node import session_for
from zhengtong.config.story.restaurant import Answers, evidence_for, representative
from zhengtong.kernel.clock import now
items = evidence_for(representative("chen", at=now()), Answers.BUSINESS, at=now())
keys = ("requirement_key", "file_uuid", "credential_uuid")
evidence = [{key: str(getattr(item, key)) for key in keys if getattr(item, key)} for item in items]
people = [["an enterprise", session_for("chen", "representative")], ["an officer", session_for("food")]]
print(json.dumps([people, evidence]))
"""
_KEPT_SESSIONS = """
from django.contrib.sessions.models import Session
for kept in Session.objects.all(): print(kept.session_key, kept.get_decoded())
"""


def sessions(zt: Callable[..., Any]) -> tuple[list[tuple[str, dict[str, str]]], list[dict[str, str]]]:
    """Signed-in people and a stranger, and the evidence that the first of them files."""
    said = zt("manage", "shell", "-v0", "-c", _SESSIONS)
    assert said.returncode == 0, said.stderr
    people, evidence = json.loads(said.stdout.splitlines()[-1])
    return [*((who, headers) for who, headers in people), ("a stranger", {})], evidence


def submission(flock: Flock, evidence: list[dict[str, str]]) -> bytes:
    """An application whose personal fields hold canaries: they are encrypted, and shown by no address."""
    told = {**Answers.BUSINESS, "contact_mobile": flock.mobile("answer:contact_mobile")}
    answers = told.pop("$answers")
    return json.dumps(
        {"service_key": "open-restaurant", "answers": answers, "data": told, "evidence": evidence}
    ).encode()


def texts_of(home: Path) -> Iterator[tuple[Path, str]]:
    """What the node has written, its output and its server's log included; the database's own files apart."""
    for file in [home.parent / "log", *home.rglob("*")]:
        if file.is_file() and not {"data", "static"} & set(file.parts) and file.stat().st_size < 20_000_000:
            yield file.relative_to(home.parent), file.read_bytes().decode(errors="replace")


def dump(node: Any, flock: Flock) -> list[str]:
    """Rows of a plain dump, and decoded sessions, that hold a canary."""
    programs = Path((next(node.home.glob("postgres/*/binaries"))).read_text())
    address = node.zt("status", "--database").stdout.strip()
    rows = subprocess.run(
        [programs / "pg_dump", "--data-only", address], capture_output=True, check=True, text=True
    ).stdout
    rows += node.zt("manage", "shell", "-v0", "-c", _KEPT_SESSIONS).stdout
    table, found = "", []
    for line in rows.splitlines():
        table = line.split()[1] if line.startswith("COPY ") else table
        if leaked := flock.seen_in(line):
            found.append(f"{table}: {leaked}")
    return found
