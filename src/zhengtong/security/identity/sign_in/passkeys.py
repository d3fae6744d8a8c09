"""Passkeys (WebAuthn): what the library leaves open. Each is two factors at once: the device, and the PIN or finger.

Beyond the library: only where a browser can have passkeys; a question is answered within five minutes; an answer
counts once, in whichever process; a copy of a key is noticed by its counter (WebAuthn level 2, section 6.1.1); what
cannot be read is refused in words.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as library
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.translation import gettext as _
from fido2.webauthn import AuthenticationResponse

TIME_LIMIT = 300  # seconds from question to answer
MOST = 10  # passkeys of one account
LONGEST = 20_000  # characters of an answer
_BEGUN = "begun_at"
_RESPONSE = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
_UNREADABLE = (
    TypeError, ValueError, KeyError, AttributeError, IndexError, AssertionError, NotImplementedError, OverflowError,
    RecursionError, struct.error, ValidationError,
)  # fmt: skip


def are_possible(request: HttpRequest) -> bool:
    """Browsers keep passkeys for names, not for addresses, and only over HTTPS (or on this very machine)."""
    host, _port = split_domain_port(request.get_host())
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


def ask_to_register(request: HttpRequest) -> dict[str, Any]:
    """The question put to a browser that shall make a passkey: found without a user name, PIN or finger required."""
    options = library.begin_registration(request.user, True)  # type: ignore[arg-type]
    return stamped(request, options)


def stamped(request: HttpRequest, options: dict[str, Any]) -> dict[str, Any]:
    """The question just put, with its time kept beside it in the session."""
    request.session[library.STATE_SESSION_KEY] = {**(library.get_state() or {}), _BEGUN: int(time.time())}
    return options


def parsed(text: str) -> dict[str, Any]:
    """What the browser answered, and nothing that does not belong to it: it is kept. Raises ValidationError."""
    with _in_words(_("没有收到通行密钥的应答。请启用浏览器的 JavaScript，然后重试。")):
        answer = json.loads(text)
        if answer["type"] != "public-key":
            raise ValueError
        response = {name: answer["response"][name] for name in _RESPONSE if name in answer["response"]}
        return {"id": answer["rawId"], "rawId": answer["rawId"], "type": "public-key", "response": response}


def register(request: HttpRequest, answer: dict[str, Any]) -> None:
    """See whether a new passkey is sound and answers the question put. Raises ValidationError."""
    _require_fresh(request)
    with _in_words(_("通行密钥没有登记成功：浏览器的应答与本页的要求不符。请重试。")):
        named = library.parse_registration_response(answer).raw_id
        found = library.complete_registration(answer).credential_data
        known = {parameter.alg for parameter in library.get_server().allowed_algorithms}
        if found is None or named != found.credential_id or found.public_key.ALGORITHM not in known:
            raise ValueError
    mine = library.get_credentials(request.user)  # type: ignore[arg-type]
    if any(one.credential_id == found.credential_id for one in mine):
        raise ValidationError(_("这把通行密钥已经登记过，无需再次登记。"))
    if len(mine) >= MOST:
        raise ValidationError(_("最多登记 %d 把通行密钥。请先移除不用的，再登记新的。") % MOST)


def authenticate(request: HttpRequest, answer: dict[str, Any], user: Any = None) -> Authenticator:
    """The passkey that answered the question put: of `user`, or of whom it names itself. Raises ValidationError."""
    _require_fresh(request)
    with _in_words(_("通行密钥没有通过验证。请确认它登记在此账号上，然后重试；也可以改用密码登录。")):
        response = AuthenticationResponse.from_dict(answer)
        authenticator = library.complete_authentication(user or library.extract_user_from_response(answer), answer)
    _count_once(authenticator, response)
    return authenticator


def _require_fresh(request: HttpRequest) -> None:
    begun = (request.session.get(library.STATE_SESSION_KEY) or {}).get(_BEGUN, 0)
    if time.time() - begun > TIME_LIMIT:
        library.clear_state()
        raise ValidationError(_("超过 5 分钟没有完成，或这次验证已经用过。请重新点一次按钮。"))


@transaction.atomic
def _count_once(authenticator: Authenticator, response: AuthenticationResponse) -> None:
    """Under the row's lock: two processes given the same answer at once count it once."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    question = hashlib.sha256(response.response.client_data.challenge).hexdigest()
    counter, last = response.response.authenticator_data.counter, row.data.get("counter", 0)
    if row.data.get("last_question") == question:
        raise ValidationError(_("这次验证已经用过。请重新点一次按钮。"))
    if (counter or last) and counter <= last:
        raise ValidationError(_("这把通行密钥可能被复制过，已拒绝使用。请改用其他方式登录，并移除它。"))
    row.data = {**row.data, "counter": counter, "last_question": question}
    row.save(update_fields=["data"])
    authenticator.data = row.data


@contextmanager
def _in_words(message: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as fault:
        raise ValidationError(message) from fault
