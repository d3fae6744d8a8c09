"""One migrated template database per state of the migrations; each run, and each xdist worker, clones it (50 ms)."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parent
os.environ.setdefault("ZT_NODE_KEY", base64.b64encode(b"a key for tests, for nothing but").decode())


def _fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for file in sorted((ROOT / "src").rglob("migrations/*.py")):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    from django.conf import settings
    from django.db import connections

    connection = connections["default"]
    values = connection.settings_dict
    template = f"zt_template_{_fingerprint()}"
    name = f"zt_test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    server = {
        "host": values["HOST"] or None, "port": values["PORT"] or None,
        "user": values["USER"] or None, "password": values["PASSWORD"] or None, "dbname": "postgres",
    }

    def admin() -> psycopg.Connection:
        return psycopg.connect(**{k: v for k, v in server.items() if v}, autocommit=True)

    home = Path(settings.ZT_HOME)
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with admin() as db:
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (template,)).fetchone():
                db.execute(f'DROP DATABASE IF EXISTS "{template}"')
                db.execute(f'CREATE DATABASE "{template}" TEMPLATE template0 ENCODING \'UTF8\'')
                url = f"postgresql://{values['USER']}:{values['PASSWORD']}@/{template}?host={values['HOST']}&port={values['PORT']}"
                subprocess.run(
                    [sys.executable, "-m", "zhengtong", "manage", "migrate", "-v0"],
                    env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src"), "ZT_DATABASE_ROLE": ""},
                    check=True, cwd=ROOT,
                )
                db.execute(f'ALTER DATABASE "{template}" IS_TEMPLATE true')
            db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    connection.close()
    values["NAME"] = name
    with django_db_blocker.unblock():
        from zhengtong.kernel import clock
        from zhengtong.security.crypto import services as crypto

        crypto.ensure_ring(at=clock.now())
        yield
        connections.close_all()
    with admin() as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
