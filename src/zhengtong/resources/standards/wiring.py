"""Plug-ins: every shipped code table is a source of options for forms."""

from zhengtong.support.forms.providers import OPTIONS

from .options import TableOptions
from .services import shipped_tables

for _table in shipped_tables():
    OPTIONS.register(_table.key, TableOptions(_table.key, _table.title))
