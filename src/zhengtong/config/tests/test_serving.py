"""How a node serves: never on a published key, and behind HTTPS as a site that keeps to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from zhengtong.kernel.design.problems import from_exception

_PRINT = (
    "from zhengtong.config import settings as s;"
    "print(getattr(s, 'SECURE_HSTS_SECONDS', 0), getattr(s, 'SECURE_PROXY_SSL_HEADER', None), s.SESSION_COOKIE_SECURE,"
    "getattr(s, 'SESSION_COOKIE_NAME', 'sessionid'))"
)


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("ZT_SECRET_KEY", "ZT_HTTPS", "ZT_TRUSTED_PROXIES")}
    environment = {**kept, "ZT_HOME": str(home), "PYTHONPATH": str(settings.ROOT / "src"), **variables}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [("-c", "import zhengtong.config.wsgi"), ("-m", "zhengtong", "worker", "--once")])
def test_without_its_secret_nothing_serves(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments, DATABASE_URL="postgresql://nobody@/nothing")
    assert done.returncode != 0
    assert str(tmp_path / "keys" / "secret") in done.stderr
    assert "ZT_SECRET_KEY" in done.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "0 None False sessionid"),
        ({"ZT_HTTPS": "1"}, "31536000 None True __Host-sessionid"),  # the scheme a stranger claims is not believed
        (
            {"ZT_HTTPS": "1", "ZT_TRUSTED_PROXIES": "1"},
            "31536000 ('HTTP_X_FORWARDED_PROTO', 'https') True __Host-sessionid",
        ),
    ],
)
def test_https(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    assert run(tmp_path, "-c", _PRINT, **variables).stdout.strip() == said


def test_statements_and_locks_have_their_time(tmp_path: Path) -> None:
    code = "from zhengtong.config import settings as s; print(s.DATABASES['default']['OPTIONS'].get('options'))"
    assert run(tmp_path, "-c", code, ZT_DATABASE_ROLE="").stdout.strip() == "None"
    said = run(tmp_path, "-c", code, ZT_DATABASE_ROLE="zt_web", ZT_STATEMENT_TIMEOUT="15s", ZT_LOCK_TIMEOUT="5s").stdout
    assert said.strip() == "-c role=zt_web -c statement_timeout=15s -c lock_timeout=5s"


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_said_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        with pytest.raises(OperationalError) as stopped:
            cursor.execute("SELECT pg_sleep(5)")
    problem = from_exception(stopped.value)
    assert (problem.status, problem.extra["headers"]["Retry-After"]) == (503, "30")
    assert "用时过长" in str(problem.message)
