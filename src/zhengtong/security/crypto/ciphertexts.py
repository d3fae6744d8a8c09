"""Which columns hold encrypted values, and how to reach them: what a new data or index key has to be carried into."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

Renew = Callable[[bytes], bytes]
Walk = Callable[[Any, Renew], Any]


def whole(value: Any, renew: Renew) -> bytes:
    """The column is one encrypted value."""
    return renew(bytes(value))


def inside_json(*names: str) -> Walk:
    """Members of these names, at any depth of a JSON column, are encrypted values in Base64 (or lists of them)."""

    def walk(value: Any, renew: Renew) -> Any:
        if isinstance(value, Mapping):
            return {
                name: _renewed(member, renew) if name in names else walk(member, renew)
                for name, member in value.items()
            }
        return [walk(member, renew) for member in value] if isinstance(value, list) else value

    return walk


def _renewed(value: Any, renew: Renew) -> Any:
    if isinstance(value, list):
        return [_renewed(member, renew) for member in value]
    return base64.b64encode(renew(base64.b64decode(value))).decode()


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """One column. `walk(stored, renew)` gives the stored value with `renew` applied to each encrypted part.

    `index`: the field that keeps the blind index of the same text, and its context. `is_table`: `model` names a table
    that no model stands for, with a key `id`.
    """

    model: str
    field: str
    label: Texts
    walk: Walk = whole
    index: tuple[str, str] | None = None
    is_table: bool = False

    @property
    def is_json(self) -> bool:
        return self.walk is not whole


CIPHERTEXTS: Registry[Ciphertext] = Registry("encrypted column")
SOURCES: Registry[Callable[[], Mapping[str, Ciphertext]]] = Registry("source of encrypted columns")


def all_ciphertexts() -> list[tuple[str, Ciphertext]]:
    """Every encrypted column, those of tables that are made while the node runs among them."""
    more = [pair for _, source in SOURCES.items() for pair in source().items()]
    return [*CIPHERTEXTS.items(), *sorted(more)]
