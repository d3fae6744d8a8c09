"""How a personal value looks to those who may not read it."""

from __future__ import annotations

from typing import Any

from zhengtong.kernel.texts import mask_id_number, mask_name, mask_phone

from .form import Field

LONG = 20


def mask_of(field: Field, value: Any) -> str:
    text = value if isinstance(value, str) else "***"
    match field.format:
        case "cn-id" | "uscc":
            return mask_id_number(text)
        case "cn-mobile":
            return mask_phone(text)
        case "email":
            name, _at, host = text.rpartition("@")
            return f"{name[:1]}***@{host}" if name else "***"
        case "date":
            return f"{text[:4]}-**-**"
    return mask_name(text) if len(text) <= LONG and not any(char.isdigit() for char in text) else "***"
