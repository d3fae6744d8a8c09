"""A load in a process of its own, killed outright in the middle; and its memory."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from zhengtong.resources.standards import services as standards

from ..models import Load
from .factories import authority
from .test_loading import FIELDS, person

PROGRAM = """
import sys, django
django.setup()
from pathlib import Path
from zhengtong.kernel.clock import now
from zhengtong.resources.registers import services
actor = services.acting_for("population", [])
done = services.load(
    actor=actor, register="population", source=services.open_source(sys.argv[1]), clock=now,
    options=services.Options(outcome=Path(sys.argv[1] + ".outcome.csv"), is_dry=sys.argv[3] == "dry"),
    batch_rows=int(sys.argv[2]),
)
peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))  # ru_maxrss has the parent's too
print(done.resumed_behind, int(peak.split()[1]) // 1024)
"""


def start(path: Path, batch: int, mode: str = "real") -> subprocess.Popen[str]:
    database = connection.settings_dict
    url = f"postgresql:///{database['NAME']}?host={database['HOST']}&port={database['PORT']}&user={database['USER']}"
    if database.get("PASSWORD"):
        url += f"&password={database['PASSWORD']}"
    env = os.environ | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "zhengtong.config.settings", "ZT_SECRET_KEY": "of-a-test" * 8,
        "ZT_DEMO": "1",  # numbers of nobody
        "PYTHONPATH": str(Path(settings.ROOT) / "src") if hasattr(settings, "ROOT") else os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM, str(path), str(batch), mode]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def people(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        writer.writerows(list(person(n).values()) for n in range(count))
    return path


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_load_goes_on_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    standards.load_code_tables()
    authority("public-security", "civil-affairs", "education", "health")
    path = people(tmp_path / "people.csv", 4_000)
    first = start(path, 50)
    end = time.monotonic() + 60
    while time.monotonic() < end and not Load.objects.filter(mark__gt=500).exists() and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    _out, told = first.communicate()
    assert first.returncode == -signal.SIGKILL, told
    mark = Load.objects.get().mark
    assert 500 < mark < 4_001
    second = start(path, 50)
    out, told = second.communicate(timeout=120)
    assert second.returncode == 0, told
    assert int(out.split()[0]) >= mark
    load = Load.objects.get()
    assert (load.status, load.new, load.bad) == ("finished", 4_000, 0)
    with Path(f"{path}.outcome.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(one["row"]) for one in lines] == list(range(2, 4_002))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_population")
        assert cursor.fetchone()[0] == 4_000


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    standards.load_code_tables()
    authority("public-security", "civil-affairs", "education", "health")
    path = tmp_path / "garbage.csv"
    path.write_text(",".join(FIELDS) + "\r\n")
    with path.open("ab") as file:  # a line of 300 MB, and rows behind it
        for _piece in range(300):
            file.write(b"x" * (1 << 20))
        file.write(b"\r\n")
        for number in range(900):
            file.write((",".join(person(number).values()) + "\r\n").encode())
    run = start(path, 20_000, "dry")
    out, told = run.communicate(timeout=200)
    assert run.returncode == 0, told
    assert int(out.split()[1]) < 400, f"{out} MB"
