"""The look-up: who asks, may it, what does it see, and the entry of the log before the answer leaves."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from zhengtong.kernel import wording
from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.design.faults import Unauthorised
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.limits.refusals import TooManyRequests
from zhengtong.resources.registers import wire as registers
from zhengtong.security.audit import wire as audit
from zhengtong.security.crypto import wire as crypto
from zhengtong.security.permissions.wire import ClientRefused
from zhengtong.security.signing import wire as signing
from zhengtong.security.sso import wire as sso

from .asked import Asked
from .held import Connection, Held, fetch

log = logging.getLogger("zhengtong.gateway")
LIMIT = "lookup"


@dataclass(frozen=True, slots=True)
class Reader:
    """The system that asks: the key of its organisation, and what stands granted to it for the purpose."""

    actor: Actor
    organisation_key: str
    grants: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One request: `body` is what was asked, or what is wrong with it; `token` None where none was shown."""

    register: str
    body: Asked | ZhengtongError
    token: str | None
    network: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """A question that can be answered: `key` as the register keeps it."""

    definition: registers.Definition
    key: dict[str, Any]
    purpose: registers.Purpose
    at: datetime


async def look_up(held: Held, db: Connection, asked: Question) -> registers.Answer:
    """The record as the system sees it; the entry of the log is durable when this returns.

    Raises what the web raises, in its order: 401, 429, a malformed body, 403, purpose, register, key, 404.
    """
    wish = await _wish(held, db, asked)
    try:
        reader, stored = await _reader(held, db, asked, wish)
        if isinstance(asked.body, ZhengtongError):
            raise asked.body
        registers.require(reader.actor)
    except (sso.TokenRefused, ClientRefused) as refused:
        await _witness_refusal(db, refused, asked.at)
        raise
    if isinstance(wish, ZhengtongError):
        raise wish
    return await _answer(held, db, reader, wish, registers.record_of(wish.definition, stored))


# -- what -------------------------------------------------------------------------------------------------------------
async def _wish(held: Held, db: Connection, asked: Question) -> Wish | ZhengtongError:
    """What is asked for, read; or what is wrong with it, to be told only to who may ask at all."""
    body = asked.body
    if isinstance(body, ZhengtongError):
        return body
    try:
        purpose = registers.purpose_of(body.purpose, body.matter)
        definition = await _definition(held, db, asked.register)
        wanted = registers.codes_of(definition, body.key)
        codes = [one for one in wanted if (await fetch(db, registers.HAS_CODE, one))[0][0]]
        key = registers.read_key(definition, body.key, asked.at, codes)
    except ZhengtongError as fault:
        return fault
    return Wish(definition, key, purpose, asked.at)


async def _definition(held: Held, db: Connection, register: str) -> registers.Definition:
    known = await held.registers(db)
    if register not in known:
        raise registers.no_register(register, known)
    return known[register]


# -- who --------------------------------------------------------------------------------------------------------------
async def _reader(
    held: Held, db: Connection, asked: Question, wish: Wish | ZhengtongError
) -> tuple[Reader, Sequence[Any]]:
    """Who asks, and behind it the row of the record that was looked up in the same statement."""
    try:
        found = await _who(held, db, asked, wish) if asked.token is not None else None
    except sso.TokenRefused:
        _draw(held, asked.network, is_account=False)
        raise
    _draw(held, found[0].actor.urn if found else asked.network, is_account=found is not None)
    if found is None:
        raise Unauthorised
    return found


