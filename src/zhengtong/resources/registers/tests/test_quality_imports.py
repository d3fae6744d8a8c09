"""What runs rules is heavy and is loaded where rules run: never when the web or a command starts."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("ibis", "duckdb", "sqlglot", "pandas", "pyarrow")
SCRIPT = f"""
import json, sys
import django
django.setup()
from django.urls import get_resolver
import zhengtong.config.cli.register, zhengtong.resources.registers.tasks, zhengtong.resources.registers.queries
len(get_resolver().reverse_dict)
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
import zhengtong.resources.registers.quality.compiling
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
"""


def test_neither_engine_is_loaded_with_the_web() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    before, after = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    assert before == []
    assert "ibis" in after, "the test can fail"
    assert not {"pandas", "pyarrow", "duckdb"} & set(after), "not even then"
