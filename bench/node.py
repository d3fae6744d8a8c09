"""A node to measure: the web as `zt up` runs it (granian, two workers), and sessions for its clients."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

WORKERS, THREADS = 2, 4


@contextmanager
def web(url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The web process at a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "DATABASE_URL": url, "ZT_DATABASE_POOL": "1", "ZT_DATABASE_POOL_SIZE": str(THREADS + 2),
        "DJANGO_SETTINGS_MODULE": "zhengtong.config.settings",
        "ZT_RATE_LIMITS": "*=1e9/1e9",  # counted, never refused
    }  # fmt: skip
    command = [
        sys.executable, "-m", "granian", "zhengtong.config.wsgi:application", "--interface", "wsgi", "--host",
        "127.0.0.1", "--port", str(port), "--workers", str(WORKERS), "--blocking-threads", "64", "--no-ws",
        "--log-level", "error",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            wait_for(port, process)
            yield port, process
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def worker(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process of background work, for measuring its memory."""
    environment = {**os.environ, "DATABASE_URL": url}
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengtong", "worker"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], within: float = 40.0) -> None:
    """Until the process listens. Raises RuntimeError where it ends before, or takes longer than `within` seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the process did not start")


def session_for(username: str, capacity: str = "") -> dict[str, str]:
    """Headers of a signed-in client: session cookie and CSRF token, as after password and one-time code."""
    from allauth.account.internal.flows import login
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.middleware.csrf import _get_new_csrf_string, _mask_cipher_secret

    from zhengtong.kernel.clock import now
    from zhengtong.security.identity import queries as identity

    account = identity.find_account(username)
    assert account is not None
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(account.pk), account.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[1]
    store[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": time.time()}]
    store[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(account.pk)
    if capacity:
        options = identity.list_capacities(account, now())
        store["capacity"] = next(o.key for o in options if o.capacity == capacity)
    store.create()
    secret = _get_new_csrf_string()
    token = _mask_cipher_secret(secret)
    return {
        "Cookie": f"sessionid={store.session_key}; csrftoken={secret}",
        "X-CSRFToken": token,
        "Content-Type": "application/json",
    }


def bench_package(folder: Path, source: Path) -> Path:
    """The package of the story without its site visit: a joint case of exactly seven acts."""
    import shutil

    target = folder / source.name
    shutil.copytree(source, target)
    manifest = target / "service.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("    site_visit: joint\n", ""), encoding="utf-8")
    return target


def facts(connection: Any) -> str:
    """What the server says of its durability."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')")
        return str(cursor.fetchone()[0])
