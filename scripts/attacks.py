"""wapiti and sqlmap against a running demonstration node of your own: `scripts/attacks.py ADDRESS TOOLS OUT [NAME…]`.

TOOLS is the `bin` folder with both programs, OUT a folder for their reports, ZT_HOME the node's home (the sessions of
its people are made there). What to expect, and what was found: docs/operations/security-tests.md. They post whatever
the forms take: never against a node whose data anybody needs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect,shellshock,"
    "sql,timesql,upload,xss,xxe"
)
LEFT_OUT = ("static/*", "accounts/logout/*", "accounts/sessions/*", "log/tile/*")  # files, and what ends the session
SESSION = "from bench.node import session_for; print('COOKIE', session_for({who!r}, {capacity!r})['Cookie'])"
TOKEN = "a" * 32  # of whoever is not signed in: cookie and header must only be the same
# Each sending has a key of its own, else the first answer would be given again, and (with ZT_TRUSTED_PROXIES=1) its own
# address, else the limits on guessing would answer instead of what is tried.
BEFORE = """
from random import randrange
from uuid import uuid4

def preprocess(req):
    cookie = req.get_header("Cookie") or b""
    cookie = cookie if isinstance(cookie, bytes) else cookie.encode()
    req.add_header("X-CSRFToken", cookie.rpartition(b"csrftoken=")[2][:32].decode())
    req.add_header("Idempotency-Key", uuid4().hex)
    req.add_header("X-Forwarded-For", ".".join(str(randrange(1, 224)) for _ in range(4)))
"""
NOBODY = "00000000-0000-0000-0000-000000000000"


class Person(NamedTuple):
    """Whose session is used: the demonstration's user name (empty: nobody's) and in which capacity."""

    name: str = ""
    capacity: str = ""


class Walk(NamedTuple):
    """One run of wapiti: whose session, and where to begin."""

    person: Person
    starts: tuple[str, ...]


class Probe(NamedTuple):
    """One run of sqlmap: whose session, the path, and further options (`*` marks a place in path, body or header)."""

    person: Person
    path: str
    options: tuple[str, ...] = ()


PUBLIC, APPLICANT, CLERK = Person(), Person("chen", "representative"), Person("window", "official")
AUDITOR, ADMINISTRATOR = Person("auditor", "official"), Person("admin", "official")
WALKS = {
    "public": Walk(PUBLIC, ("", "services/", "verify/", "progress/", "accounts/login/", "accounts/signup/")),
    "hall": Walk(APPLICANT, ("hall/", "hall/credentials/", "hall/messages/", "hall/reads/", "accounts/")),
    "workbench": Walk(CLERK, ("workbench/", "workbench/credentials/", "workbench/permissions/", "accounts/")),
    "administration": Walk(ADMINISTRATOR, ("workbench/", "workbench/permissions/", "cms/")),
}


CREATE = json.dumps({"service_key": "open-restaurant", "data": {"name": "a", "area_m2": 1}, "evidence": []})
RANDOM = "--randomize=number"  # ten tries for one number, then 429
JSON = "--headers=Content-Type: application/json"


PROBES = {
    "search": Probe(PUBLIC, "services/?q=a&audience=resident&department=fire-rescue&type=01&online=1&page=1"),
    "code": Probe(PUBLIC, "verify/?code=ABCD2345ABCD2345"),
    "code-in-path": Probe(PUBLIC, "api/v1/credentials/verify/ABCD2345*"),
    "key-in-path": Probe(PUBLIC, "services/open-restaurant*/?ask_area=1"),
    "progress": Probe(PUBLIC, "progress/", ("--data=number=1&password=1", "-p", "number")),
    "password": Probe(PUBLIC, "progress/", ("--data=number=11111111&password=1", "-p", "password", RANDOM)),
    "sign-in": Probe(PUBLIC, "accounts/login/", ("--data=login=chen&password=wrong",)),
    "services": Probe(PUBLIC, "api/v1/services?audience=resident&after=a"),
    "tile": Probe(PUBLIC, "log/tile/0/000*"),
    "cookies": Probe(PUBLIC, "hall/", ("--cookie=sessionid=a*; csrftoken=b*; django_language=zh*; messages=c*",)),
    "headers": Probe(PUBLIC, "", ("--headers=Accept-Language: zh*\nX-Request-Id: a*\nReferer: /*",)),
    "client": Probe(PUBLIC, "oidc/authorize/?client_id=a&redirect_uri=http%3A%2F%2Fa&scope=openid&state=s&nonce=n"),
    "messages": Probe(APPLICANT, "hall/messages/?before=9"),
    "reads": Probe(APPLICANT, "hall/reads/?before=9"),
    "my-cases": Probe(APPLICANT, "hall/cases/?box=all&before=9"),
    "cases": Probe(APPLICANT, "api/v1/cases?before=9"),
    "case-in-path": Probe(APPLICANT, f"api/v1/cases/{NOBODY}*"),
    "apply": Probe(APPLICANT, "api/v1/cases", (JSON, f"--data={CREATE}")),
    "withdraw": Probe(APPLICANT, f"api/v1/cases/{NOBODY}/withdraw", (JSON, '--data={"reason": "a"}')),
    "queue": Probe(CLERK, "workbench/cases/?box=todo&before=9&skip=1"),
    "api-queue": Probe(CLERK, "api/v1/cases/queue?box=todo&before=9"),
    "find": Probe(CLERK, "workbench/find/", ("--data=q=5116",)),
    "credentials": Probe(CLERK, "workbench/credentials/?number=5116"),
    "log": Probe(AUDITOR, "workbench/log/?actor=a&object=b&action=c&outcome=done&since=2026-01-01&before=" + NOBODY),
}  # fmt: skip


def main(address: str, tools: Path, out: Path, names: list[str]) -> int:
    """Runs what is named, everything without a name; returns the number of runs in which something was found."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = names or [*WALKS, *PROBES]
    (out / "before.py").write_text(BEFORE)
    (out / "__init__.py").touch()
    people = {WALKS[name].person if name in WALKS else PROBES[name].person for name in wanted}
    cookies = {person: cookie_of(person) for person in people}
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda name: run(name, address, tools, out, cookies), wanted)
        return sum(1 for any_found in found if any_found)