async def _who(
    held: Held, db: Connection, asked: Question, wish: Wish | ZhengtongError
) -> tuple[Reader, Sequence[Any]]:
    """Raises sso.TokenRefused."""
    statement, purpose = registers.READER, ""
    parameters: dict[str, Any] = {}
    if isinstance(wish, Wish):
        indexes = (await held.keys(db)).blind_indexes
        statement, parameters = registers.reader_and_record(wish.definition, wish.key, indexes)
        purpose = wish.purpose.key
    assert asked.token is not None
    digest, on = sso.digest_of(asked.token), china_date(asked.at)
    parameters |= {"digest": digest, "register": asked.register, "on": on, "purpose": purpose}
    rows = await fetch(db, statement, parameters)
    if not rows:
        raise sso.unknown()
    *token, grants = rows[0][: registers.READER_COLUMNS]
    shown = sso.Shown(*token)
    actor = sso.check(shown, is_certified=await _is_certified(db, shown.certificate, asked.at), at=asked.at)
    return Reader(actor, shown.organisation_key, grants), rows[0][registers.READER_COLUMNS :]


async def _is_certified(db: Connection, certificate: bytes | None, at: datetime) -> bool:
    """Without a certificate the key stands by itself."""
    if not certificate:
        return True
    rows = await fetch(db, signing.CERTIFICATE, {"fingerprint": signing.fingerprint_of(bytes(certificate))})
    if not rows:
        return False
    revoked_at, not_before, not_after = rows[0]
    return signing.state_of(revoked_at, not_before, not_after, at) == "good"


def _draw(held: Held, client: str, *, is_account: bool) -> None:
    """Raises TooManyRequests."""
    limit = held.settings.limits.get(LIMIT)
    if limit is None:
        return
    wait = held.meter.take(client, limit.account if is_account else limit.network, time.monotonic())
    if wait:
        raise TooManyRequests(wait)


# -- the answer -------------------------------------------------------------------------------------------------------
async def _answer(
    held: Held, db: Connection, reader: Reader, wish: Wish, found: registers.Record | None
) -> registers.Answer:
    told, persons = await _tell(held, db, reader, wish.definition, found) if found else (None, [])
    entry = registers.entry_of(reader.actor, wish.definition, told, persons, purpose=wish.purpose, at=wish.at)
    await _write(db, entry)
    if told is None:
        raise registers.no_record()
    return told


async def _tell(
    held: Held, db: Connection, reader: Reader, definition: registers.Definition, found: registers.Record
) -> tuple[registers.Answer, list[UUID]]:
    """The answer, and the persons whose data it holds."""
    reach = registers.reach_of(definition, reader.organisation_key, reader.grants)
    keys = await held.keys(db)
    try:
        told = registers.answer(definition, found.row, reach, keys.decrypt)
    except crypto.Undecryptable:  # made under a key that another process has made since
        keys = await held.keys(db, anew=True)
        told = registers.answer(definition, found.row, reach, keys.decrypt)
    indexes = registers.subject_indexes(definition, found, keys.decrypt, keys.blind_indexes)
    if indexes is None:
        return told, list(found.persons or ())
    return told, [row[0] for row in await fetch(db, registers.PERSONS, {"indexes": indexes})]


# -- the log ----------------------------------------------------------------------------------------------------------
async def _write(db: Connection, entry: dict[str, Any]) -> None:
    """One statement, one transaction: durable when it returns."""
    await fetch(db, audit.INSERT, list(entry.values()))


async def _witness_refusal(db: Connection, refused: sso.TokenRefused | ClientRefused, at: datetime) -> None:
    """One entry. The refusal stands even when the log cannot be written; that is an alarm."""
    try:
        await _write(db, refusal_entry(refused, at))
    except psycopg.Error:
        log.exception("a refusal could not be recorded")


def refusal_entry(refused: sso.TokenRefused | ClientRefused, at: datetime) -> dict[str, Any]:
    """As the web witnesses it."""
    if isinstance(refused, ClientRefused):
        actor, action, obj, reason = refused.actor, refused.action, "", refused.rule.label["zh"]
    else:
        system = refused.system
        actor, action, obj = system or ANONYMOUS, sso.CALL, system.urn if system else "unknown system"
        with wording.spoken(wording.CHINESE):
            reason = str(refused.message)
    return audit.columns_of(
        actor, action, obj, at=at, on_behalf_urn=actor.party_urn, detail=audit.why_denied(reason),
        outcome=audit.DENIED,
    )  # fmt: skip
