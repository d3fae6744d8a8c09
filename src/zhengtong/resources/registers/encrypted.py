"""Which columns of the compiled tables are encrypted: a rotation of keys carries them over."""

from __future__ import annotations

from collections.abc import Mapping

from zhengtong.security.crypto.providers import Ciphertext

from . import catalogue
from .rows import index_context


def columns() -> Mapping[str, Ciphertext]:
    """Every encrypted column of every register in force, of its past too."""
    return {
        f"{table}.{one.name}": Ciphertext(
            table, one.name, {lang: f"{definition.label[lang]} · {one.label[lang]}" for lang in ("zh", "en")},
            index=(one.index_column, index_context(definition, one)), is_table=True,
        )
        for definition in catalogue.definitions().values()
        for one in definition.encrypted()
        for table in (definition.table, definition.past_table)
    }  # fmt: skip
