"""Door: loads code tables and data elements, those that ship and those an operator brings."""

from .loading import Preview, load_edition, preview
from .shipped import load_code_tables, shipped_elements, shipped_tables

__all__ = ["Preview", "load_code_tables", "load_edition", "preview", "shipped_elements", "shipped_tables"]
