"""SM2 signatures (GB/T 32918.2, with SM3 and the ID 1234567812345678) by the system's libcrypto, 3.0 or newer.

`cryptography` brings an OpenSSL of its own and offers no SM2 through it; see docs/decisions for what was measured and
rejected. We call the libcrypto that Python's own `hashlib` is linked with, else the system's.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import secrets
import sys
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import lru_cache
from typing import Any

ID = b"1234567812345678"  # GM/T 0009 section 10: the identity where no other is agreed upon
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_BYTES = 32
_POINT_BYTES = 65
_UNCOMPRESSED = 4
_LONGEST_SIGNATURE = 72  # DER of two integers of at most 33 bytes
_PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_PKCS8_PUBLIC = bytes.fromhex("a144034200")
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "OBJ_sn2nid": (c_int, [c_char_p]),
    "EVP_sm3": (c_void_p, []),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_DigestSignInit": (c_int, [c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "ERR_clear_error": (None, []),
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "EC_GROUP_new_by_curve_name": (c_void_p, [c_int]),
    "EC_GROUP_free": (None, [c_void_p]),
    "EC_POINT_new": (c_void_p, [c_void_p]),
    "EC_POINT_free": (None, [c_void_p]),
    "EC_POINT_mul": (c_int, [c_void_p] * 6),
    "EC_POINT_point2oct": (c_size_t, [c_void_p, c_void_p, c_int, c_char_p, c_size_t, c_void_p]),
    "BN_bin2bn": (c_void_p, [c_char_p, c_int, c_void_p]),
    "BN_clear_free": (None, [c_void_p]),
}


class Sm2Unavailable(RuntimeError):
    """No libcrypto 3.0 with SM2 was found: SM2 signatures can neither be made nor checked by this process."""


@lru_cache(maxsize=1)
def libcrypto() -> Any:
    """The library, with its functions declared. Raises Sm2Unavailable."""
    for name in _candidates():
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _FUNCTIONS.items():
                declared = getattr(library, function)
                declared.restype, declared.argtypes = result, arguments
        except (OSError, AttributeError):  # AttributeError: older than 3.0, or built without SM2
            continue
        if library.OBJ_sn2nid(b"SM2"):
            return library
    raise Sm2Unavailable("no libcrypto 3.0 or newer with SM2 was found; ZT_LIBCRYPTO may name the file")


def _candidates() -> Iterator[str | None]:
    if given := os.environ.get("ZT_LIBCRYPTO"):
        yield given
        return
    found = importlib.util.find_spec("_hashlib")
    if found and found.origin and os.path.isfile(found.origin):
        yield found.origin  # its functions and those of the libcrypto it is linked with
    if sys.platform == "darwin":  # the system's own libcrypto stops a process that loads it
        yield from (
            "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
            "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
        )
        return
    yield ctypes.util.find_library("crypto")


def is_available() -> bool:
    try:
        libcrypto()
    except Sm2Unavailable:
        return False
    return True


def make_secret() -> bytes:
    """A private key: 32 bytes, 1 ≤ d ≤ n - 2, so that 1 + d has an inverse."""
    return (secrets.randbelow(ORDER - 2) + 1).to_bytes(_BYTES, "big")


def public_of(secret: bytes) -> bytes:
    """The raw public key, 04 ‖ x ‖ y. Raises ValueError on a number that is no private key."""
    if len(secret) != _BYTES or not 1 <= int.from_bytes(secret, "big") <= ORDER - 2:
        raise ValueError("not an SM2 private key")
    lib = libcrypto()
    group = lib.EC_GROUP_new_by_curve_name(lib.OBJ_sn2nid(b"SM2"))
    point, number = lib.EC_POINT_new(group), lib.BN_bin2bn(secret, _BYTES, None)
    try:
        written = ctypes.create_string_buffer(_POINT_BYTES)
        _must(lib.EC_POINT_mul(group, point, number, None, None, None))
        _must(lib.EC_POINT_point2oct(group, point, _UNCOMPRESSED, written, _POINT_BYTES, None) == _POINT_BYTES)
        return written.raw
    finally:
        lib.BN_clear_free(number)
        lib.EC_POINT_free(point)
        lib.EC_GROUP_free(group)


class _Key:
    """An EVP_PKEY, freed with the object. Reading it from several threads at once is safe."""

    def __init__(self, der: bytes, *, is_private: bool) -> None:
        self._lib = libcrypto()
        load = self._lib.d2i_AutoPrivateKey if is_private else self._lib.d2i_PUBKEY
        self.pointer = load(None, byref(c_char_p(der)), len(der))
        if not self.pointer:
            self._lib.ERR_clear_error()
            raise ValueError("not an SM2 key")

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self._lib.EVP_PKEY_free(self.pointer)


class PrivateKey:
    """A private key ready to sign."""

    def __init__(self, secret: bytes) -> None:
        self.public = public_of(secret)
        self._key = _Key(_PKCS8 + secret + _PKCS8_PUBLIC + self.public, is_private=True)

    def sign(self, data: bytes) -> bytes:
        """DER of SEQUENCE {r, s}, as `openssl pkeyutl -rawin -digest sm3 -pkeyopt distid:…` makes it."""
        lib, context, own = libcrypto(), libcrypto().EVP_MD_CTX_new(), c_void_p()
        try:
            _must(lib.EVP_DigestSignInit(context, byref(own), lib.EVP_sm3(), None, self._key.pointer))
            _must(lib.EVP_PKEY_CTX_set1_id(own, ID, len(ID)))
            value, size = ctypes.create_string_buffer(_LONGEST_SIGNATURE), c_size_t(_LONGEST_SIGNATURE)
            _must(lib.EVP_DigestSign(context, value, byref(size), data, len(data)))
            return value.raw[: size.value]
        finally:
            lib.EVP_MD_CTX_free(context)


def verify(public_key: bytes, data: bytes, value: bytes) -> bool:
    """Is `value` (DER) the SM2 signature of `data` by the raw 65-byte key? A point off the curve verifies nothing."""
    try:
        key = _loaded(bytes(public_key))
    except ValueError:
        return False
    lib, context, own = libcrypto(), libcrypto().EVP_MD_CTX_new(), c_void_p()
    try:
        _must(lib.EVP_DigestVerifyInit(context, byref(own), lib.EVP_sm3(), None, key.pointer))
        _must(lib.EVP_PKEY_CTX_set1_id(own, ID, len(ID)))
        return bool(lib.EVP_DigestVerify(context, value, len(value), data, len(data)) == 1)
    finally:
        lib.ERR_clear_error()  # a refused signature leaves its reason in the thread's queue
        lib.EVP_MD_CTX_free(context)


@lru_cache(maxsize=256)
def _loaded(public_key: bytes) -> _Key:
    if len(public_key) != _POINT_BYTES or public_key[0] != _UNCOMPRESSED:
        raise ValueError("not a raw SM2 public key")
    return _Key(_SPKI + public_key, is_private=False)


def _must(done: Any) -> None:
    """libcrypto answers 1 when it did what it was asked."""
    if int(done) != 1:
        libcrypto().ERR_clear_error()
        raise RuntimeError("libcrypto refused an SM2 operation")
