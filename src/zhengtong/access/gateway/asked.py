"""A request as it came: its body, its token, its network."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from zhengtong.kernel.design.addresses import visitor_of
from zhengtong.kernel.design.faults import Misshaped, TooSlow
from zhengtong.kernel.errors import FieldError, Invalid, TooLarge, ZhengtongError
from zhengtong.kernel.limits.rules import network_of
from zhengtong.kernel.wording import gettext as _

from .settings import BODY_WITHIN, LARGEST_BODY


class Asked(BaseModel):
    """Why, and the values of one of the register's keys: the body of the JSON interface's `read`."""

    purpose: str = Field(max_length=30)
    matter: str = Field(max_length=200)
    key: dict[str, str] = Field(max_length=10)


async def read(request: Request) -> Asked | ZhengtongError:
    """The body; a fault of it is given back, to be told only to who may ask at all."""
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = await _body(request)
        return Asked.model_validate(json.loads(body))
    except TimeoutError:
        return TooSlow()
    except TooLarge as fault:
        return fault
    except ValidationError as fault:
        return _invalid(fault)
    except json.JSONDecodeError as fault:
        return Misshaped(fault.lineno, fault.colno)
    except (UnicodeDecodeError, RecursionError):
        return Misshaped(1, 1)


async def _body(request: Request) -> bytes:
    """Raises TooLarge, before the rest is read."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise TooLarge(_("提交的文字内容过多。"), remedy=_("请减少文字或分批提交。"))
    return bytes(body)


def _invalid(fault: ValidationError) -> Invalid:
    fields = [FieldError(".".join(str(part) for part in one["loc"]), one["msg"]) for one in _errors(fault)]
    return Invalid(_("请求内容与接口约定不符。"), fields=fields)


def _errors(fault: ValidationError) -> list[Any]:
    return list(fault.errors(include_url=False, include_context=False, include_input=False))


def network(request: Request, proxies: int) -> str:
    """Whose allowance somebody without a token draws on."""
    seen = visitor_of(request.headers.get("x-forwarded-for", ""), proxies)
    return network_of(seen or (request.client.host if request.client else ""))
