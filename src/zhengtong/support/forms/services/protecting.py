"""Personal values at rest: encrypted, each with its mask beside it, so that showing the mask reads nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from zhengtong.kernel.redaction import find
from zhengtong.security.crypto import services as crypto

from ..rules.form import DISPUTES, Form
from ..rules.masking import mask_of

SEALED = "$enc"


def protect(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as it is stored: personal values as {"$enc": base64, "mask": text}. What is protected stays as it is."""
    kept = dict(data)
    for name in _personal(form):
        if name in kept and not is_protected(kept[name]):
            kept[name] = {SEALED: _seal(kept[name]), "mask": mask_of(form.fields[name], kept[name])}
    if disputes := kept.get(DISPUTES):
        kept[DISPUTES] = {
            name: {SEALED: _seal(text), "mask": "***"} if _is_to_seal(form, name, text) else text
            for name, text in disputes.items()
        }
    return kept


def _is_to_seal(form: Form, name: str, text: Any) -> bool:
    """What is said of a personal value, and whatever names a person's number."""
    if is_protected(text):
        return False
    return name in _personal(form) or (isinstance(text, str) and any(find(text)))


def reveal(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """`data` in the clear, whichever fields were personal when it was stored. The caller writes the audit entry."""
    clear = {name: _open(value) for name, value in data.items() if name != DISPUTES or not value}
    if disputes := data.get(DISPUTES):
        clear[DISPUTES] = {name: _open(text) for name, text in disputes.items()}
    return clear


def masked(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with every personal value as its mask. Nothing is decrypted."""
    shown = dict(data)
    for name in _personal(form):
        if name in shown:
            value = shown[name]
            shown[name] = value["mask"] if is_protected(value) else mask_of(form.fields[name], value)
    if disputes := shown.get(DISPUTES):
        shown[DISPUTES] = {
            name: "***" if is_protected(text) or _is_to_seal(form, name, text) else text
            for name, text in disputes.items()
        }
    return shown


def is_protected(value: Any) -> bool:
    return isinstance(value, Mapping) and SEALED in value


def _personal(form: Form) -> list[str]:
    return [name for name, one in form.fields.items() if one.is_personal]


def _seal(value: Any) -> str:
    return base64.b64encode(crypto.encrypt(json.dumps(value, ensure_ascii=False))).decode()


def _open(value: Any) -> Any:
    return json.loads(crypto.decrypt(base64.b64decode(value[SEALED]))) if is_protected(value) else value
