"""service.yaml against its JSON Schema."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path

from jsonschema import Draft202012Validator

from zhengtong.kernel.documents import shape

from .faults import Fault
from .reading import Package

SCHEMA = Path(__file__).parents[1] / "data" / "service.schema.json"


@functools.cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check(package: Package) -> Iterator[Fault]:
    """One fault for each thing that has the wrong shape."""
    yield from shape.check(package.document, validator(), prefix="manifest")
