"""What the process is told by its environment: the same names as the web's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from zhengtong.kernel.limits import rules as limits

LARGEST_BODY = 64 * 1024  # bytes
BODY_WITHIN = 10  # seconds in which a body must have come
MOST_WAITING = 256  # requests that wait for a connection; more are told to come again


@dataclass(frozen=True, slots=True)
class Settings:
    """`role`: in which the process works, as the web does. `limits`: by class; empty where they are switched off."""

    database: str
    role: str = ""
    statement_timeout: str = "15s"
    lock_timeout: str = "5s"
    connections: int = 16
    key_file: Path = Path()
    limits: dict[str, limits.Limit] = field(default_factory=dict)
    proxies: int = 0

    @property
    def options(self) -> str:
        """What each connection is opened with."""
        told = {"role": self.role, "statement_timeout": self.statement_timeout, "lock_timeout": self.lock_timeout}
        return " ".join(f"-c {name}={value}" for name, value in told.items() if value)


def read() -> Settings:
    """Raises limits.LimitsUnreadable, KeyError (no DATABASE_URL)."""
    given = os.environ
    home = Path(given.get("ZT_HOME") or ".zt").resolve()
    return Settings(
        database=given["DATABASE_URL"],
        role=given.get("ZT_DATABASE_ROLE", ""),
        statement_timeout=given.get("ZT_STATEMENT_TIMEOUT") or "15s",
        lock_timeout=given.get("ZT_LOCK_TIMEOUT") or "5s",
        connections=int(given.get("ZT_GATEWAY_CONNECTIONS") or 16),
        key_file=Path(given.get("ZT_KEY_FILE") or home / "keys" / "node.key"),
        limits=limits.parse(given.get("ZT_RATE_LIMITS", "")),
        proxies=int(given.get("ZT_TRUSTED_PROXIES") or 0),
    )
