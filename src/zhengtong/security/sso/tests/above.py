"""A small provider of identities on loopback, as the national platform would be; it can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "zhengtong-511602", "a secret for tests, for nothing but"


class Above(ThreadingHTTPServer):
    """`person`: the claims of whoever signs in. `lies`: what to put in their place, in the token or around it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key = jwk.ECKey.generate_key("P-256", {"kid": "above", "use": "sig"})
        self.person: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}  # by code
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def sign_in(self, address: str) -> str:
        """What a person does there: sees the page of the address, agrees; the query he comes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"code={code}&state={query['state']}&iss={self.issuer}"

    def id_token(self, nonce: str) -> str:
        at = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 60, "nonce": nonce, **self.person,
            **self.lies.get("claims", {}),
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.lies.get("alg") == "none":
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.lies.get("alg") == "HS256":
            shared = jwk.OctKey.import_key(SECRET.encode())
            return jwt.encode({"alg": "HS256"}, claims, shared, algorithms=["HS256"])
        return jwt.encode({"alg": "ES256", "kid": "above"}, claims, self.lies.get("key", self.key))


class Answers(BaseHTTPRequestHandler):
    server: Above

    def do_GET(self) -> None:
        here, server = self.server.issuer, self.server
        known = {
            "/.well-known/openid-configuration": {
                "issuer": here, "authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/jwks", "userinfo_endpoint": f"{here}/userinfo",
                **server.lies.get("discovery", {}),
            },
            "/jwks": {"keys": [server.key.as_dict(private=False)]},
            "/userinfo": {**server.person, **server.lies.get("userinfo", {})},
        }  # fmt: skip
        if self.path == "/userinfo" and self.headers["Authorization"] != "Bearer above":
            self._answer(401, {})
        elif self.path in known:
            self._answer(200, known[self.path])
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        asked = self.server.asked.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.headers["Authorization"] != basic or not asked or asked["code_challenge"] != proof:
            self._answer(400, {"error": "invalid_grant"})
            return
        token = {"access_token": "above", "token_type": "Bearer", "id_token": self.server.id_token(asked["nonce"])}
        self._answer(200, {**token, **self.server.lies.get("token", {})})

    def _answer(self, status: int, body: Any) -> None:
        content = self.server.lies.get("raw") or json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""
