"""The unwrapped keys of this process, and how versions come and go. A change in another process is seen in seconds."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from zhengtong.kernel.transactions import verb

from .. import rules
from ..custody import KEY_PROVIDERS, KeyProvider, Signer
from ..models import KeyVersion
from ..rules import Secret
from . import gate, node_key
from .faults import KeyRingEmpty, NodeKeyWrong, ProviderMissing, SuiteUnusable

Purpose = KeyVersion.Purpose
_log = logging.getLogger(__name__)
CHECK_EVERY = 20.0  # seconds after which a process looks whether another one has changed the ring
_RING_LOCK = 0x5A54_4B45_59  # advisory lock "ZTKEY": one process makes keys at a time


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key of the node; `raw` has 32 bytes for Ed25519 and 65 for SM2."""

    key_id: str
    algorithm: str
    raw: bytes
    created_at: datetime
    retired_at: datetime | None = None
    purpose: str = Purpose.SIGNING


@dataclass
class Ring:
    """The unwrapped keys. `signers` and `owned` fill as named keys (`ca`, `seal:…`) are met."""

    state: tuple[object, ...] = ()
    checked: float = 0.0
    public: dict[str, PublicKey] = field(default_factory=dict)
    signers: dict[str, tuple[PublicKey, Signer]] = field(default_factory=dict)  # by purpose
    owned: dict[str, PublicKey] = field(default_factory=dict)  # public keys of named purposes, by key id
    data: dict[int, Secret] = field(default_factory=dict)
    data_version: int = 0
    index: dict[int, Secret] = field(default_factory=dict)
    index_version: int = 0


_cache: dict[tuple[str, str], Ring] = {}  # by database and node key
_lock = threading.Lock()


# -- reading ----------------------------------------------------------------------------------------------------------
def ring() -> Ring:
    """The ring of this process and database, at most CHECK_EVERY seconds behind. Raises KeyFault."""
    slot = (str(connection.settings_dict["NAME"]), os.environ.get("ZT_NODE_KEY", ""))
    known = _cache.get(slot)
    if known and (time.monotonic() - known.checked < CHECK_EVERY or _is_unchanged(known)):
        return known
    with _lock:
        fresh = _cache[slot] = _read()
    return fresh


def _is_unchanged(known: Ring) -> bool:
    """One query, at most every CHECK_EVERY seconds. A transaction that has failed already cannot be asked."""
    if connection.needs_rollback:
        return True
    known.checked = time.monotonic()
    return known.state == gate.ring_state()


def _read() -> Ring:
    """Read and unwrap the node's own keys. Raises KeyRingEmpty, NodeKeyMissing, NodeKeyWrong."""
    found = Ring(state=gate.ring_state(), checked=time.monotonic())
    rows = gate.read_keys("purpose = ANY(%s) ORDER BY version, id", list(Purpose.values))
    if found.state[0] and not rows:
        raise NodeKeyWrong
    for row in rows:
        _put(found, row)
    if not (Purpose.SIGNING in found.signers and found.data_version and found.index_version):
        raise KeyRingEmpty
    return found


def _put(found: Ring, row: KeyVersion) -> None:
    if row.purpose in (Purpose.SIGNING, Purpose.SIGNING_SM2):
        if row.retired_at is None:
            found.signers[row.purpose] = (public_key_of(row), signer_of(row))
        if is_genuine(row):
            found.public[row.key_id] = public_key_of(row)
    elif row.destroyed_at is None and row.purpose == Purpose.DATA:
        found.data[row.version] = Secret(row.version, row.algorithm, secret_of(row))
        if row.retired_at is None:
            found.data_version = row.version
    elif row.destroyed_at is None:
        found.index[row.version] = Secret(row.version, row.algorithm, secret_of(row))
        if row.retired_at is None:
            found.index_version = row.version


def public_key_of(row: KeyVersion) -> PublicKey:
    return PublicKey(row.key_id, row.algorithm, bytes(row.public), row.created_at, row.retired_at, row.purpose)


def is_genuine(row: KeyVersion) -> bool:
    """Was the public key put there by who has the node key? Its id is drawn from it, and authenticated by the wrapping.

    A row that somebody else wrote or changed vouches for nothing: it is passed over, and named in the process's log.
    """
    try:
        secret_of(row)
    except NodeKeyWrong:
        genuine = False
    else:
        genuine = key_id_of(bytes(row.public)) == row.key_id
    if not genuine:
        _log.error("the key ring holds a public key that is not the node's: %s", row)
    return genuine


def key_id_of(public: bytes) -> str:
    return rules.fingerprint(public)[:16]


def secret_of(row: KeyVersion) -> bytes:
    """The secret, or a provider's handle. Raises NodeKeyMissing, NodeKeyWrong."""
    return node_key.unwrap(node_key.candidates(), bytes(row.wrapped), row.binding, row.wrapping)


