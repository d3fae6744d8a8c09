"""A whole register as of a moment, into files: at the terminal, or for a subscription by the worker (全量快照)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound, ZhengtongError
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue, following, readers, rows, subjects
from ..definition.model import Definition, Field, Type
from ..models import Snapshot, Subscription
from ..purposes import Purpose
from ..sights import NOBODYS, Reach, Sight, sight_of
from ..snapshots import manifest as manifests
from ..snapshots.writing import FORMATS, Parts
from . import subscribing
from .following import columns_for, version_of

BATCH, PART = 20_000, 200_000  # rows in memory, and of one file
KEPT = timedelta(hours=24)
MAKE, QUEUE = "zhengtong.resources.registers.make_snapshot", "bulk"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot that was written. `left_out`: fields that are not open to whom it is for."""

    folder: Path
    manifest: Mapping[str, Any]
    left_out: Sequence[str]


@dataclass(frozen=True, slots=True)
class For:
    """For whom, and why; none of it for what is open to everybody."""

    consumer: str = ""
    purpose: Purpose | None = None


def take_snapshot(
    *, actor: Actor, register: str, folder: Path, file_format: str, use: For, fields: Sequence[str] = (),
    at: datetime, progress: Progress = lambda _rows: None,
) -> Taken:  # fmt: skip
    """The whole register into a new or empty folder, as one moment shows it; rows go by batches.

    Without `use` the fields open to all; with an organisation and a purpose those granted to it besides. Fields asked
    for by name must be open to whom it is for. Raises Denied, NotFound, Invalid. Opens transactions of its own.
    """
    permissions.require(actor, "registers.snapshot.take")
    definition = catalogue.get(register)
    reach = _reach(definition, use, at)
    chosen, left_out = _fields(definition, fields, reach)
    _prepare(folder, file_format)
    told = {"consumer": use.consumer, "purpose": use.purpose.text} if use.purpose else {}
    job = _Job(actor, definition, chosen, folder, file_format, told, at, for_people=bool(told))
    return Taken(folder, _written(job, progress), left_out)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be written, by whom, and what the manifest says of its use."""

    actor: Actor
    definition: Definition
    fields: Sequence[Field]
    folder: Path
    file_format: str
    use: Mapping[str, Any]
    at: datetime
    for_people: bool = False  # this entry, and no earlier one, tells people that their data were taken


def _reach(definition: Definition, use: For, at: datetime) -> Reach:
    if not use.consumer:
        return NOBODYS
    found = directory.find_organisation(use.consumer)
    if found is None:
        raise NotFound(_("部门名录中没有“%s”。") % use.consumer)
    if use.purpose is None:
        told = _("向部门提供快照须说明目的和事由。")
        raise Invalid(told, fields=[FieldError("purpose", told, _("目的"))])
    return readers.reach_of(definition, [found.uuid], use.purpose, china_date(at))


def _fields(definition: Definition, names: Sequence[str], reach: Reach) -> tuple[list[Field], list[str]]:
    known = [one for one in definition.fields if one.type is not Type.URN and not one.is_retired]
    whole = [one for one in known if sight_of(one, reach) is Sight.WHOLE]
    if not names:
        return whole, [one.name for one in known if one not in whole]
    faults = []
    for name in names:
        if name not in {one.name for one in known}:
            faults.append(FieldError("fields", _("没有数据项“%s”。") % name, _("数据项")))
        elif name not in {one.name for one in whole}:
            told = _("“%s”没有授权：请先取得数源部门的读取授权。") % localised(definition.by_name[name].label)
            faults.append(FieldError("fields", told, _("数据项")))
    if faults:
        raise Invalid(_("没有生成快照，请先修改。"), fields=faults)
    return [one for one in whole if one.name in names], []


def _prepare(folder: Path, file_format: str) -> None:
    if file_format not in FORMATS:
        told = _("格式应为 %s。") % "、".join(FORMATS)
        raise Invalid(told, fields=[FieldError("format", told, _("格式"))])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Invalid(_("文件夹 %s 不是空的。") % folder, remedy=_("请另选一个新的或空的文件夹。"))


def _written(job: _Job, progress: Progress) -> dict[str, Any]:
    """On record before the first row is read, and when the manifest stands."""
    definition, names = job.definition, [one.name for one in job.fields]
    _witness(job, "registers.snapshot.begun", {})
    parts = Parts(definition, job.fields, job.folder, job.file_format)
    with _one_moment():
        position, version = following.horizon(), version_of(definition.key)
        for batch in _batches(definition, columns_for(definition, names)):
            parts.add(batch, PART)
            progress(parts.rows)
    parts.flush()
    manifest = manifests.describe(
        definition, job.fields, parts, version=version, position=position, at=job.at, file_format=job.file_format,
        use=job.use,
    )  # fmt: skip
    digest = manifests.seal(job.folder, manifest)
    _witness(job, "registers.snapshot.taken", {"rows": parts.rows, "manifest": digest})
    return manifest


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside shows the register at one moment, however long it takes; nobody waits for it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _batches(definition: Definition, names: Sequence[str]) -> Iterator[list[rows.Row]]:
    last = 0
    while batch := rows.select(definition, "id > %s", [last], names=names, order="id", limit=BATCH):
        yield batch
        last = batch[-1].id


def _witness(job: _Job, action: str, more: Mapping[str, Any]) -> None:
    detail = {"register": job.definition.key, "fields": [one.name for one in job.fields], "format": job.file_format}
    with transaction.atomic():
        audit.record(
            job.actor, action, "", at=job.at, detail={**detail, **more}, purpose=_why(job.definition, job.use),
            subjects=_whose(job.definition) if job.for_people and action.endswith("begun") else [],
        )  # fmt: skip


def _why(definition: Definition, use: Mapping[str, Any]) -> str:
    """As it stands in the log: whose data were taken sees that it was the whole register."""
    return f"{use['purpose']}（{definition.label['zh']}全库快照）" if use else ""


def _whose(definition: Definition) -> list[str]:
    return [subjects.everybody(definition)] if subjects.is_about_parties(definition) else []


def check_snapshot(folder: Path, *, key_id: str = "") -> manifests.Checked:
    """Whether a folder holds a snapshot as its node signed it. Raises Invalid."""
    return manifests.check(folder, key_id=key_id)


# -- for systems ------------------------------------------------------------------------------------------------------
@verb
def ask_snapshot(
    *, actor: Actor, register: str, subscription_uuid: UUID, file_format: str = "parquet", at: datetime
) -> Snapshot:
    """The worker will write it. Raises Denied, NotFound, Invalid, Conflict (one is being made)."""
    subscription = subscribing.used(actor, register, subscription_uuid, at)
    if file_format not in FORMATS:
        told = _("格式应为 %s。") % "、".join(FORMATS)
        raise Invalid(told, fields=[FieldError("format", told, _("格式"))])
    try:
        with transaction.atomic():
            made = Snapshot.objects.create(
                subscription=subscription, file_format=file_format, asked_by_urn=actor.urn, asked_at=at,
                expires_at=at + KEPT,
            )  # fmt: skip
    except IntegrityError as fault:
        raise Conflict(_("上一个快照还在生成。"), remedy=_("请等它完成后再申请。")) from fault
    definition = catalogue.get(register)
    detail = {"register": register, "fields": subscription.fields, "format": file_format}
    why = _why(definition, {"purpose": Purpose(subscription.purpose, subscription.matter).text})
    audit.record(
        actor, "registers.snapshot.asked", made, at=at, detail=detail, purpose=why, subjects=_whose(definition)
    )
    app.configure_task(MAKE, queue=QUEUE).defer(snapshot_uuid=str(made.uuid))
    return made


def make_snapshot(*, snapshot_uuid: UUID, at: datetime) -> None:
    """The worker's part: what the subscription still opens, into the node's own folder. Once only."""
    made = Snapshot.objects.select_related("subscription__grant").get(uuid=snapshot_uuid)
    if made.status != Snapshot.Status.ASKED:
        return
    folder, subscription = folder_of(made), made.subscription
    shutil.rmtree(folder, ignore_errors=True)  # what a killed worker left
    try:
        if not subscribing.is_in_force(subscription, china_date(at)):
            raise subscribing.SubscriptionEnded
        _prepare(folder, made.file_format)
        made.manifest = _of_subscription(subscription, folder, made.file_format, at)
        made.status = Snapshot.Status.READY
    except Exception as fault:
        made.status, made.fault = Snapshot.Status.FAILED, str(fault)[:300]
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(fault, ZhengtongError):  # a refusal is an answer; anything else the operator has to see
            raise
    finally:
        made.save(update_fields=["manifest", "status", "fault"])


def _of_subscription(subscription: Subscription, folder: Path, file_format: str, at: datetime) -> dict[str, Any]:
    definition = catalogue.get(subscription.register)
    reach = subscribing.reach_of(definition, subscription.consumer_uuid, subscription.grant)
    chosen, _left_out = _fields(definition, subscription.fields, reach)
    purpose = Purpose(subscription.purpose, subscription.matter)
    use = {"subscription": str(subscription.uuid), "consumer": str(subscription.consumer_uuid), "purpose": purpose.text}
    job = _Job(system_actor("snapshots"), definition, chosen, folder, file_format, use, at)
    return _written(job, lambda _rows: None)


def find_snapshot(*, actor: Actor, register: str, snapshot_uuid: UUID, at: datetime) -> Snapshot:
    """How far it is. Raises Denied, NotFound, SubscriptionEnded."""
    found = Snapshot.objects.select_related("subscription").filter(uuid=snapshot_uuid).first()
    if found is None:
        raise NotFound(_("没有这个快照。"))
    subscribing.used(actor, register, found.subscription.uuid, at)
    return found


@verb
def open_part(*, actor: Actor, register: str, snapshot_uuid: UUID, name: str, at: datetime) -> Path:
    """A file of a snapshot that is ready; each fetch is on record. Raises as find_snapshot, Conflict."""
    found = find_snapshot(actor=actor, register=register, snapshot_uuid=snapshot_uuid, at=at)
    if found.status != Snapshot.Status.READY or found.expires_at <= at:
        raise Conflict(
            _("快照没有可下载的文件：%s。") % found.get_status_display(), remedy=_("请查询状态，或重新申请。")
        )
    listed = {part["name"] for part in (found.manifest or {}).get("files", ())}
    path = folder_of(found) / name
    if name not in listed | {manifests.MANIFEST, manifests.SIGNATURE} or not path.is_file():
        raise NotFound(_("快照中没有文件“%s”。") % name, remedy=_("文件名见清单 manifest.json。"))
    purpose = Purpose(found.subscription.purpose, found.subscription.matter).text
    audit.record(
        actor, "registers.snapshot.fetched", found, at=at, detail={"register": register, "file": name}, purpose=purpose
    )
    return path


def folder_of(made: Snapshot) -> Path:
    return Path(settings.ZT_HOME) / "snapshots" / str(made.uuid)


def clean_snapshots(*, at: datetime) -> int:
    """Remove the files of snapshots whose time is over, and of those whose subscription was ended."""
    ready = Snapshot.objects.select_related("subscription__grant").filter(status=Snapshot.Status.READY)
    over = [
        one for one in ready if one.expires_at <= at or not subscribing.is_in_force(one.subscription, china_date(at))
    ]
    for one in over:
        shutil.rmtree(folder_of(one), ignore_errors=True)
        Snapshot.objects.filter(pk=one.pk).update(status=Snapshot.Status.EXPIRED)
    return len(over)
