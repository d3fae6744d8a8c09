"""`zt worker`: background work of the node: facts become jobs, jobs are run, the log is sealed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import Any

import click

from zhengtong.config.cli import django_setup
from zhengtong.config.secret import require_secret
from zhengtong.kernel.redaction import guard_standard_error

logger = logging.getLogger(__name__)
RELAY_EVERY = 0.5  # seconds
RELAY_BATCH = 500
SEAL_EVERY = 5.0
STOP_WITHIN = 4.5  # seconds; a job that is still running then is taken up again by the next worker


@click.command()
@click.option("--once", is_flag=True, help="Do what is waiting and end.")
def command(once: bool) -> None:
    """Run background work: relay events, run jobs, seal the accountability log.

    Ends within five seconds of SIGTERM or Ctrl-C. Several workers may run at once.
    """
    django_setup()
    require_secret()
    guard_standard_error()
    if once:
        _once()
    else:
        raise SystemExit(asyncio.run(_forever()))


def _once() -> None:
    from zhengtong.kernel.events.worker import make_worker_app

    while _relay():
        pass
    make_worker_app().run_worker(wait=False, install_signal_handlers=False)
    _seal()


def _relay() -> bool:
    from zhengtong.kernel.events import services as events

    return events.relay(limit=RELAY_BATCH) == RELAY_BATCH


def _seal() -> bool:
    from zhengtong.kernel import clock
    from zhengtong.security.audit import services as audit

    if checkpoint := audit.seal(at=clock.now()):
        audit.anchor(checkpoint)
    return False


async def _forever() -> int:
    """Run until told to stop; returns 0 then, and 1 when the job runner ended by itself: the supervisor starts anew."""
    from zhengtong.kernel.events.worker import make_worker_app, repeat

    told, stop = asyncio.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    loops = [
        threading.Thread(target=repeat, args=arguments, daemon=True)
        for arguments in (("relay", _relay, RELAY_EVERY, stop), ("sealing", _seal, SEAL_EVERY, stop))
    ]
    for thread in loops:
        thread.start()
    runner = asyncio.create_task(_run_jobs(make_worker_app()))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait([runner, waiting], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    watch = threading.Timer(STOP_WITHIN, _leave)
    watch.daemon = True
    watch.start()
    code = await _end(runner, by_order=told.is_set())
    for thread in loops:
        await asyncio.to_thread(thread.join)
    return code


async def _run_jobs(worker_app: Any) -> None:
    async with worker_app.open_async():
        await worker_app.run_worker_async(install_signal_handlers=False)


async def _end(runner: asyncio.Task[None], *, by_order: bool) -> int:
    runner.cancel()
    try:
        await runner
    except asyncio.CancelledError:
        pass
    except Exception:
        logger.exception("the job runner failed")
    return 0 if by_order else 1


def _leave() -> None:
    """A job did not end in time: go all the same. Its row stays and is rescued, for this worker's pulse has stopped."""
    logger.warning("a job is still running; it will be run again")
    os._exit(0)
