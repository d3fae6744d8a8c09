"""The baseline of the look-up: what Starlette and psycopg need to answer one row by its key, and nothing else.

No token, no permission, no mask, no decryption, no log: a POST with the blind index, a SELECT by the same unique index
of the same table, every column as JSON.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SELECT = "SELECT * FROM register_population WHERE id_number_index = %s"


async def row(request: Request) -> Response:
    index = bytes.fromhex(orjson.loads(await request.body())["index"])
    async with request.app.state.pool.connection() as db, db.cursor(binary=True) as cursor:
        await cursor.execute(SELECT, [index])
        found = await cursor.fetchone()
        names = [column.name for column in cursor.description]
    if found is None:
        return Response(b"{}", 404)
    return Response(orjson.dumps(dict(zip(names, found, strict=True)), default=_plain), media_type="application/json")


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    connections = int(os.environ["ZT_GATEWAY_CONNECTIONS"])
    kwargs = {"autocommit": True, "prepare_threshold": 1}
    async with AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=1, max_size=connections, open=False, kwargs=kwargs
    ) as app.state.pool:
        yield


async def healthz(_request: Request) -> Response:
    return Response(b"ok")


app = Starlette(routes=[Route("/row", row, methods=["POST"]), Route("/healthz", healthz)], lifespan=lifespan)
