"""Verbs of processes. They run in the transaction of the verb that calls them, which has locked its own record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb

from .models import OpenStep, ProcessDefinition, ProcessInstance
from .queries import spec_of
from .rules import bpmn, checking, plans, running
from .rules.checking import Fault
from .rules.plans import FaultyPlan

__all__ = [
    "Fault",
    "FaultyPlan",
    "Opened",
    "StepNotOpen",
    "cancel",
    "check_bpmn",
    "compile_reviews",
    "complete",
    "define",
    "start",
]

_SAVE = """
    WITH saved AS (
        UPDATE support_workflow_processinstance
        SET state = %(state)s, is_finished = %(finished)s, finished_at = %(finished_at)s
        WHERE id = %(id)s
    ), gone AS (
        DELETE FROM support_workflow_openstep WHERE instance_id = %(id)s AND key = ANY(%(closed)s)
    )
    INSERT INTO support_workflow_openstep (instance_id, key, opened_at)
    SELECT %(id)s, key, %(at)s FROM unnest(%(opened)s::text[]) AS key
"""
_BEGIN = """
    WITH begun AS (
        INSERT INTO support_workflow_processinstance (subject_urn, definition_uuid, state, is_finished, started_at)
        VALUES (%(subject)s, %(definition)s, %(state)s, false, %(at)s) RETURNING id
    )
    INSERT INTO support_workflow_openstep (instance_id, key, opened_at)
    SELECT begun.id, key, %(at)s FROM begun, unnest(%(opened)s::text[]) AS key
"""
_LOCK = """
    SELECT id, definition_uuid, state, is_finished
    FROM support_workflow_processinstance WHERE subject_urn = %s FOR UPDATE
"""


class StepNotOpen(Conflict):
    code = "step-not-open"
    title = _("这一步不在待办状态")


@dataclass(frozen=True, slots=True)
class Opened:
    """A step that has opened."""

    key: str
    opened_at: datetime


def compile_reviews(manifest: Mapping[str, Any], *, authority_names: Mapping[str, Texts] | None = None) -> bytes:
    """The reviews of a service package (service.yaml) as BPMN 2.0 with its diagram; same manifest, same bytes.

    `authority_names` gives the lanes their names in both languages. Raises FaultyPlan with every fault at once.
    """
    return bpmn.write(plans.read_plan(manifest, authority_names))


def check_bpmn(xml: bytes, *, steps: Iterable[str] | None = None) -> list[Fault]:
    """Every fault of a process file; none means that it runs to its end under every combination of its conditions.

    `steps`: the keys of the reviews. The file must have them, `accept` and `decide`, and no other, as user tasks.
    Without `steps` it may have any beside `accept` and `decide`.
    """
    faults = checking.check(xml, steps)
    if faults:
        return faults
    played = running.rehearse(running.read_spec(xml))
    return [Fault("process", str(_("流程无法走通：%(fault)s。") % {"fault": fault})) for fault in played]


@verb
def define(key: str, version: int, xml: bytes, *, steps: Iterable[str] | None = None) -> ProcessDefinition:
    """Keep a process as a version that never changes; the same bytes again give the same. Raises Invalid, Conflict."""
    existing = ProcessDefinition.objects.filter(key=key, version=version).first()
    if existing:
        if bytes(existing.bpmn) != xml:
            raise Conflict(_("%(key)s 的版本 %(version)s 已有另一个流程。") % {"key": key, "version": version})
        return existing
    faults = check_bpmn(xml, steps=steps)
    if faults:
        fields = [FieldError(fault.path, f"{fault.message}{fault.remedy}") for fault in faults]
        raise Invalid(_("流程文件有 %(count)s 处错误。") % {"count": len(faults)}, fields=fields)
    return ProcessDefinition.objects.create(key=key, version=version, bpmn=xml)


def start(
    definition_uuid: UUID, subject_urn: str, conditions: Mapping[str, bool] | None = None, *, at: datetime
) -> list[Opened]:
    """Start a process for a subject: `accept` opens. Raises Invalid if a `run_…` of the process has no value."""
    spec, values = spec_of(definition_uuid), _booleans(conditions or {})
    missing = sorted(spec.needs - values.keys())
    if missing:
        raise Invalid(_("流程缺少条件：%(names)s。") % {"names": "、".join(missing)})
    run = running.start(spec, values)
    opened = run.open_steps()
    row: dict[str, Any] = {
        "subject": subject_urn,
        "definition": definition_uuid,
        "state": running.pack(run),
        "at": at,
        "opened": opened,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, row)
    return [Opened(key, at) for key in opened]


def complete(
    subject_urn: str, step_key: str, *, at: datetime, results: Mapping[str, bool] | None = None
) -> list[Opened]:
    """Do an open step; gives the steps that it opened. `results` are bound to names that later conditions may ask for.

    Raises StepNotOpen, NotFound. Two at once wait for each other: the instance's row is locked.
    """
    instance_id, run = _locked(subject_urn)
    before = set(run.open_steps())
    try:
        run.complete(step_key, _booleans(results or {}))
    except KeyError:
        raise StepNotOpen(_("步骤“%(key)s”不在待办状态，可能已由他人办理。") % {"key": step_key}) from None
    after = set(run.open_steps())
    opened = sorted(after - before)
    _save(instance_id, run, closed=sorted(before - after), opened=opened, at=at)
    return [Opened(key, at) for key in opened]


@verb
def cancel(subject_urn: str, *, at: datetime) -> None:
    """End a process where it stands (refused, withdrawn, abandoned): nothing is open any more. Idempotent."""
    OpenStep.objects.filter(instance__subject_urn=subject_urn).delete()
    ProcessInstance.objects.filter(subject_urn=subject_urn, is_finished=False).update(is_finished=True, finished_at=at)


# -- the steps ----------------------------------------------------------------------------------------------------
def _locked(subject_urn: str) -> tuple[int, running.Run]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [subject_urn])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("没有这个流程。"))
    instance_id, definition_uuid, state, is_finished = row
    if is_finished:
        raise StepNotOpen(_("流程已经结束。"))
    return instance_id, running.unpack(spec_of(definition_uuid), bytes(state))


def _save(instance_id: int, run: running.Run, *, closed: list[str], opened: list[str], at: datetime) -> None:
    finished = run.is_finished
    row: dict[str, Any] = {"id": instance_id, "state": running.pack(run), "closed": closed, "opened": opened, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {**row, "finished": finished, "finished_at": at if finished else None})


def _booleans(values: Mapping[str, Any]) -> dict[str, bool]:
    wrong = [name for name, value in values.items() if not isinstance(value, bool)]
    if wrong:
        raise TypeError(f"conditions must be True or False: {', '.join(wrong)}")
    return dict(values)
