"""The node's keys at work: sign, verify, encrypt, decrypt, blind indexes. Keys are unwrapped once per process."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import ZhengtongError

from . import rules
from .models import KeyVersion
from .rules import Undecryptable, as_der, as_pem, fingerprint, verify_ed25519

__all__ = [
    "KeyFault", "KeyRingEmpty", "NodeKeyMissing", "NodeKeyWrong", "PublicKey", "Signature", "Undecryptable", "as_der",
    "as_pem", "blind_index", "decrypt", "encrypt", "ensure_node_key", "ensure_ring", "find_public_key", "fingerprint",
    "forget_keys", "grants", "mac", "mac_for", "public_keys", "rotate", "sign", "verify", "verify_ed25519",
]  # fmt: skip
Purpose = KeyVersion.Purpose
_ALGORITHMS = {Purpose.SIGNING: rules.ED25519, Purpose.DATA: rules.AES_256_GCM, Purpose.INDEX: rules.HMAC_SHA_256}
_RING_LOCK = 0x5A54_4B45_59  # advisory lock "ZTKEY": one process makes keys at a time


class KeyFault(ZhengtongError):
    """The node's keys cannot be used; nothing that needs them may go on."""

    status = 503
    code = "keys-unusable"
    title = _("节点密钥无法使用")


class NodeKeyMissing(KeyFault):
    code = "node-key-missing"
    title = _("没有找到节点主密钥")
    remedy = _("请把密钥文件放回 ZT_KEY_FILE 所指的位置，或设置环境变量 ZT_NODE_KEY；首次启动请用 zt up。")


class NodeKeyWrong(KeyFault):
    code = "node-key-wrong"
    title = _("节点主密钥与数据库中的密钥环不符")
    remedy = _("请使用与此数据库一同备份的节点主密钥。")


class KeyRingEmpty(KeyFault):
    code = "key-ring-empty"
    title = _("数据库中还没有密钥环")
    remedy = _("请先运行 zt up。")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed (key id), how, and the signature's bytes."""

    key_id: str
    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key of the node; `raw` is 32 bytes for Ed25519."""

    key_id: str
    algorithm: str
    raw: bytes
    created_at: datetime
    retired_at: datetime | None = None


@dataclass
class _Ring:
    """The unwrapped keys of this process."""

    public: dict[str, PublicKey] = field(default_factory=dict)
    signing_id: str = ""
    signing: Ed25519PrivateKey | None = None
    data: dict[int, bytes] = field(default_factory=dict)
    data_version: int = 0
    index: bytes = b""


_cache: dict[tuple[str, str], _Ring] = {}  # by database and node key
_cache_lock = threading.Lock()


# -- the node key -----------------------------------------------------------------------------------------------------
def ensure_node_key() -> Path | None:
    """Make the node key's file (mode 0600) if neither it nor ZT_NODE_KEY is there. Called by `zt up`, never by a page.

    Returns the file, or None when the environment holds the key. Two callers at once end with one key.
    """
    if os.environ.get("ZT_NODE_KEY"):
        return None
    path = Path(settings.ZT_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_once(path, base64.b64encode(secrets.token_bytes(rules.KEY_BYTES)) + b"\n")
    return path


def _write_once(path: Path, content: bytes) -> None:
    """Create the file whole or not at all: a link fails where another process was first, and then its file stands."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _node_key() -> bytes:
    """The 32 bytes that wrap all others. Raises NodeKeyMissing, NodeKeyWrong (not a key at all)."""
    text = os.environ.get("ZT_NODE_KEY", "")
    if not text:
        try:
            text = Path(settings.ZT_KEY_FILE).read_text()
        except OSError as fault:
            raise NodeKeyMissing(_("没有找到节点主密钥：%(path)s") % {"path": settings.ZT_KEY_FILE}) from fault
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != rules.KEY_BYTES:
        raise NodeKeyWrong(_("节点主密钥格式有误：应为 32 字节的 Base64。"))
    return key


