"""A real clamd for tests: its own socket, its own signature, in a folder that goes away."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
EICAR = (
    b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
)  # in two, lest scanners stop here
_SETTINGS = """
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LogFile {folder}/clamd.log
Foreground yes
StreamMaxLength 1M
MaxThreads 2
"""


class Clamd:
    """Start it, use `address`, stop it."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAM
        (folder / "signatures").mkdir()
        (folder / "signatures" / "test.ndb").write_text(f"Test.EICAR:0:*:{EICAR.hex()}\n")
        (folder / "clamd.conf").write_text(_SETTINGS.format(folder=folder))
        self.socket = folder / "clamd.sock"
        self.log = folder / "clamd.log"
        self.process = subprocess.Popen(
            [PROGRAM, "--config-file", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    @property
    def address(self) -> str:
        return str(self.socket)

    def wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self.socket.exists():
            said = self.log.read_text() if self.log.exists() else ""
            assert self.process.poll() is None, f"clamd ended: {said}"
            assert time.monotonic() < deadline, f"clamd did not start: {said}"
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
