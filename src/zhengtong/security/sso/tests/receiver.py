"""A system of its own process that is told of sign-outs: python receiver.py KEY_SET_FILE ISSUER CLIENT_ID.

It believes nothing but what OpenID Connect Back-Channel Logout 1.0, section 2.6, lets it; each token that it believed
is a line of JSON on its standard output, after the line with its port. `/late` refuses the first two.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwk, jwt

EVENT = "http://schemas.openid.net/event/backchannel-logout"
KEYS, ISSUER, CLIENT_ID = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
seen: set[str] = set()
late: list[str] = []


def read(text: str) -> dict[str, Any]:
    """The claims of a sound logout token. Raises for any other."""
    token = jwt.decode(text, jwk.KeySet.import_key_set(json.loads(KEYS.read_text())), algorithms=["RS256"])
    must = {"essential": True}
    jwt.JWTClaimsRegistry(
        leeway=60, iss={**must, "value": ISSUER}, aud={**must, "value": CLIENT_ID}, iat=must, exp=must, jti=must,
        events=must,
    ).validate(token.claims)  # fmt: skip
    claims = dict(token.claims)
    if token.header["typ"] != "logout+jwt" or claims["events"] != {EVENT: {}} or "nonce" in claims:
        raise ValueError("no logout token")
    if not ("sub" in claims or "sid" in claims) or claims["jti"] in seen:
        raise ValueError("of nobody, or seen before")
    seen.add(claims["jti"])
    return claims


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path == "/late" and len(late) < 2:
            late.append(self.path)
            self.send_error(503)
            return
        try:
            claims = read(form["logout_token"][0])
        except Exception as fault:  # whatever is wrong with it: the standard wants 400
            self.send_error(400, type(fault).__name__)
            return
        say(json.dumps(claims))
        self.send_response(200)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


server = HTTPServer(("127.0.0.1", 0), Answers)
say(str(server.server_port))
server.serve_forever()
