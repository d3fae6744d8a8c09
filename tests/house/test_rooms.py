"""What imports cannot show: the shape of rooms, and which way foreign keys point."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

SOURCE = Path(settings.PACKAGE)
ROOMS = [apps.get_app_config(name.rsplit(".", 2)[1] + "_" + name.rsplit(".", 1)[1]) for name in settings.ROOMS]
LAYERS = ("kernel", "security", "support", "resources", "applications", "access")
LONGEST_FILE, LONGEST_README, LONGEST_DOOR = 500, 60, 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
DOORS = ("services.py", "queries.py", "events.py", "providers.py")
SIDEWAYS: set[tuple[str, str]] = set()  # foreign keys between rooms of one layer, declared one by one


def python_files() -> list[Path]:
    return [f for f in SOURCE.rglob("*.py") if "migrations" not in f.parts]


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.label)
def test_every_room_says_what_it_is_for(room) -> None:
    readme = Path(room.path) / "README.md"
    assert readme.is_file(), f"{room.name} has no README.md"
    assert len(readme.read_text().splitlines()) <= LONGEST_README, f"{readme} is longer than {LONGEST_README} lines"


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.label)
def test_every_room_has_tests(room) -> None:
    assert list(Path(room.path).glob("tests/test_*.py")), f"{room.name} has no tests"


def test_no_file_is_too_long() -> None:
    long = {f: n for f in python_files() if (n := len(f.read_text().splitlines())) > LONGEST_FILE}
    assert not long, f"split by noun: {long}"


def test_no_door_is_too_long() -> None:
    long = {f: n for f in python_files() if f.name in DOORS and (n := len(f.read_text().splitlines())) > LONGEST_DOOR}
    assert not long, f"make a package of it: {long}"


def test_no_file_is_named_after_nothing() -> None:
    assert not [f for f in python_files() if f.stem in FORBIDDEN_NAMES]


def _layer(label: str) -> int:
    return LAYERS.index(label.partition("_")[0])


def _order(label: str) -> int:
    return [r.label for r in ROOMS].index(label)


def test_foreign_keys_point_down() -> None:
    """A table may refer to its own room and to lower layers; sideways only as declared in SIDEWAYS."""
    ours = {r.label for r in ROOMS}
    wrong = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not (field.many_to_one or field.one_to_one) or field.auto_created or field.related_model is None:
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here not in ours or there not in ours or here == there:
                continue
            if _layer(there) > _layer(here) or (_layer(there) == _layer(here) and (here, there) not in SIDEWAYS):
                wrong.append(f"{model._meta.label}.{field.name} → {there}")
    assert not wrong


def test_rooms_stand_in_the_settings_from_the_ground_up() -> None:
    layers = [_layer(r.label) for r in ROOMS]
    assert layers == sorted(layers)


def test_no_page_carries_inline_script_or_style() -> None:
    """The content security policy forbids them; a browser would drop them silently."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.I)
    found = [
        f"{f.relative_to(SOURCE)}:{n}"
        for f in SOURCE.rglob("templates/**/*.html")
        for n, line in enumerate(f.read_text().splitlines(), 1)
        if inline.search(line) and "application/json" not in line
    ]
    assert not found
