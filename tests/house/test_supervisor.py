"""The node's processes: started again when they crash, stopped together, and found when a killed node left them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zhengtong.config.node import home, leftovers, supervisor
from zhengtong.config.node.home import HomeFault
from zhengtong.config.node.supervisor import Child, Supervisor


def _python(name: str, script: str) -> Child:
    return Child(name, [sys.executable, "-c", script], dict(os.environ))


def _until(question: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not question():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Supervisor], None]]:
    """Run a supervisor in a thread; it is stopped at the end."""
    monkeypatch.setattr(supervisor, "PAUSES", (0.05, 0.1))
    running: list[tuple[Supervisor, threading.Thread]] = []

    def start(node: Supervisor) -> None:
        node.start()
        thread = threading.Thread(target=node.run)
        thread.start()
        running.append((node, thread))

    yield start
    for node, thread in running:
        node.told.set()
        thread.join()
        node.stop()


def test_a_crashed_process_starts_again_and_the_others_stay(run, tmp_path: Path, capfd) -> None:
    marks = tmp_path / "marks"
    crashing = _python(
        "crashing", f"open({str(marks)!r}, 'a').write('x'); import time; time.sleep(0.05); raise SystemExit(3)"
    )
    steady = _python("steady", "import time; time.sleep(60)")
    node = Supervisor([crashing, steady])
    run(node)
    _until(lambda: marks.exists() and len(marks.read_text()) >= 3)
    assert steady.process
    assert steady.is_running()
    assert "crashing ended with status 3" in capfd.readouterr().out


def test_a_process_that_ran_for_long_is_forgiven(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STEADY", 0.2)
    child = _python("child", "import time; time.sleep(60)")
    run(Supervisor([child]))
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)
    _until(lambda: child.failures == 1)
    _until(lambda: child.failures == 0 and child.is_running())


def test_stop_ends_also_who_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.5)
    deaf = _python(
        "deaf",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)",
    )
    parent = _python(
        "parent", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    node = Supervisor([deaf, parent])
    node.start()
    time.sleep(0.5)
    groups = [child.process.pid for child in node.children if child.process]
    node.stop()
    for group in groups:
        _until(lambda group=group: _is_gone(group))


def test_waiting_ends_at_once_when_a_process_ends() -> None:
    node = Supervisor([_python("brief", "raise SystemExit(1)")])
    node.start()
    begun = time.monotonic()
    assert node.wait_until(lambda: False, within=30) is False
    assert time.monotonic() - begun < 10
    node.stop()


# -- the node's folder ------------------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZT_HOME", str(tmp_path / "zt"))
    return home.prepare()


def test_one_process_at_a_time_runs_a_node(folder: Path) -> None:
    first = home.take()
    assert first
    assert home.take() is None
    first.close()
    second = home.take()
    assert second
    second.close()


def test_secret_and_facts_are_for_the_owner_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZT_SECRET_KEY", raising=False)
    home.ensure_secret()
    secret = folder / "keys" / "secret"
    first = secret.read_text()
    home.ensure_secret()
    assert secret.read_text() == first
    assert len(first) >= 50
    home.tell(address="http://127.0.0.1:1")
    home.tell(web_role="zt_web")
    assert home.told() == {"address": "http://127.0.0.1:1", "web_role": "zt_web"}
    modes = {p.name: p.stat().st_mode & 0o777 for p in (secret, secret.parent, folder / "run" / "node.json")}
    assert modes == {"secret": 0o600, "keys": 0o700, "node.json": 0o600}


def test_a_full_disk_and_a_forbidden_folder_are_said_with_the_remedy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(HomeFault, match="make room"):
        home.prepare()
    (folder / "file").write_text("")
    monkeypatch.setenv("ZT_HOME", str(folder / "file" / "below"))
    with pytest.raises(HomeFault, match="set ZT_HOME to another one"):
        home.prepare()


def test_what_a_killed_node_left_is_stopped_and_strangers_are_not(folder: Path) -> None:
    script = "import time; time.sleep(60)  # zhengtong"
    ours = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    home.tell(processes=[ours.pid, stranger.pid])
    waiter = threading.Thread(target=ours.wait)
    waiter.start()
    leftovers.stop()
    waiter.join()
    assert ours.returncode == -signal.SIGTERM
    assert stranger.poll() is None
    assert home.told()["processes"] == []
    stranger.kill()
    stranger.wait()
