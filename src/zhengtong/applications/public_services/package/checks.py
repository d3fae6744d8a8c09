"""The checks of a package, one after another; together they name every fault at once."""

from __future__ import annotations

from . import (
    conditions,
    credential_templates,
    examples,
    flow,
    forms_check,
    languages,
    limits,
    manifest_schema,
    references,
)
from .faults import Fault
from .reading import Package


def check(package: Package) -> list[Fault]:
    """Every fault, in the order of the package's files and lines. A fault already told is not told twice."""
    faults = list(package.faults)
    if not package.manifest:
        return faults
    parts = (
        manifest_schema, languages, references, limits, conditions, flow, forms_check, credential_templates,
    )  # fmt: skip
    for part in parts:
        faults += part.check(package)
    faults += examples.check(package, whole=not faults)
    return _ordered(faults)


def _ordered(faults: list[Fault]) -> list[Fault]:
    unique = list({(f.path, f.code, str(f.message)): f for f in faults}.values())
    return sorted(
        unique, key=lambda f: (f.path.partition("#")[0] != "service.yaml", f.path.partition("#")[0], f.line or 0)
    )
