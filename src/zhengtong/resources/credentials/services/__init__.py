"""Door: declare types, issue, supersede, end, render and use credentials."""

from .ending import revoke
from .issuing import Terms, issue, supersede
from .papers import Download, download, open_for_case, pdf, specimen
from .seeding import seed_demo
from .types import declare_builtin_types, declare_type
from .uses import record_check, record_use

__all__ = [
    "Download",
    "Terms",
    "declare_builtin_types",
    "declare_type",
    "download",
    "issue",
    "open_for_case",
    "pdf",
    "record_check",
    "record_use",
    "revoke",
    "seed_demo",
    "specimen",
    "supersede",
]
