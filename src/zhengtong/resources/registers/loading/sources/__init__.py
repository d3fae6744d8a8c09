"""Where rows come from. Every source yields its head first, then cells as text; one batch is in memory at a time."""

from .base import Row, Source, Unreadable
from .opening import FORMATS, open_source

__all__ = ["FORMATS", "Row", "Source", "Unreadable", "open_source"]
