"""Bring database and files to the state of the sources: keys, migrations, grants, static files, first data.

What is up to date costs one connection and no Django: a stamp in the database (or beside the static files) holds the
digest of everything the step depends on.
"""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from . import database, home
from .database import Database
from .progress import step

PACKAGE = Path(__file__).resolve().parents[2]


def prepare(db: Database, *, demo: bool) -> None:
    """Do what is not done yet. Several preparations at once wait for each other."""
    _as_owner(db)
    with _static_files():
        if _due(db, demo):
            _bring_up(db, demo)


def seed(db: Database, *, demo: bool) -> None:
    """Load the first data whatever was loaded before; tables and keys come first, as for `zt up`."""
    _as_owner(db)
    _bring_up(db, demo, always="first data")


def _as_owner(db: Database) -> None:
    home.ensure_secret()
    os.environ["DATABASE_URL"], os.environ["ZT_DATABASE_ROLE"] = db.owner, ""


def _bring_up(db: Database, demo: bool, always: str = "") -> None:
    with database.exclusively(db.owner):
        for name, (digest, work) in _due(db, demo, always).items():
            work(db, demo)
            database.write_stamp(db.owner, name, digest)


def _due(db: Database, demo: bool, always: str = "") -> dict[str, tuple[str, Callable[[Database, bool], None]]]:
    tables = digest_of([*migration_files(), Path(__file__).with_name("rights.py")])
    suite = os.environ.get("ZT_CRYPTO_SUITE", "")
    steps = {
        "tables": (tables, _migrate),
        "keys": (digest_of((), f"{tables} {suite}"), _ensure_keys),
        "first data": (digest_of(seed_files(), f"{tables} {demo}"), _seed),
    }
    stamps = database.read_stamps(db.owner)
    return {name: step for name, step in steps.items() if name == always or stamps.get(name) != step[0]}


# -- the steps --------------------------------------------------------------------------------------------------------
def _migrate(db: Database, demo: bool) -> None:  # noqa: ARG001
    with step("数据表 tables"):
        import django
        from django.core.management import call_command

        django.setup()
        with _without_collection():
            call_command("migrate", interactive=False, verbosity=0)
        if db.web_role or db.web != db.owner:
            database.grant(db.owner, database.WEB, list(grants_of_rooms()))


@contextmanager
def _without_collection() -> Iterator[None]:
    """The states of 250 migrations are garbage by the million: looking for it takes a quarter of the time, keeping it
    300 MB for some seconds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _ensure_keys(db: Database, demo: bool) -> None:  # noqa: ARG001
    """The first keys; under another suite than before, new ones beside them."""
    import django

    django.setup()
    from zhengtong.kernel import clock
    from zhengtong.security.crypto import services as crypto

    crypto.ensure_node_key()
    crypto.ensure_ring(at=clock.now())


def _seed(db: Database, demo: bool) -> None:  # noqa: ARG001
    with step("初始数据 first data", lines=True):
        import django

        from . import seeding

        django.setup()
        seeding.seed(demo=demo)


@contextmanager
def _static_files() -> Iterator[None]:
    """Collect the static files beside the other steps, in a process of its own."""
    target = Path(os.environ.get("ZT_STATIC") or home.folder() / "static")
    sources = [*PACKAGE.glob("**/static/**/*"), *PACKAGE.glob("static_built/*"), *_lock()]
    digest, mark = digest_of(sources), home.folder() / "run" / "static-files"
    if target.is_dir() and mark.exists() and mark.read_text() == digest:
        yield
        return
    command = [sys.executable, "-m", "zhengtong", "manage", "collectstatic", "--no-input", "--clear", "-v0"]
    worker = subprocess.Popen(command, env={**os.environ, "ZT_STATIC_HASHED": "1"})
    try:
        yield
    finally:
        with step("静态文件 static files"):  # what is left of it once the other steps are done
            status = worker.wait()
    if status:
        raise SystemExit(status)
    mark.write_text(digest)


def grants_of_rooms() -> Iterator[Callable[[str], list[str]]]:
    """A room says in `services.grants(role)` what the web may do with its tables, where that is less than all."""
    from django.conf import settings

    for room in settings.ROOMS:
        if find_spec(f"{room}.services") and hasattr(services := import_module(f"{room}.services"), "grants"):
            yield services.grants


# -- digests ----------------------------------------------------------------------------------------------------------
def migration_files() -> list[Path]:
    return [*PACKAGE.glob("*/*/migrations/*.py"), *_lock()]


def seed_files() -> list[Path]:
    """What first data are loaded from: the rooms' data folders, the service packages, and the order of loading."""
    packages = Path(os.environ.get("ZT_PACKAGES") or home.ROOT / "packages")
    registers = Path(os.environ.get("ZT_REGISTERS") or home.ROOT / "registers")
    folders = (*PACKAGE.glob("*/*/data"), packages, registers, PACKAGE / "resources" / "registers" / "definition")
    return [*(p for folder in folders for p in folder.rglob("*")), Path(__file__).with_name("seeding.py")]


def _lock() -> list[Path]:
    return [home.ROOT / "requirements.lock"]


def digest_of(files: Iterable[Path], extra: str = "") -> str:
    """Names the content of files, whatever folder the project lies in."""
    digest = hashlib.sha256(extra.encode())
    for file in sorted(set(files)):
        if file.is_file():
            name = file.relative_to(home.ROOT) if file.is_relative_to(home.ROOT) else file
            digest.update(f"{name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:24]
