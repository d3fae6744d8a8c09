"""Witness other nodes' logs: keep the largest checkpoint seen of each, have growth proved, cosign, name what lies."""

from __future__ import annotations

import logging
from datetime import datetime

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.transactions import verb
from zhengtong.security.crypto import services as crypto

from .. import following
from ..models import WitnessedLog
from ..policies import CONTRADICTED, WITNESS_ADDED
from ..rules import note
from .recording import record
from .tree import origin

logger = logging.getLogger(__name__)
SYSTEM = system_actor("audit")


class WatchRefused(Invalid):
    """The address or key given for a log to be watched cannot be used."""


def witness_key() -> str:
    """This node's key as a witness (C2SP vkey, type 4): others verify its cosignatures by it.

    The Ed25519 key that signs its own log, in every suite: the types' texts cannot be taken for one another.
    """
    key = crypto.find_working_key("signing")
    assert key is not None
    return note.verifier_key(origin(), key.raw, note.COSIGNATURE)


@verb
def watch(*, actor: Actor, url: str, keys: list[str], at: datetime) -> WitnessedLog:
    """Watch the log at `url` from now on; `keys` are its verifier keys, which name it. Watching it again changes its
    address and keys, never what was seen. Raises WatchRefused."""
    try:
        read = [note.read_verifier_key(key) for key in keys]
        following.fetcher(url)
    except (ValueError, following.Unreachable) as fault:
        raise WatchRefused(str(fault)) from fault
    names = {name for name, kind, _key in read if kind == note.ED25519}
    if len(names) != 1:
        raise WatchRefused("give the log's own verifier keys (type 1), all of one name: zt audit keys --vkey")
    (name,) = names
    if name == origin():
        raise WatchRefused(f"{name} is this node's own log: another node must witness it")
    log, _ = WitnessedLog.objects.update_or_create(
        origin=name, defaults={"url": url.rstrip("/"), "keys": "\n".join(keys)}
    )
    record(actor, WITNESS_ADDED, None, at=at, detail={"origin": name, "url": log.url, "keys": keys})
    return log


def observe(log: WitnessedLog, *, at: datetime) -> WitnessedLog:
    """Fetch the log's head, have it proved that what was seen is its beginning, cosign it. Raises Unreachable.

    What contradicts what was seen is not cosigned: it is kept as evidence and recorded. The fetching holds no lock;
    if another process observed meanwhile, its result stands.
    """
    keys = [note.read_verifier_key(key)[2] for key in log.keys.splitlines()]
    kept = note.read(log.note) if log.note else None
    found = following.grown(
        following.fetcher(log.url),
        lambda head: note.signed_by(head, keys, crypto.verify_ed25519) is not None,
        log.origin,
        kept,
    )
    return _keep(log, found, at)


@verb
def _keep(seen: WitnessedLog, found: following.Growth, at: datetime) -> WitnessedLog:
    log = WitnessedLog.objects.select_for_update().get(pk=seen.pk)
    if log.note != seen.note:
        return log
    if found.fault:
        is_new = (log.fault, log.evidence) != (found.fault, found.text)
        log.fault, log.evidence, log.found_at = found.fault, found.text[:10_000], log.found_at or at
        if is_new:
            record(SYSTEM, CONTRADICTED, None, at=at, detail=_told(log, found))
    elif found.head:
        log.tree_size, log.note, log.seen_at = found.head.size, _cosigned(found.head, found.text, at), at
    log.save()
    return log


def _told(log: WitnessedLog, found: following.Growth) -> dict[str, object]:
    served = found.head.size if found.head else None
    return {"origin": log.origin, "fault": found.fault, "seen": log.tree_size, "served": served}


def _cosigned(head: note.Note, text: str, at: datetime) -> str:
    """The checkpoint with this node's line; of the lines it came with only the log's own are kept."""
    own = [line for line in text.rpartition("\n\n")[2].splitlines() if line.startswith(f"— {head.origin} ")]
    moment = int(at.timestamp())
    signature = crypto.sign_as("signing", note.cosigned_text(head.text, moment))
    key = crypto.find_public_key(signature.key_id)
    assert key is not None
    return (
        head.text
        + "\n"
        + "".join(f"{line}\n" for line in own)
        + note.cosignature(origin(), key.raw, moment, signature.value)
    )


def observe_all(*, at: datetime) -> list[tuple[WitnessedLog, str]]:
    """Every watched log, with the reason where one could not be reached."""
    outcome = []
    for log in WitnessedLog.objects.order_by("origin"):
        try:
            outcome.append((observe(log, at=at), ""))
        except following.Unreachable as fault:
            logger.warning("a watched log cannot be reached: %s", fault)
            outcome.append((log, str(fault)))
    return outcome
