"""`zt up`: the node, from nothing to a served page, and all its processes under one supervisor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from zhengtong.config.node import home, leftovers
from zhengtong.config.node.backup import plan as backup_plan
from zhengtong.config.node.backup.faults import BackupFault
from zhengtong.config.node.faults import NodeFault
from zhengtong.config.node.postgres import Server
from zhengtong.config.node.progress import say, step
from zhengtong.config.node.supervisor import Child, Supervisor

WORKERS = 2
THREADS = 4  # in each worker at work; each holds a database connection while it works
RECEIVERS = 64  # threads in each worker that wait for a body or for a slow reader
HEADERS = 32 * 1024  # bytes of a request's line and headers; more is 431
READY_WITHIN = 60.0


class PortTaken(NodeFault):
    """Something else listens at the port."""


class NotReady(NodeFault):
    """A process ended, or did not answer, while the node was starting."""


@click.command()
@click.option("--host", default="127.0.0.1", envvar="ZT_HOST", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--demo/--no-demo", default=False, envvar="ZT_DEMO", help="Load synthetic people, companies and premises."
)
@click.option(
    "--gateway-port", envvar="ZT_GATEWAY_PORT", type=click.IntRange(1, 65535),
    help="Port of the gateway, where systems look up records.  [default: the port after --port]",
)  # fmt: skip
@click.option("--workers", default=WORKERS, envvar="ZT_WORKERS", show_default=True, type=click.IntRange(1, 64))
def command(host: str, port: int, demo: bool, gateway_port: int | None, workers: int) -> None:
    """Start the node and stay: database, preparation, web, background work. Ctrl-C stops everything.

    A node that runs already is left alone: its address is printed, with exit status 0.
    """
    begun = time.monotonic()
    end_like_ctrl_c()
    home.prepare()
    lock = home.take()
    if not lock:
        say(f"The node of {home.folder()} is already running at {home.told().get('address', 'an address to come')}.")
        return
    leftovers.stop()
    gateway_port = gateway_port or other_port(port)
    for one in (port, gateway_port):
        check_port(host, one)
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
    given = os.environ.get("DATABASE_URL", "")
    check_backups(given)
    settings = {
        **backup_plan.settings(),
        "ZT_DEMO": str(int(demo)),
        "ZT_BASE_URL": os.environ.get("ZT_BASE_URL") or address,
    }
    home.tell(address=address, given_database=given, environment=settings)
    os.environ.update(settings)
    server = None if given else start_database()
    try:
        prepare(demo)
        serve(Places(host, port, gateway_port, workers), server, begun)
    finally:
        if server:
            server.stop()
        lock.close()


def end_like_ctrl_c() -> None:
    """Until the supervisor listens itself: SIGTERM and a closed terminal undo what was started, as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            other = other_port(other_port(port))
            raise PortTaken(
                f"Port {port} of {host} cannot be used ({fault.strerror}); choose another: make run PORT={other}"
            ) from fault


def other_port(port: int) -> int:
    """The port after it; lower ones belong to root."""
    return port + 1 if 1024 <= port < 65535 else 8080


def check_backups(given: str) -> None:
    if backup_plan.plan().to and given:
        raise BackupFault(
            "ZT_BACKUP_TO is for a node that runs its own PostgreSQL: the database of DATABASE_URL is backed up where "
            "it runs. Unset one of the two; docs/operations/backup.md, A database that others run."
        )


def start_database() -> Server:
    server = Server(home.folder())
    with step(f"PostgreSQL {server.origin.major}"):
        server.start()
    return server


def prepare(demo: bool) -> None:
    """In a process of its own, so that the supervisor stays small."""
    done = subprocess.run(zt("prepare", "--demo" if demo else "--no-demo"), check=False)
    if done.returncode:
        raise SystemExit(abs(done.returncode))


