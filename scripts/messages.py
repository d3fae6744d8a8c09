"""The translations: `compile` makes .mo of .po (what a node needs); `collect` renews the .po files from the sources;
`check` fails where the sources hold a text that `en` lacks, or a .po holds one the sources no longer do.

Texts stand in the sources in Chinese, so that only English needs a catalogue. Collecting needs GNU gettext.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
CHINESE = SOURCE / "zhengtong" / "config" / "locale" / "zh_Hans" / "LC_MESSAGES"
OUTSIDE = re.compile(r"""\b_\(\s*"([^"]+)"\s*[,)]""")


def main(verb: str) -> None:
    {"compile": compile_all, "collect": collect, "check": check}[verb]()


def compile_all() -> None:
    for po in sorted(SOURCE.rglob("locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            polib.pofile(str(po)).save_as_mofile(str(mo))
    compile_chinese()


def compile_chinese() -> None:
    """Our texts in Chinese as they stand in the sources. Without it a Chinese page looks for each of them in every
    catalogue of every library, in vain: a fifth of the page's time."""
    pos, mo = sorted(SOURCE.rglob("locale/en/LC_MESSAGES/django.po")), CHINESE / "django.mo"
    if mo.exists() and mo.stat().st_mtime >= max(po.stat().st_mtime for po in pos):
        return
    texts = polib.POFile()
    texts.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=1; plural=0;"}
    known = {entry_key(e) for po in pos for e in polib.pofile(str(po)) if not e.obsolete and not e.msgid_plural}
    texts.extend(polib.POEntry(msgctxt=context or None, msgid=text, msgstr=text) for context, text in sorted(known))
    CHINESE.mkdir(parents=True, exist_ok=True)
    texts.save_as_mofile(str(mo))


def collect() -> None:
    for room in rooms(SOURCE):
        collect_room(room)


def check() -> None:
    """Collect into a copy of the sources and compare."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "src"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "static_built", "*.mo", "data"))
        faults = [fault for room in rooms(copy) for fault in faults_of(room, copy)] + faults_outside_rooms()
    if faults:
        sys.exit("\n".join([*faults, "Translate what is named; `make messages` collects new texts."]))


def rooms(source: Path) -> list[Path]:
    """Every folder that is a Django app of ours."""
    return sorted(p.parent for p in source.rglob("apps.py"))


def collect_room(room: Path) -> None:
    if not shutil.which("xgettext"):
        sys.exit("Collecting texts needs GNU gettext: apt install gettext (macOS: brew install gettext).")
    (room / "locale").mkdir(exist_ok=True)
    done = subprocess.run(
        [
            sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location", "--no-wrap",
            "--ignore", "tests/*", "-v", "0",
        ],
        cwd=room, check=False, capture_output=True, text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "", "PYTHONPATH": ""},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{room}: {done.stderr}")
    if not any((room / "locale").rglob("*.po")):
        shutil.rmtree(room / "locale")


def faults_of(room: Path, source: Path) -> list[str]:
    po = room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    known = {entry_key(e) for e in polib.pofile(str(po)) if not e.obsolete} if po.exists() else set()
    collect_room(room)
    if not po.exists():
        return []
    name = po.relative_to(source.parent)
    now = polib.pofile(str(po))
    faults = [f"{name}: no English for {e.msgid!r}" for e in now.untranslated_entries()]
    faults += [f"{name}: marked fuzzy: {e.msgid!r}" for e in now.fuzzy_entries()]
    gone = known - {entry_key(e) for e in now if not e.obsolete}
    return faults + [f"{name}: no longer in the sources: {text!r}" for _, text in sorted(gone)]


def faults_outside_rooms() -> list[str]:
    """Texts of the kernel's plain modules and of config belong to no room: some room's catalogue must know them."""
    known = {e.msgid for po in SOURCE.rglob("locale/en/LC_MESSAGES/*.po") for e in polib.pofile(str(po)) if e.msgstr}
    files = [*(SOURCE / "zhengtong" / "kernel").glob("*.py"), *(SOURCE / "zhengtong" / "config").rglob("*.py")]
    asked = {(f, text) for f in files for text in OUTSIDE.findall(f.read_text(encoding="utf-8"))}
    return [f"{f.relative_to(ROOT)}: no English for {text!r}" for f, text in sorted(asked) if text not in known]


def entry_key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid


if __name__ == "__main__":
    main(sys.argv[1])
