"""What the process holds between requests: the pool, the unwrapped keys, the registers in force, the allowances."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

from zhengtong.kernel.limits.refusals import Meter
from zhengtong.resources.registers import wire as registers
from zhengtong.security.crypto import wire as crypto

from .settings import MOST_WAITING, Settings

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Parameters = Mapping[str, Any] | Sequence[Any]
RING_KEPT, REGISTERS_KEPT = 20.0, 10.0  # seconds after which a change by another process shows, as in the web


async def fetch(db: Connection, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement of a `wire`."""
    async with db.cursor(binary=True) as cursor:
        await cursor.execute(statement, parameters)  # type: ignore[arg-type]  # checked by tests/house/test_wires.py
        return await cursor.fetchall()


@dataclass(slots=True)
class Held:
    """Made once for each process."""

    settings: Settings
    pool: AsyncConnectionPool[Connection]
    meter: Meter = field(default_factory=Meter)
    _keys: crypto.Keys | None = None
    _ring_state: tuple[Any, ...] = ()
    _ring_until: float = 0.0
    _registers: dict[str, registers.Definition] | None = None
    _numbers: list[tuple[Any, ...]] = field(default_factory=list)
    _registers_until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keys(self, db: Connection, *, anew: bool = False) -> crypto.Keys:
        """The ring's keys, at most RING_KEPT seconds old. Raises crypto.Undecryptable, OSError, ValueError."""
        if self._keys is None or anew or time.monotonic() >= self._ring_until:
            async with self._lock:
                await self._renew_keys(db)
        assert self._keys is not None
        return self._keys

    async def _renew_keys(self, db: Connection) -> None:
        (state,) = await fetch(db, crypto.RING_STATE)
        if self._keys is None or state != self._ring_state:
            self._keys, self._ring_state = await self._read_ring(db), state
        self._ring_until = time.monotonic() + RING_KEPT

    async def _read_ring(self, db: Connection) -> crypto.Keys:
        node_keys = crypto.node_keys(self.settings.key_file)
        for key in node_keys:
            if rows := await fetch(db, crypto.RING, {"token": crypto.token(key)}):
                return crypto.read_ring(rows, node_keys)
        raise crypto.Undecryptable("the node key opens no ring in this database")

    async def registers(self, db: Connection) -> dict[str, registers.Definition]:
        """The registers in force, at most REGISTERS_KEPT seconds old."""
        if self._registers is None or time.monotonic() >= self._registers_until:
            numbers = await fetch(db, registers.NUMBERS)
            if self._registers is None or numbers != self._numbers:
                self._registers = registers.definitions_of(await fetch(db, registers.IN_FORCE))
                self._numbers = numbers
            self._registers_until = time.monotonic() + REGISTERS_KEPT
        return self._registers


@asynccontextmanager
async def holding(settings: Settings) -> AsyncIterator[Held]:
    """The pool is open inside. A database that is away makes no start fail: requests are told so."""
    set_json_loads(orjson.loads)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        settings.database, min_size=1, max_size=settings.connections, max_waiting=MOST_WAITING, timeout=5, open=False,
        kwargs={"autocommit": True, "prepare_threshold": 1, "options": settings.options},
    )  # fmt: skip
    await pool.open()
    try:
        yield Held(settings, pool)
    finally:
        await pool.close()
