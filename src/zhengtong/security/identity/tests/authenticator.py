"""A passkey in software, for tests: makes and uses a key as a browser with its authenticator would."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

ORIGIN = "http://localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    """One passkey. `flags`, `origin`, `counter` may be bent, to see what is refused."""

    credential_id: bytes = b"a-passkey-of-the-tests"
    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}).encode()

    def _head(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def create(self, question: dict[str, Any]) -> dict[str, Any]:
        public = question["publicKey"]
        self.handle = raw(public["user"]["id"])
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor.encode(cose)
        data = {"fmt": "none", "attStmt": {}, "authData": self._head(self.flags | ATTESTED) + attested}
        client = self._client_data("create", public["challenge"])
        return self._answer(clientDataJSON=client, attestationObject=cbor.encode(data))

    def get(self, question: dict[str, Any]) -> dict[str, Any]:
        self.counter += 1
        client = self._client_data("get", question["publicKey"]["challenge"])
        head = self._head(self.flags)
        signature = self.key.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=head, signature=signature, userHandle=self.handle)

    def _answer(self, **response: bytes) -> dict[str, Any]:
        return {
            "rawId": plain(self.credential_id),
            "type": "public-key",
            "response": {name: plain(value) for name, value in response.items()},
        }
