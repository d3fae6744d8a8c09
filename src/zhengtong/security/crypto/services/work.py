"""The node's keys at work: sign, verify, encrypt, decrypt, blind indexes, message codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import rules
from ..models import KeyVersion
from ..rules import Undecryptable
from . import gate
from .ring import PublicKey, Purpose, Ring, forget_keys, is_genuine, public_key_of, ring, signer_of, suite

FIRST = 1
AUTHORITY = "ca"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed (key id), how, and the signature's bytes: 64 of Ed25519, DER of r and s of SM2."""

    key_id: str
    algorithm: str
    value: bytes


# -- signatures -------------------------------------------------------------------------------------------------------
def sign(data: bytes) -> Signature:
    """The node's signature in its suite (Ed25519: under 100 µs once the ring is unwrapped). Raises KeyFault."""
    return sign_as(Purpose.SIGNING_SM2 if suite().signature == rules.SM2 else Purpose.SIGNING, data)


def sign_all(data: bytes) -> list[Signature]:
    """For the heads of the log: Ed25519 first, under every suite; the national suite adds one of SM2."""
    kinds = [Purpose.SIGNING] + [Purpose.SIGNING_SM2] * (suite().signature == rules.SM2)
    return [sign_as(kind, data) for kind in kinds]


def sign_as(purpose: str, data: bytes) -> Signature:
    """By the working key of a purpose; a named one (`ca`, `seal:…`) has to be made by `rotate` first.

    Raises LookupError where there is no such key, KeyFault.
    """
    known = ring()
    key, signer = known.signers.get(purpose) or _open_named(known, purpose)
    return Signature(key.key_id, key.algorithm, signer.sign(data))


def _open_named(known: Ring, purpose: str) -> tuple[PublicKey, rules.Signer]:
    row = _find_working(purpose)
    if row is None:
        raise LookupError(f"the ring has no working key {purpose!r}")
    opened = known.signers[purpose] = (public_key_of(row), signer_of(row))
    return opened


def _find_working(purpose: str) -> KeyVersion | None:
    if purpose == AUTHORITY:  # the gate never gives it: the owner reads the table, the web may not
        return KeyVersion.objects.filter(purpose=purpose, retired_at=None).first()
    return next(iter(gate.read_keys("purpose = %s AND retired_at IS NULL", purpose)), None)


def verify(data: bytes, signature: Signature, public_key: bytes | None = None) -> bool:
    """Is it the signature of the data? By the given raw public key, else by the ring's key of that id."""
    if public_key is None:
        known = find_public_key(signature.key_id)
        public_key = known.raw if known else b""
    try:
        algorithm = rules.algorithm_of(public_key)
    except ValueError:
        return False
    return signature.algorithm == algorithm and rules.verify(public_key, data, signature.value)


def find_public_key(key_id: str) -> PublicKey | None:
    """The public key of this id, of whatever purpose. One query when it is met for the first time."""
    known = ring()
    found = known.public.get(key_id) or known.owned.get(key_id)
    if found is None and (row := _first_public("key_id = %s", key_id)):
        found = known.owned[key_id] = public_key_of(row)
    return found


def find_working_key(purpose: str) -> PublicKey | None:
    """The public key that works for a purpose now."""
    known = ring().signers.get(purpose)
    if known:
        return known[0]
    row = _first_public("purpose = %s AND retired_at IS NULL", purpose)
    return public_key_of(row) if row else None


def _first_public(condition: str, value: str) -> KeyVersion | None:
    return next(iter(_list_public(condition, value)), None)


def _list_public(condition: str, value: str) -> list[KeyVersion]:
    """Versions with a public key that is the node's own. The authority's row opens to its owner alone: elsewhere its
    public key is told as it stands, for its certificates prove themselves."""
    genuine = [row for row in gate.read_keys(condition, value) if row.public and is_genuine(row)]
    return genuine or [row for row in gate.list_public(condition, value) if row.purpose == AUTHORITY]


def public_keys() -> list[PublicKey]:
    """Every public key by which the node signs in its own name, the oldest first, retired ones too."""
    return list(ring().public.values())


def public_keys_for(purpose: str) -> list[PublicKey]:
    """Every public key of a purpose, the oldest first, retired ones too. One query."""
    return [public_key_of(row) for row in _list_public("purpose = %s ORDER BY version", purpose)]


# -- encryption -------------------------------------------------------------------------------------------------------
def encrypt(text: str) -> bytes:
    """The text under the working data key (31 bytes longer)."""
    known = ring()
    key = known.data[known.data_version]
    return key.encrypt(text)


def encrypter() -> Callable[[str], bytes]:
    """`encrypt` for many: the key is looked up and set up once. Keep it for seconds, not longer: keys rotate."""
    known = ring()
    key = known.data[known.data_version]
    return rules.encrypter(key.key, key.version, key.algorithm)


def decrypt(sealed: bytes) -> str:
    """The text of `encrypt`. Raises Undecryptable when altered or made under a key that is not in the ring."""
    version = rules.key_version_of(sealed)
    if version not in ring().data:
        forget_keys()
    key = ring().data.get(version)
    if key is None:
        raise Undecryptable(f"the ring has no version {version} of the data key")
    return key.decrypt(sealed)


# -- keyed digests ----------------------------------------------------------------------------------------------------
def blind_index(text: str, context: str) -> bytes:
    """A keyed digest (32 bytes) under the working index key, to be stored; the same text differs between contexts.

    To look up, ask for `blind_indexes`: after a rotation some rows still carry the former one.
    """
    known = ring()
    return known.index[known.index_version].blind(text, context)


def blind_indexes(text: str, context: str) -> list[bytes]:
    """The digest under every index key of the ring, the working one first: what a stored index may look like."""
    return rules.blind_indexes(ring().index, text, context)


def blind_indexers(context: str) -> list[Callable[[str], bytes]]:
    """`blind_indexes` for many: one function for each index key of the ring, the working one first."""
    keys = ring().index
    makers = [
        rules.code_maker(keys[version].key, context, keys[version].algorithm) for version in sorted(keys, reverse=True)
    ]
    return [_of_text(maker) for maker in makers]


def _of_text(code: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    return lambda text: code(text.encode())


def mac(data: bytes, context: str) -> bytes:
    """A message code (32 bytes) that only a holder of the node key can make.

    Codes are compared with codes kept for years, so they stay with the first version of the index key.
    """
    return mac_for(context)(data)


def mac_for(context: str) -> Callable[[bytes], bytes]:
    """`mac` for many: the key of the context is drawn once."""
    key = ring().index[FIRST]
    return rules.code_maker(key.key, context, key.algorithm)


def digest(data: bytes) -> tuple[str, bytes]:
    """The suite's digest and its name: SHA-256 or SM3. The log's tree never asks here: it is always SHA-256."""
    return suite().digest, rules.digest(suite().digest, data)


def grants(role: str) -> list[str]:
    """SQL by which the web role may ask for the ring with the node key's token, and reads no table of keys."""
    functions = "security_crypto_ring(bytea), security_crypto_ring_state(), security_crypto_public_keys()"
    return [
        f'REVOKE ALL ON security_crypto_key, security_crypto_gate FROM "{role}"',
        "DROP POLICY IF EXISTS web_reads_working_keys ON security_crypto_key",  # until 0003 it could read the table
        "ALTER TABLE security_crypto_key DISABLE ROW LEVEL SECURITY",
        f'GRANT EXECUTE ON FUNCTION {functions} TO "{role}"',
    ]
