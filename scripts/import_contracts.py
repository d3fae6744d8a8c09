"""The contract of doors: other rooms see of a room only its services, queries, events and providers, and its `wire`:
plain SQL and pure rules, for whoever must run without Django.

`access` and `config` also see `urls`, `rest` and `synth` (invented data for trials: pure, no verbs).
A `wire` sees lower rooms' `wire` and `rules`, never Django.
The kernel is open to all. Tests may look anywhere.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

LAYERS = ("access", "applications", "resources", "support", "network", "security")
DOORS = {"services", "queries", "events", "providers", "wire"}
UPPER_DOORS = DOORS | {"urls", "rest", "synth"}


class DoorsContract(Contract):
    type_name = "doors"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        modules = [m for m in graph.modules if "tests" not in m.split(".") and not m.endswith(".conftest")]
        pairs = [(m, seen) for m in modules for seen in graph.find_modules_directly_imported_by(m)]
        faults = sorted(f"{m} must not import {seen}" for m, seen in pairs if not is_allowed(m, seen))
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for fault in check.metadata["faults"]:
            output.print_error(fault)


def is_allowed(importer: str, imported: str) -> bool:
    from_layer, from_room, from_part = _place(importer)
    layer, room, part = _place(imported)
    if from_part == "wire" and (layer in LAYERS or layer == "django"):
        return room == from_room or part in ("wire", "rules")
    if layer not in LAYERS or (layer, room) == (from_layer, from_room) or not room:
        return True
    return part in (UPPER_DOORS if from_layer in ("access", "config") else DOORS)


def _place(module: str) -> tuple[str, str, str]:
    """Layer, room and part (deeper names with their dots) of one of our modules."""
    names: list[Any] = [*module.removeprefix("zhengtong.").split(".", 2), "", ""]
    return names[0], names[1], names[2]
