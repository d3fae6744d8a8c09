"""Events outlive the release that wrote them: their fields are frozen in a reviewed file."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from zhengtong.config.cli.events import collect, reference_file
from zhengtong.kernel.events import rules, services

REMEDY = "`zt events schema --write`, and look at the difference: fields may only be added, with a default"


def test_the_fields_of_every_event_are_as_reviewed() -> None:
    assert reference_file().is_file(), REMEDY
    assert json.loads(reference_file().read_text()) == json.loads(collect()), REMEDY


EVENTS = json.loads(collect())


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_names_room_noun_and_what_happened(name: str) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+\.[a-z_]+", name)


SAMPLES = {
    "text": "文字", "integer": 7, "boolean": True, "map": {"键": [1, None]}, "uuid": UUID(int=7),
    "datetime": datetime(2026, 3, 2, 1, 2, 3, 4, tzinfo=UTC), "date": date(2026, 3, 2),
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), services.kinds())
def test_every_event_survives_the_outbox(name: str, kind: type[services.Event]) -> None:
    fields = rules.schema_of(kind)
    values = {field: [SAMPLES[text[:-2]]] if text.endswith("[]") else SAMPLES[text.rstrip("?")]
              for field, text in fields.items()}  # fmt: skip
    event = kind(**values)
    assert rules.event_of(kind, json.loads(json.dumps(event.as_payload()))) == event
