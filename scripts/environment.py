"""Makes what `make` needs: the Python environment with its locked libraries, the browser files, the compiled messages.

    python3 scripts/environment.py product|dev

Run by any Python 3 with nothing installed, so this file keeps to the standard library and to old syntax. What stands
already is left alone: stamps hold the digests of the lock files it was made from. A second run at the same time waits.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)
OTHERS = ("python3.13", "python3.12", "python3.11")
SPACE_MB = 1500  # libraries 0.8 GB, their download cache, a first database
VENV = os.path.join(ROOT, ".venv")
UV = os.path.join(ROOT, ".uv")
LOCKS = {"product": "requirements.lock", "dev": "requirements-dev.lock"}
LAUNCHER = '#!/bin/sh\nexec "${0%/*}/python" -m zhengtong "$@"\n'


def main(wanted: str) -> None:
    use_a_new_python()
    check_folder()
    with only_one():
        kind = "dev" if wanted == "dev" or stamp("environment").startswith("dev:") else "product"
        make_environment(kind)
        make_browser_files(kind)
        run_quietly(python(), os.path.join(ROOT, "scripts", "messages.py"), "compile")


# -- what must be there -----------------------------------------------------------------------------------------------
def use_a_new_python() -> None:
    """Go on with a newer Python of this machine where `python3` is an old one."""
    if sys.version_info < OLDEST:
        for name in OTHERS:
            found = shutil.which(name)
            if found:
                os.execv(found, [found, *sys.argv])
        stop(
            "Python 3.11 or newer is needed, and python3 is {}.{}: install one (Debian 12, Ubuntu 24.04 and newer have "
            "it as `python3`), or name it: make PYTHON=/path/to/python3.11 …".format(*sys.version_info[:2])
        )
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            stop(
                f"{sys.executable} has no module `{module}`, which makes environments: install it "
                "(Debian, Ubuntu: apt install python3-venv), then run the same command again."
            )


def check_folder() -> None:
    if not os.access(ROOT, os.W_OK | os.X_OK):
        stop(f"{ROOT} cannot be written to by this user: clone the project into a folder of your own, or change owner.")
    free = shutil.disk_usage(ROOT).free // 2**20
    if not os.path.exists(os.path.join(VENV, ".environment")) and free < SPACE_MB:
        stop(f"The disk that holds {ROOT} has {free} MB free; the set-up needs {SPACE_MB} MB: make room and try again.")


@contextmanager
def only_one():
    """Two runs at once would build one environment twice."""
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    with open(os.path.join(ROOT, "build", "setup.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another run that is making the environment …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# -- the environment --------------------------------------------------------------------------------------------------
def make_environment(kind: str) -> None:
    """`.venv` holding exactly what the lock names, checked by hash; and the command `zt` in it."""
    digest = "{}:{}:{}".format(kind, digest_of(LOCKS[kind]), "{}.{}".format(*sys.version_info[:2]))
    if stamp("environment") == digest and os.path.exists(python()):
        return
    with step("Python environment"):
        make_uv()
        if not runs(python()):
            shutil.rmtree(VENV, ignore_errors=True)
            run(sys.executable, "-m", "venv", "--without-pip", VENV)
    with step(f"libraries of {LOCKS[kind]}"):
        lock = os.path.join(ROOT, LOCKS[kind])
        uv("pip", "sync", "--require-hashes", "--compile-bytecode", "-p", python(), lock)
        put_command()
    write_stamp("environment", digest)


def make_uv() -> None:
    """uv, the installer, in an environment of its own."""
    digest = digest_of("requirements-uv.lock")
    if runs(os.path.join(UV, "bin", "uv")) and read(os.path.join(UV, ".stamp")) == digest:
        return
    shutil.rmtree(UV, ignore_errors=True)
    run(sys.executable, "-m", "venv", UV)
    pip = (os.path.join(UV, "bin", "python"), "-m", "pip", "-q", "--disable-pip-version-check")
    run(*pip, "install", "--require-hashes", "-r", os.path.join(ROOT, "requirements-uv.lock"))
    write(os.path.join(UV, ".stamp"), digest)


def put_command() -> None:
    """`zt` without building a wheel: the sources on the path, and a script."""
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.check_output([python(), "-c", script], universal_newlines=True).strip()
    write(os.path.join(site, "zhengtong.pth"), os.path.join(ROOT, "src") + "\n")
    command = os.path.join(VENV, "bin", "zt")
    write(command, LAUNCHER)
    os.chmod(command, 0o755)
    run_quietly(python(), "-m", "compileall", "-q", os.path.join(ROOT, "src"))


def make_browser_files(kind: str) -> None:
    digest = "{}:{}".format(kind, digest_of("package-lock.json", "scripts/assets.py"))
    if stamp("browser") == digest and os.path.isdir(os.path.join(ROOT, "src", "zhengtong", "static_built")):
        return
    with step("browser files of package-lock.json"):
        run(python(), os.path.join(ROOT, "scripts", "assets.py"), kind)
    write_stamp("browser", digest)


# -- small things -----------------------------------------------------------------------------------------------------
def python() -> str:
    return os.path.join(VENV, "bin", "python")


def uv(*arguments: str) -> None:
    run(os.path.join(UV, "bin", "uv"), "--quiet", *arguments)


def environment() -> dict:
    """Ours, with bytecode written, no Python downloaded, and caches in the project where there is no home folder."""
    values = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"):
        values.pop(name, None)
    if not os.access(os.path.expanduser("~"), os.W_OK):
        values["PIP_NO_CACHE_DIR"] = "1"
        values["UV_CACHE_DIR"] = os.path.join(ROOT, "build", "uv-cache")
        values["npm_config_cache"] = os.path.join(ROOT, "build", "npm-cache")
    return values


def run(*command: str) -> None:
    """Run a program; its own words come first, then one sentence that says what failed and what to look at."""
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    if done.returncode:
        free = shutil.disk_usage(ROOT).free // 2**20
        hint = "the disk is full: make room" if free < 50 else "see the message above; a registry may be out of reach"
        stop("`{}` failed ({}). Then run the same command again.".format(" ".join(command[:6]), hint))


def run_quietly(*command: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        stop("`{}` failed.".format(" ".join(command[:4])))


def runs(program: str) -> bool:
    """Is it there and does it start? (A moved folder or a removed Python leaves one that does not.)"""
    try:
        return subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def digest_of(*names: str) -> str:
    digest = hashlib.sha256(ROOT.encode())
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


def stamp(name: str) -> str:
    return read(os.path.join(VENV, "." + name))


def write_stamp(name: str, text: str) -> None:
    write(os.path.join(VENV, "." + name), text)


def read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


@contextmanager
def step(title: str):
    say(f"  {title} …", end="")
    begun = time.time()
    yield
    say(f" {time.time() - begun:.1f} s")


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def stop(sentence: str) -> None:
    sys.stderr.write(f"\n{sentence}\n")
    sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        stop("usage: python3 scripts/environment.py product|dev")
    main(sys.argv[1])
