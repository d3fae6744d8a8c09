"""Registers in bulk over JSON: subscriptions, what changed since a position, whole snapshots in files.

For registered systems with the scope `registers.bulk`. No personal data stand in an address.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from zhengtong.kernel.clock import now
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import guard

from . import services
from .answers import as_json
from .ranges import ranged
from .rest_schemas import PurposeIn, RecordOut

router = Router(tags=["registers"])


class SubscriptionIn(PurposeIn):
    """`fields`: those of the own authority, those open to all, and those of the grant."""

    fields: list[str] = Field(min_length=1, max_length=100)
    grant: UUID | None = None


class SubscriptionOut(Schema):
    uuid: UUID
    fields: list[str]
    purpose: str
    matter: str
    opened_at: datetime


class ChangedOut(RecordOut):
    """`ended`: the record stays in the register and is no more in force. `merged`: `survivor` is it, twice."""

    state: Literal["current", "ended", "merged"]
    survivor: UUID | None


class ChangesOut(Schema):
    """`position`: give it back as `after`. `more`: ask again at once. `version`: of the definition in force."""

    key: str
    version: int
    position: str
    more: bool
    records: list[ChangedOut]


@router.post("/{slug:register_key}/subscriptions", response=SubscriptionOut, summary="Subscribe to a register")
@guard("registers.bulk.read")
def subscribe(request: HttpRequest, register_key: str, body: SubscriptionIn) -> dict[str, Any]:
    """For a purpose, on a grant; the authority sees it and may end it."""
    made = services.open_subscription(
        actor=request.actor, register=register_key, fields=body.fields, purpose=body.read(), grant_uuid=body.grant,
        at=now(),
    )  # fmt: skip
    return {name: getattr(made, name) for name in SubscriptionOut.model_fields}


@router.get("/{slug:register_key}/changes", response=ChangesOut, summary="What changed since a position")
@guard("registers.bulk.read")
def changes(
    request: HttpRequest, register_key: str, subscription: UUID, after: str = Query("", max_length=60),
    limit: int = Query(services.MOST_CHANGES, ge=1, le=services.MOST_CHANGES),
) -> dict[str, Any]:  # fmt: skip
    """Each record that changed, once, as it is now. Without `after` from the beginning. No late change is lost."""
    found = services.read_changes(
        actor=request.actor, register=register_key, subscription_uuid=subscription, after=after, limit=limit, at=now()
    )
    records = [{**as_json(one.answer), "state": one.state.value, "survivor": one.survivor} for one in found.records]
    return {
        "key": register_key, "version": found.version, "position": str(found.position), "more": found.is_more,
        "records": records,
    }  # fmt: skip


class SnapshotIn(Schema):
    subscription: UUID
    format: Literal["parquet", "csv"] = "parquet"


class SnapshotOut(Schema):
    """`files`: to be fetched when it is `ready`, each by its name, before `expires_at`; `manifest.json` among them."""

    uuid: UUID
    status: Literal["asked", "ready", "failed", "expired"]
    asked_at: datetime
    expires_at: datetime
    rows: int | None
    position: str | None
    files: list[str]
    fault: str


@router.post("/{slug:register_key}/snapshots", response={202: SnapshotOut}, summary="Ask for a whole register")
@guard("registers.bulk.read")
def ask(request: HttpRequest, register_key: str, body: SnapshotIn) -> tuple[int, dict[str, Any]]:
    """The worker writes it; ask for its state."""
    made = services.ask_snapshot(
        actor=request.actor, register=register_key, subscription_uuid=body.subscription, file_format=body.format,
        at=now(),
    )  # fmt: skip
    return 202, _snapshot(made)


@router.get("/{slug:register_key}/snapshots/{uuid:snapshot_uuid}", response=SnapshotOut, summary="State of a snapshot")
@guard("registers.bulk.read")
def state(request: HttpRequest, register_key: str, snapshot_uuid: UUID) -> dict[str, Any]:
    """Asked for, ready, failed or removed again."""
    return _snapshot(
        services.find_snapshot(actor=request.actor, register=register_key, snapshot_uuid=snapshot_uuid, at=now())
    )


@router.get(
    "/{slug:register_key}/snapshots/{uuid:snapshot_uuid}/files/{name}", summary="A file of a snapshot",
    response={200: None, 206: None, 416: None},
)  # fmt: skip
@limited("download")
@guard("registers.bulk.read")
def fetch(request: HttpRequest, register_key: str, snapshot_uuid: UUID, name: str) -> Any:
    """Whole, or from where a broken download ended: `Range: bytes=N-` (RFC 9110)."""
    asked = request.headers.get("Range", "")
    path = services.open_part(
        actor=request.actor, register=register_key, snapshot_uuid=snapshot_uuid, name=name, at=now()
    )
    return ranged(path, asked)


def _snapshot(made: Any) -> dict[str, Any]:
    manifest = made.manifest or {}
    names = [one["name"] for one in manifest.get("files", ())] if made.status == "ready" else []
    said = {name: getattr(made, name) for name in ("uuid", "status", "asked_at", "expires_at", "fault")}
    files = ["manifest.json", "manifest.sig.json", *names] if names else []
    return {**said, "rows": manifest.get("rows"), "position": manifest.get("position"), "files": files}
