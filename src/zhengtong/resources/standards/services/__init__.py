"""Door: loads code tables and data elements, those that ship and those an operator brings."""

from ..rules.days import parse_day
from ..rules.elements import as_spec
from ..rules.telling import outcome_text
from .loading import Preview, load_edition, preview
from .shipped import load_code_tables, shipped_elements, shipped_tables

__all__ = [
    "Preview", "as_spec", "load_code_tables", "load_edition", "outcome_text", "parse_day", "preview",
    "shipped_elements", "shipped_tables",
]  # fmt: skip