def serve(places: Places, server: Server | None, begun: float) -> None:
    supervisor = Supervisor(children(places), watch=keep(server), started=leftovers.remember)
    supervisor.listen()
    try:
        with step("网站 web"):
            supervisor.start()
            if not supervisor.wait_until(
                lambda: all(answers(port, places.host) for port in (places.port, places.gateway_port)),
                within=READY_WITHIN,
            ):
                if supervisor.told.is_set():
                    return
                raise NotReady("The node did not start; the messages above say why.")
        greet(home.told()["address"], time.monotonic() - begun)
        supervisor.run()
    finally:
        say("\nStopping …")
        supervisor.stop()
        leftovers.forget()


@dataclass(frozen=True, slots=True)
class Places:
    """Where the node listens, and with how many web processes."""

    host: str
    port: int
    gateway_port: int
    workers: int


def children(places: Places) -> list[Child]:
    """The web in the role that cannot rewrite the log; the background work as the owner, for it seals the log."""
    told = home.told()
    if not told["web_role"] and told["web_database"] == told["owner_database"]:
        say("  The web works as the owner of the tables: only the seals protect the log. See running.md, The database.")
    environment = {**os.environ, "ZT_STATIC_HASHED": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    as_owner = {"DATABASE_URL": told["owner_database"], "ZT_DATABASE_ROLE": ""}
    as_web = {"DATABASE_URL": told["web_database"], "ZT_DATABASE_ROLE": told["web_role"]}
    lean = {"PYPINYIN_NO_PHRASES": "1"}  # 43 MB a process; single readings do for what people type
    given = os.environ
    times = {
        name: given.get(name) or value for name, value in (("ZT_STATEMENT_TIMEOUT", "15s"), ("ZT_LOCK_TIMEOUT", "5s"))
    }
    pool = {"ZT_WEB_THREADS": str(THREADS), "ZT_DATABASE_POOL": "1", "ZT_DATABASE_POOL_SIZE": str(THREADS + 2)}
    static = Path(os.environ.get("ZT_STATIC") or home.folder() / "static")
    pictures = home.folder() / "media" / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    web = [
        sys.executable, "-m", "granian", "zhengtong.config.wsgi:application", "--interface", "wsgi",
        "--host", places.host, "--port", str(places.port), "--workers", str(places.workers),
        "--blocking-threads", str(RECEIVERS),
        "--backpressure", "256", "--respawn-failed-workers", "--workers-kill-timeout", "8", "--no-ws",
        "--http1-header-read-timeout", "10000", "--http1-buffer-size", str(HEADERS),
        "--blocking-threads-idle-timeout", "600", "--log-level", "error",
        "--static-path-route", "/static", "--static-path-mount", str(static),
        "--static-path-route", "/media/images", "--static-path-mount", str(pictures),
    ]  # fmt: skip
    gateway = [
        sys.executable, "-m", "uvicorn", "zhengtong.access.gateway.app:app", "--host", places.host,
        "--port", str(places.gateway_port), "--loop", "uvloop", "--http", "httptools", "--no-access-log",
        "--no-server-header", "--no-proxy-headers", "--log-level", "error", "--timeout-graceful-shutdown", "8",
        "--timeout-keep-alive", "75", "--backlog", "256", "--limit-concurrency", "1024",
    ]  # fmt: skip
    keeper = [Child("backup", zt("backup", "archive"), environment)] if backup_plan.plan().to else []
    return [
        *keeper,  # first, and stopped last: with a mirror no commit counts without it
        Child("web", web, {**environment, **as_web, **pool, **times, **lean}),
        Child("gateway", gateway, {**environment, **as_web, **times}),
        Child("worker", zt("worker"), {**environment, **as_owner}),
    ]


def keep(server: Server | None) -> Any:
    """Start the node's own server again when it has died."""

    def look() -> None:
        if server and not server.is_running():
            say("PostgreSQL has ended; it starts again")
            server.start()

    return look


def answers(port: int, host: str) -> bool:
    address = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def greet(address: str, seconds: float) -> None:
    say(f"\n  政通 Zhengtong is ready after {seconds:.1f} s: {address}\n")
    accounts = home.folder() / "run" / "demo-accounts.txt"
    if os.environ.get("ZT_DEMO") == "1" and accounts.exists():
        say(accounts.read_text(encoding="utf-8"))
    say("  Ctrl-C stops the node.")


def zt(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "zhengtong", *arguments]