def cookie_of(person: Person) -> str:
    """A session of the node in ZT_HOME, as after password and one-time code."""
    if not person.name:
        return f"csrftoken={TOKEN}"
    ask = SESSION.format(who=person.name, capacity=person.capacity)
    command = [str(ROOT / ".venv/bin/zt"), "manage", "shell", "-c", ask]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return next(line.split(" ", 1)[1] for line in told.splitlines() if line.startswith("COOKIE"))


def run(name: str, address: str, tools: Path, out: Path, cookies: dict[Person, str]) -> bool:
    report, log = out / f"{name}.json", out / f"{name}.log"
    report.unlink(missing_ok=True)
    if walk := WALKS.get(name):
        command = wapiti(name, walk, address, out, cookies[walk.person])
    else:
        command = sqlmap(name, PROBES[name], address, out, cookies[PROBES[name].person])
    with log.open("w") as file:
        subprocess.run(
            [str(tools / command[0]), *command[1:]], stdout=file, stderr=file, stdin=subprocess.DEVNULL, check=False
        )
    words = wapiti_words(report) if walk else sqlmap_words(log)
    print(f"{name:<16} {words or 'nothing'}", flush=True)
    return bool(words)


def wapiti(name: str, walk: Walk, address: str, out: Path, cookie: str) -> list[str]:
    seconds = os.environ.get("ATTACK_SECONDS", "25")  # for each kind of attack
    return [
        "wapiti", "-u", address, *(x for start in walk.starts for x in ("-s", address + start)), "--scope", "domain",
        *(x for path in LEFT_OUT for x in ("-x", address + path)), "-m", MODULES, "-C", cookie, "-d", "6",
        "--max-links-per-page", "60", "--max-files-per-dir", "8", "--max-scan-time", "100", "--max-attack-time",
        seconds, "--tasks", "4", "-S", "paranoid", "-t", "12", "--flush-session", "--store-session",
        f"{out / name}.session", "--no-bugreport", "-f", "json", "-o", f"{out / name}.json",
    ]  # fmt: skip


def sqlmap(name: str, probe: Probe, address: str, out: Path, cookie: str) -> list[str]:
    own, level = any(x.startswith("--cookie=") for x in probe.options), os.environ.get("ATTACK_LEVEL", "1")
    return [
        "sqlmap", "-u", address + probe.path, *probe.options, *([] if own else [f"--cookie={cookie}"]), "--batch",
        "--dbms=PostgreSQL", f"--level={level}", "--risk=2", "--timeout=20", "--flush-session", "--disable-coloring",
        "--drop-set-cookie", "--ignore-code=401,404", f"--preprocess={out / 'before.py'}",
        f"--output-dir={out / 'sqlmap' / name}",
    ]  # fmt: skip


def wapiti_words(report: Path) -> str:
    """How many of each kind."""
    if not report.exists():
        return "NO REPORT"
    facts = json.loads(report.read_text(encoding="utf-8"))
    kinds = {**facts["vulnerabilities"], **facts["anomalies"]}
    return ", ".join(f"{kind}: {len(found)}" for kind, found in kinds.items() if found)


def sqlmap_words(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"^Parameter: .*|^\[.*\[CRITICAL\] .*", text, re.MULTILINE)
    return "; ".join(line for line in found if "do not appear to be injectable" not in line)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    place = sys.argv[1].rstrip("/") + "/"
    sys.exit(1 if main(place, Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]) else 0)