# -- the ring ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def ensure_ring(*, at: datetime) -> None:
    """Make the first version of every key that is missing. Idempotent; called by `zt up` and by tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RING_LOCK])
    for purpose in Purpose:
        if not KeyVersion.objects.filter(purpose=purpose).exists():
            _add_version(purpose, 1, at)
    forget_keys()


@transaction.atomic
def rotate(*, purpose: str, at: datetime) -> None:
    """Retire the working version and make the next. Old signatures and texts stay readable. Not for the index key."""
    if purpose == Purpose.INDEX:
        raise ValueError("a new index key would make every blind index unfindable")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RING_LOCK])
    newest = KeyVersion.objects.filter(purpose=purpose).order_by("-version").first()
    KeyVersion.objects.filter(purpose=purpose, retired_at=None).update(retired_at=at)
    _add_version(Purpose(purpose), newest.version + 1 if newest else 1, at)
    transaction.on_commit(forget_keys)
    forget_keys()


def _add_version(purpose: KeyVersion.Purpose, version: int, at: datetime) -> None:
    secret = secrets.token_bytes(rules.KEY_BYTES)
    public = rules.public_of(secret) if purpose == Purpose.SIGNING else b""
    key_id = rules.fingerprint(public)[:16] if public else secrets.token_hex(8)
    wrapped = rules.seal_bytes(_node_key(), secret, _binding(key_id, purpose, version))
    KeyVersion.objects.create(
        key_id=key_id, purpose=purpose, version=version, algorithm=_ALGORITHMS[purpose], public=public,
        wrapped=wrapped, created_at=at,
    )  # fmt: skip


def _binding(key_id: str, purpose: str, version: int) -> bytes:
    return f"zhengtong key {key_id} {purpose} {version}".encode()


def _ring() -> _Ring:
    """The unwrapped ring of this process and database. Raises KeyFault."""
    slot = (str(connection.settings_dict["NAME"]), os.environ.get("ZT_NODE_KEY", ""))
    ring = _cache.get(slot)
    if ring is None:
        with _cache_lock:
            ring = _cache[slot] = _unwrap()
    return ring


def _unwrap() -> _Ring:
    """Read and unwrap every version. Raises KeyRingEmpty, NodeKeyMissing, NodeKeyWrong."""
    ring, node_key = _Ring(), _node_key()
    for row in KeyVersion.objects.order_by("version"):
        try:
            secret = rules.open_bytes(node_key, bytes(row.wrapped), _binding(row.key_id, row.purpose, row.version))
        except Undecryptable as fault:
            raise NodeKeyWrong from fault
        _put(ring, row, secret)
    if not (ring.signing and ring.data_version and ring.index):
        raise KeyRingEmpty
    return ring


def _put(ring: _Ring, row: KeyVersion, secret: bytes) -> None:
    if row.purpose == Purpose.SIGNING:
        public = PublicKey(row.key_id, row.algorithm, bytes(row.public), row.created_at, row.retired_at)
        ring.public[row.key_id] = public
        if row.retired_at is None:
            ring.signing_id, ring.signing = row.key_id, Ed25519PrivateKey.from_private_bytes(secret)
    elif row.purpose == Purpose.DATA:
        ring.data[row.version] = secret
        if row.retired_at is None:
            ring.data_version = row.version
    else:
        ring.index = secret


def forget_keys() -> None:
    """Drop the unwrapped keys of this process; the next use reads them anew."""
    with _cache_lock:
        _cache.clear()


# -- at work ----------------------------------------------------------------------------------------------------------
def sign(data: bytes) -> Signature:
    """The node's Ed25519 signature (under 100 µs once the ring is unwrapped). Raises KeyFault."""
    ring = _ring()
    assert ring.signing is not None
    return Signature(ring.signing_id, rules.ED25519, ring.signing.sign(data))


def verify(data: bytes, signature: Signature, public_key: bytes | None = None) -> bool:
    """Is it the signature of the data? By the given raw public key, else by the ring's key of that id."""
    if signature.algorithm != rules.ED25519:
        return False
    if public_key is None:
        known = find_public_key(signature.key_id)
        public_key = known.raw if known else b""
    return rules.verify_ed25519(public_key, data, signature.value)


def find_public_key(key_id: str) -> PublicKey | None:
    """The public key of this id; reads the ring anew once when another process may have rotated it."""
    if key_id not in _ring().public and KeyVersion.objects.filter(key_id=key_id).exists():
        forget_keys()
    return _ring().public.get(key_id)


def public_keys() -> list[PublicKey]:
    """Every public key of the node, the oldest first, retired ones too."""
    return list(_ring().public.values())


def encrypt(text: str) -> bytes:
    """The text under the working data key (AES-256-GCM; 31 bytes longer)."""
    ring = _ring()
    return rules.encrypt(ring.data[ring.data_version], ring.data_version, text)


def decrypt(sealed: bytes) -> str:
    """The text of `encrypt`. Raises Undecryptable when altered or made under a key that is not in the ring."""
    version = rules.key_version_of(sealed)
    if version not in _ring().data:
        forget_keys()
    key = _ring().data.get(version)
    if key is None:
        raise Undecryptable(f"the ring has no version {version} of the data key")
    return rules.decrypt(key, sealed)


def blind_index(text: str, context: str) -> bytes:
    """A keyed digest (32 bytes) by which an encrypted text is found again; the same text differs between contexts."""
    return rules.mac(_ring().index, context, text.encode())


def mac(data: bytes, context: str) -> bytes:
    """A message code (32 bytes) that only a holder of the node key can make."""
    return rules.mac(_ring().index, context, data)


def mac_for(context: str) -> Callable[[bytes], bytes]:
    """`mac` for many: the key of the context is drawn once."""
    key = rules.key_for(_ring().index, context)
    return lambda data: hmac.digest(key, data, "sha256")


def grants(role: str) -> list[str]:
    """SQL by which the web role may read the wrapped keys and nothing more."""
    return [
        f'REVOKE ALL ON security_crypto_key FROM "{role}"',
        f'GRANT SELECT ON security_crypto_key TO "{role}"',
    ]
