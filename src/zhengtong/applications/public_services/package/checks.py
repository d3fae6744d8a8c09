"""The checks of a package, one after another; together they name every fault at once."""

from __future__ import annotations

from . import conditions, credential_templates, examples, forms_check, languages, limits, manifest_schema, references
from . import flow as flow_check
from .faults import Fault
from .reading import Package


def check(package: Package) -> list[Fault]:
    """Every fault, in the order of the package's files and lines. A fault already told is not told twice."""
    faults = list(package.faults)
    if not package.manifest:
        return faults
    schema_faults = list(manifest_schema.check(package))
    faults += schema_faults
    for part in (languages, references, limits, conditions, flow_check, forms_check):
        faults += part.check(package)
    if not any(fault.code.startswith("manifest-") for fault in schema_faults):
        faults += credential_templates.check(package)
        faults += examples.check(package, whole=not faults)
    return _ordered(faults)


def _ordered(faults: list[Fault]) -> list[Fault]:
    unique = list({(f.path, f.code, str(f.message)): f for f in faults}.values())
    return sorted(
        unique, key=lambda f: (f.path.partition("#")[0] != "service.yaml", f.path.partition("#")[0], f.line or 0)
    )
