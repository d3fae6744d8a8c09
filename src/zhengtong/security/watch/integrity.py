"""Are the programs, templates and static files those that were installed? Their fingerprints, signed by the node key.

The manifest is made once, when the node first runs, and anew only by an operator's command after an upgrade: what is
made anew at every start would swear to whatever it finds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from zhengtong.security.crypto import services as crypto

KINDS = frozenset(
    (".py", ".html", ".js", ".css", ".svg", ".json", ".yaml", ".csv", ".sql", ".typ", ".txt", ".mo", ".md")
)
_CONTEXT = "watch.manifest"


@dataclass(frozen=True, slots=True)
class Integrity:
    """What differs from the manifest; names are paths. `made_at` is None where there is no manifest."""

    made_at: datetime | None
    forged: bool = False  # the manifest itself does not bear the node's code
    files: int = 0
    changed: tuple[str, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())
    added: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return self.made_at is not None and not (self.forged or self.changed or self.missing or self.added)


def path() -> Path:
    return Path(settings.ZT_HOME) / "integrity.json"


def fingerprints() -> dict[str, str]:
    """SHA-256 of every program file, template and data file of the package, and of the collected static files."""
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in sorted(_files())}


def _files() -> Iterator[tuple[str, Path]]:
    for label, folder in (("program", settings.PACKAGE), ("static", settings.STATIC_ROOT)):
        for file in Path(folder).rglob("*"):
            if (file.suffix in KINDS or label == "static") and file.is_file() and "__pycache__" not in file.parts:
                yield f"{label}/{file.relative_to(folder)}", file


def write(at: datetime) -> int:
    """Make the manifest of what lies there now. Returns how many files."""
    files = fingerprints()
    body = {"made_at": at.isoformat(), "files": files}
    draft = path().with_suffix(".new")
    draft.write_text(json.dumps({**body, "mac": _code(body)}, indent=0), encoding="utf-8")
    draft.replace(path())
    return len(files)


def compare() -> Integrity:
    """What lies there now against the manifest."""
    try:
        told = json.loads(path().read_text(encoding="utf-8"))
        body = {"made_at": told["made_at"], "files": told["files"]}
        made_at, code = datetime.fromisoformat(told["made_at"]), str(told["mac"])
    except FileNotFoundError:
        return Integrity(None)
    except (OSError, ValueError, KeyError, TypeError):
        return Integrity(None, forged=True)
    then, now = body["files"], fingerprints()
    return Integrity(
        made_at, not hmac.compare_digest(code, _code(body)), len(now),
        changed=tuple(sorted(n for n in then.keys() & now.keys() if then[n] != now[n])),
        missing=tuple(sorted(then.keys() - now.keys())), added=tuple(sorted(now.keys() - then.keys())),
    )  # fmt: skip


def _code(body: object) -> str:
    return crypto.mac(json.dumps(body, sort_keys=True).encode(), _CONTEXT).hex()
