"""What other rooms' tables use: an encrypted text column. What an HSM plugs into: KEY_PROVIDERS."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from . import services
from .ciphertexts import CIPHERTEXTS, SOURCES, Ciphertext, inside_json, whole
from .custody import KEY_PROVIDERS, KeyProvider

__all__ = [
    "CIPHERTEXTS", "KEY_PROVIDERS", "SOURCES", "Ciphertext", "EncryptedTextField", "KeyProvider", "inside_json",
    "whole",
]  # fmt: skip


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """A text encrypted at rest. Reads and writes `str`; cannot be searched: keep a `blind_index` column beside it."""

    description = "text encrypted at rest"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def get_default(self) -> Any:
        default = super().get_default()
        return "" if default == b"" else default

    def from_db_value(self, value: Any, *_context: Any) -> str | None:
        return None if value is None else services.decrypt(bytes(value)) if len(value) else ""

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = services.encrypt(value) if value else b""
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: look it up by its blind index")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:  # noqa: ARG002
        raise TypeError(f"{self.name} is encrypted and is not serialised")
