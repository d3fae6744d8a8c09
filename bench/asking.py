"""Clients that ask over connections that stay open: prepared bytes out, an answer in; as little of their own as can be,
for they share the machine with what is measured."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Iterator, Sequence

import uvloop

from .measuring import Round

CLIENTS = 16
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def request(path: str, body: bytes, headers: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def ask(port: int, requests: Sequence[bytes], seconds: float, clients: int = CLIENTS) -> Round:
    """Ask the requests one after another, round and round, for some seconds. What is no 200 is an error."""
    return uvloop.run(_all(port, itertools.cycle(requests), seconds, clients))


async def _all(port: int, requests: Iterator[bytes], seconds: float, clients: int) -> Round:
    done = Round(seconds)
    begun = time.perf_counter()
    await asyncio.gather(*(_one(port, requests, begun + seconds, done) for _ in range(clients)))
    done.seconds = time.perf_counter() - begun
    return done


async def _one(port: int, requests: Iterator[bytes], end: float, done: Round) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (begun := time.perf_counter()) < end:
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        done.latencies.append(time.perf_counter() - begun)
        done.errors += not head.startswith(b"HTTP/1.1 200")
    writer.close()
