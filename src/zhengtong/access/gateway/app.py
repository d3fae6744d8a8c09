"""The gateway: a process of its own for the hot look-ups of systems. Starlette, psycopg's async pool; no Django.

POST /g/registers/{key}/lookup    one record by its key, for a purpose; every answer is in the log before it leaves
GET  /healthz                     200 where the process reaches its database
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from zhengtong.kernel import wording
from zhengtong.kernel.clock import now
from zhengtong.kernel.design.faults import MethodRefused, NoSuchAddress
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.redaction import RedactingFormatter
from zhengtong.resources.registers import wire as registers
from zhengtong.security.sso import wire as sso

from . import asked, settings, told
from .held import Held, fetch, holding
from .looking import Question, look_up

Endpoint = Callable[[Request], Awaitable[Response]]


def in_own_language(endpoint: Endpoint) -> Endpoint:
    """Faults become problems, in the language of who asks."""

    async def spoken(request: Request) -> Response:
        with wording.spoken(wording.preferred(request.headers.get("accept-language", ""))):
            try:
                return await endpoint(request)
            except Exception as fault:
                return told.problem(told.fault_of(fault))

    return spoken


@in_own_language
async def lookup(request: Request) -> Response:
    """One record, as the system of the token sees it."""
    held: Held = request.app.state.held
    question = Question(
        register=request.path_params["key"],
        body=await asked.read(request),
        token=sso.bearer_of(request.headers.get("authorization", "")),
        network=asked.network(request, held.settings.proxies),
        at=now(),
    )
    async with held.pool.connection() as db:
        found = await look_up(held, db, question)
    return told.answer(registers.as_json(found))


@in_own_language
async def healthz(request: Request) -> Response:
    """For supervisors and balancers; says nothing of anybody."""
    async with request.app.state.held.pool.connection() as db:
        await fetch(db, "SELECT 1")
    return PlainTextResponse("ok", headers=told.HEADERS)


async def refuse(request: Request, fault: Exception) -> Response:
    """What no route takes."""
    status = fault.status_code if isinstance(fault, HTTPException) else 404
    allowed = {"Allow": (getattr(fault, "headers", None) or {}).get("Allow", "")}
    problem: ZhengtongError = MethodRefused(headers=allowed) if status == 405 else NoSuchAddress()
    with wording.spoken(wording.preferred(request.headers.get("accept-language", ""))):
        return told.problem(problem)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    async with holding(settings.read()) as app.state.held:
        yield


ROUTES = [
    Route("/g/registers/{key}/lookup", lookup, methods=["POST"]),
    Route("/healthz", healthz, methods=["GET"]),
]
app = Starlette(routes=ROUTES, exception_handlers={404: refuse, 405: refuse}, lifespan=lifespan)