def signer_of(row: KeyVersion) -> Signer:
    """Raises KeyFault."""
    try:
        return _provider(row.provider).open(row.algorithm, secret_of(row))
    except rules.Sm2Unavailable as fault:
        raise SuiteUnusable(str(fault)) from fault


def forget_keys() -> None:
    """Drop the unwrapped keys of this process; the next use reads them anew."""
    with _lock:
        _cache.clear()


# -- versions ---------------------------------------------------------------------------------------------------------
def suite() -> rules.Suite:
    """The algorithms this node works with. Raises SuiteUnusable."""
    try:
        return rules.SUITES[settings.ZT_CRYPTO_SUITE]
    except KeyError:
        raise SuiteUnusable(f"ZT_CRYPTO_SUITE={settings.ZT_CRYPTO_SUITE!r}") from None


@verb
def ensure_ring(*, at: datetime) -> None:
    """Make what is missing: first versions, and new ones where the suite asks for another algorithm than is at work.

    Idempotent; called by `zt up` and by tests, never by a page. Raises SuiteUnusable.
    """
    lock_ring()
    gate.ensure_open()
    chosen = suite()
    wanted = {Purpose.SIGNING: rules.ED25519, Purpose.DATA: chosen.cipher, Purpose.INDEX: chosen.code}
    if chosen.signature == rules.SM2:
        wanted[Purpose.SIGNING_SM2] = rules.SM2
    for purpose, algorithm in wanted.items():
        working = KeyVersion.objects.filter(purpose=purpose, retired_at=None).first()
        if working is None or working.algorithm != algorithm:
            _replace(purpose, algorithm, at)
    forget_keys()


@verb
def rotate(*, purpose: str, at: datetime) -> PublicKey | None:
    """Retire the working version and make the next. What the old ones signed and encrypted stays readable.

    Any name may be a purpose: the first rotation makes the key. `signing` means all keys by which the node signs in its
    own name. Returns the new public key; None for data and index.
    """
    lock_ring()
    if purpose == Purpose.SIGNING and suite().signature == rules.SM2:
        _replace(Purpose.SIGNING_SM2, rules.SM2, at)
    row = _replace(purpose, _algorithm_for(purpose), at)
    forget_keys()
    transaction.on_commit(forget_keys)
    return public_key_of(row) if row.public else None


def _algorithm_for(purpose: str) -> str:
    if purpose in (Purpose.DATA, Purpose.INDEX):
        return suite().cipher if purpose == Purpose.DATA else suite().code
    fixed = {Purpose.SIGNING.value: rules.ED25519, Purpose.SIGNING_SM2.value: rules.SM2, "oidc": rules.RSA}
    return fixed.get(purpose) or suite().signature


def _replace(purpose: str, algorithm: str, at: datetime) -> KeyVersion:
    newest = KeyVersion.objects.filter(purpose=purpose).order_by("-version").first()
    KeyVersion.objects.filter(purpose=purpose, retired_at=None).update(retired_at=at)
    return _add_version(purpose, algorithm, newest.version + 1 if newest else 1, at)


def _add_version(purpose: str, algorithm: str, version: int, at: datetime) -> KeyVersion:
    provider, public = "software", b""
    if algorithm in (rules.ED25519, rules.SM2, rules.RSA):
        provider = settings.ZT_KEY_PROVIDER
        secret, public = _made(provider, algorithm)
    elif algorithm in (rules.AES_256_GCM, rules.SM4_GCM):
        secret = rules.make_cipher_key(algorithm)
    else:
        secret = secrets.token_bytes(rules.KEY_BYTES)
    key_id = key_id_of(public) if public else secrets.token_hex(8)
    row = KeyVersion(
        key_id=key_id, purpose=purpose, version=version, algorithm=algorithm, provider=provider, public=public,
        wrapping=suite().cipher, created_at=at,
    )  # fmt: skip
    row.wrapped = node_key.wrap(node_key.current(), secret, row.binding, row.wrapping)
    row.save(force_insert=True)
    return row


def _made(provider: str, algorithm: str) -> tuple[bytes, bytes]:
    try:
        return _provider(provider).make(algorithm)
    except rules.Sm2Unavailable as fault:
        raise SuiteUnusable(str(fault)) from fault


def _provider(name: str) -> KeyProvider:
    try:
        return KEY_PROVIDERS.get(name)
    except LookupError as fault:
        raise ProviderMissing(str(fault.args[0])) from fault


def lock_ring() -> None:
    """One change of the ring at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RING_LOCK])


def destroy_handle(row: KeyVersion) -> None:
    """Let the provider destroy what lies with it. Raises KeyFault."""
    _provider(row.provider).destroy(row.algorithm, secret_of(row))
