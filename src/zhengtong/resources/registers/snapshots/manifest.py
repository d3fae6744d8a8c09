"""The manifest of a snapshot: what it is, as of when, which files with which digests; signed by the node."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import Invalid
from zhengtong.security.crypto import services as crypto

from ..definition.model import Definition, Field
from ..following import Position
from ..sights import is_free
from .frames import OWN, kind_of
from .writing import Parts, digest_of

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
KIND = "zhengtong.register-snapshot.v1"
LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a folder found. `signer`: whose key signed, `is_known`: this node, or the key given."""

    manifest: Mapping[str, Any]
    faults: Sequence[str]
    signer: str
    is_known: bool

    @property
    def is_good(self) -> bool:
        return not self.faults and self.is_known


def describe(
    definition: Definition, fields: Sequence[Field], parts: Parts, *, version: int, position: Position, at: datetime,
    file_format: str, use: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """`position`: where `GET …/changes?after=` goes on. `use`: for whom and what for, empty for what is open to all."""
    division, zone = settings.ZT_NODE_DIVISION, settings.ZT_NODE_ZONE
    return {
        "kind": KIND, "register": definition.key, "label": definition.label, "node": f"{division}-{zone}",
        "definition_version": version, "taken_at": at.isoformat(), "position": str(position), "rows": parts.rows,
        "synthetic_rows": parts.synthetic, "is_synthetic": parts.synthetic > 0, "format": file_format,
        "columns": {name: kind for name, (kind, _tell) in OWN.items()},
        "fields": [_field(definition, one) for one in fields], "terms": _terms(fields), "use": dict(use),
        "files": [part.as_json() for part in parts.done],
    }  # fmt: skip


def _field(definition: Definition, one: Field) -> dict[str, Any]:
    return {
        "name": one.name, "type": kind_of(one), "element": one.element, "label": one.label,
        "source": definition.source_of(one.name), "authority": one.authority, "secrecy": one.secrecy.key,
        "sharing": one.sharing.value, "is_encrypted_at_rest": one.is_encrypted,
    }  # fmt: skip


def _terms(fields: Sequence[Field]) -> dict[str, Any]:
    """How the whole may be used: as its strictest field."""
    is_open = all(is_free(one) for one in fields)
    zh = "无条件共享" if is_open else "仅限所列用途使用，不得转交；到期或授权终止后应当删除"
    en = (
        "shared without condition"
        if is_open
        else "for the stated purpose only, not to be passed on; to be deleted when it ends"
    )
    secrecy = max((one.secrecy for one in fields), default=None)
    return {"is_open": is_open, "secrecy": secrecy.key if secrecy else "open", "zh": zh, "en": en}


def seal(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Write the manifest and the node's signature over its bytes. The SHA-256 of the manifest."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    signature = crypto.sign(text)
    key = crypto.find_public_key(signature.key_id)
    assert key
    said = {
        "key_id": signature.key_id, "algorithm": signature.algorithm,
        "public_key": base64.b64encode(key.raw).decode(), "signature": base64.b64encode(signature.value).decode(),
    }  # fmt: skip
    (folder / SIGNATURE).write_text(json.dumps(said, indent=1), encoding="utf-8")
    (folder / MANIFEST).write_bytes(text)
    return digest_of(folder / MANIFEST)


def check(folder: Path, *, key_id: str = "") -> Checked:
    """Signature, then every file: is it there, as long, and of this digest. Raises Invalid: no snapshot at all.

    Without `key_id` the signer has to be this node.
    """
    text, manifest, signature, public = _read(folder)
    faults = []
    if crypto.fingerprint(public)[:16] != signature.key_id or not crypto.verify(text, signature, public):
        faults.append(_("清单的签名无效：清单被改动过，或签名文件不是它的。"))
    known = signature.key_id == key_id if key_id else crypto.find_public_key(signature.key_id) is not None
    faults += [fault for part in manifest["files"] for fault in _file_faults(folder, part)]
    listed = {part["name"] for part in manifest["files"]} | {MANIFEST, SIGNATURE}
    faults += [_("%s 不在清单中。") % one.name for one in sorted(folder.iterdir()) if one.name not in listed]
    if sum(part["rows"] for part in manifest["files"]) != manifest["rows"]:
        faults.append(_("各文件的行数之和与清单不符。"))
    return Checked(manifest, faults, signature.key_id, known)


def _read(folder: Path) -> tuple[bytes, dict[str, Any], crypto.Signature, bytes]:
    """The manifest's bytes, what they say, the signature and the public key beside it."""
    try:
        for path in (folder / MANIFEST, folder / SIGNATURE):
            if path.stat().st_size > LARGEST:
                raise ValueError(path.name)
        text, said = (folder / MANIFEST).read_bytes(), json.loads((folder / SIGNATURE).read_bytes())
        manifest = json.loads(text)
        wanted = {"name": str, "rows": int, "bytes": int, "sha256": str}
        if manifest["kind"] != KIND or not isinstance(manifest["rows"], int):
            raise ValueError(str(manifest["kind"]))
        if not all(isinstance(part[name], kind) for part in manifest["files"] for name, kind in wanted.items()):
            raise ValueError(MANIFEST)
        public, value = (base64.b64decode(said[name], validate=True) for name in ("public_key", "signature"))
        signature = crypto.Signature(str(said["key_id"]), str(said["algorithm"]), value)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Invalid(
            _("文件夹中没有完整的快照清单：%s。") % fault, remedy=_("请核对文件夹；未下载完的，请先下载全部文件。")
        ) from fault
    return text, manifest, signature, public


def _file_faults(folder: Path, part: Mapping[str, Any]) -> list[str]:
    path = folder / Path(str(part["name"])).name
    if not path.is_file():
        return [_("缺少文件 %s。") % part["name"]]
    if path.stat().st_size != part["bytes"]:
        return [_("%s 的长度与清单不符。") % part["name"]]
    return [] if digest_of(path) == part["sha256"] else [_("%s 的内容与清单不符。") % part["name"]]
