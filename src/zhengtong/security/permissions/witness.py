"""The log, as far as it stands. TODAY the audit room is being built beside this one; this file goes when it lands."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def record(*args: Any, **kwargs: Any) -> None:
    if find_spec("zhengtong.security.audit.services"):
        import_module("zhengtong.security.audit.services").record(*args, **kwargs)


def record_denial(*args: Any, **kwargs: Any) -> None:
    if find_spec("zhengtong.security.audit.services"):
        import_module("zhengtong.security.audit.services").record_denial(*args, **kwargs)
