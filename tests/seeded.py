"""A node with its first data, for tests that need more than tables: made once, cloned for each module (100 ms).

`seeded_database` gives the module a database of its own in which tests may commit; `seeded` undoes each test's changes.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[1]
_serial = itertools.count()
SEEDED_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # before every story
PACKAGES = ("open-restaurant", "senior-card", "hr-services-filing")


def fingerprint(migrations: str) -> str:
    """Names what the seeded template was made from: tables, packages, the rooms' data, and the code that seeds."""
    digest = hashlib.sha256(migrations.encode() + Path(__file__).read_bytes())
    sources = [*ROOT.glob("packages/**/*"), *ROOT.glob("src/zhengtong/*/*/data/**/*"), *ROOT.glob("src/**/*demo*.py")]
    for file in sorted(f for f in [*sources, *ROOT.glob("src/zhengtong/config/story/*.py")] if f.is_file()):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _switch(name: str) -> None:
    from django.db import connections

    from zhengtong.security.crypto import services as crypto

    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    crypto.forget_keys()


def _make(admin: psycopg.Connection[Any], template: str, tables: str) -> None:
    from django.conf import settings

    from zhengtong.config.story import seeding

    admin.execute(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
    admin.execute(f'CREATE DATABASE "{template}" TEMPLATE "{tables}"')
    _switch(template)
    demo, settings.ZT_DEMO = settings.ZT_DEMO, True
    try:
        seeding.small_demo(at=SEEDED_AT, packages=PACKAGES)
    finally:
        settings.ZT_DEMO = demo
        _switch("postgres")
    admin.execute(f'ALTER DATABASE "{template}" IS_TEMPLATE true')


@pytest.fixture(scope="session")
def seeded_template(django_db_setup: None, django_db_blocker: Any) -> str:
    """The name of the template database with first data; runs at the same time wait for the one that makes it."""
    import conftest
    from django.db import connections

    values = connections["default"].settings_dict
    before, tables = values["NAME"], conftest.template_name()
    template = f"zt_template_s{fingerprint(tables)}"
    with conftest.admin(values) as db, django_db_blocker.unblock():
        db.execute("SELECT pg_advisory_lock(hashtext('zt_seeded'))")
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (template,)).fetchone():
            _make(db, template, tables)
        _switch(before)
    return template


@contextmanager
def database_for(template: str, blocker: Any) -> Iterator[str]:
    """A database for one module, cloned from the template and dropped afterwards; the connection leads to it."""
    import conftest
    from django.db import connections

    from zhengtong.kernel import clock
    from zhengtong.security.crypto import services as crypto

    values = connections["default"].settings_dict
    before, name = values["NAME"], f"zt_module_{os.getpid()}_{next(_serial)}"
    with conftest.admin(values) as db:
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        with blocker.unblock():
            _switch(name)
            crypto.ensure_ring(at=clock.now())
        try:
            yield name
        finally:
            with blocker.unblock():
                _switch(before)
            db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def seeded_database(seeded_template: str, django_db_blocker: Any) -> Iterator[str]:
    """The module's own database with first data, open to every thread; what is committed goes with the module."""
    from django.conf import settings

    with database_for(seeded_template, django_db_blocker) as name, django_db_blocker.unblock():
        demo, settings.ZT_DEMO = settings.ZT_DEMO, True
        yield name
        settings.ZT_DEMO = demo


@pytest.fixture
def seeded(seeded_database: str) -> Iterator[None]:
    """The node with first data; whatever the test does is undone."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
