"""A definition becomes tables: what would change is told first, and then done whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.documents.faults import Fault
from zhengtong.kernel.documents.said import say
from zhengtong.kernel.documents.yaml import Document
from zhengtong.kernel.errors import Conflict, Invalid
from zhengtong.kernel.events import services as events
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.transactions import verb
from zhengtong.resources.standards import queries as standards
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import catalogue
from ..definition import comparing, ddl, rule_reading
from ..definition.binding import contradictions
from ..definition.comparing import Step
from ..definition.model import Definition, Field
from ..definition.reading import MANIFEST, Read, read_folder
from ..events import RegisterPublished
from ..models import RegisterVersion

WEB, WEB_MAY = "zt_web", "SELECT, INSERT, UPDATE"  # as config/node/rights.py declares for register_*


class DefinitionFaulty(Invalid):
    """A definition cannot be published. `faults` lists every fault at once."""

    code = "register-faulty"
    title = gettext_lazy("基础库定义未通过检查")
    remedy = gettext_lazy("请按列出的每一处修改，用“zt register check”检查通过后再发布。")

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_("基础库定义有 %(count)d 处错误。") % {"count": len(self.faults)})

    def __str__(self) -> str:
        return "\n".join([str(self.message), *(f"- {fault}" for fault in self.faults)])


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do. `hindered`: how many records stand against a step, by its place in `steps`."""

    definition: Definition
    is_new: bool
    steps: tuple[Step, ...]
    hindered: dict[int, int]

    @property
    def is_possible(self) -> bool:
        return not self.hindered and not any(step.is_refused for step in self.steps)

    @property
    def changes_nothing(self) -> bool:
        return not self.is_new and not self.steps


def shipped() -> list[Path]:
    """The folders of definitions that come with the product."""
    return sorted(path.parent for path in Path(settings.ZT_REGISTERS).glob(f"*/{MANIFEST}"))


@verb
def ensure_shipped(*, actor: Actor, at: datetime) -> list[RegisterVersion]:
    """Publish what comes with the product and is not in force yet, or has changed. A second call changes nothing.

    Their authorities and code tables are the product's own: the directory may be loaded before or after.
    """
    permissions.require(actor, "registers.definition.publish")
    return [_publish(actor, _read(folder), at) for folder in shipped()]


def check_definition(folder: Path) -> list[Fault]:
    """Every fault of the definition in a folder, those that only this node can see among them."""
    read = read_folder(folder)
    if read.definition is None:
        return read.faults
    return [*read.faults, *_unknown(read), *_elsewhere(read)]


def _elsewhere(read: Read) -> Iterable[Fault]:
    """Rules that speak of registers or fields that this node does not have."""
    if read.definition is None or not read.rules:
        return ()
    return rule_reading.check_elsewhere(read.rules, read.definition, catalogue.find)


def _unknown(read: Read) -> Iterable[Fault]:
    """Organisations, code tables and data elements that this node does not have, or has otherwise."""
    definition, document = read.definition, read.document
    assert definition
    assert document
    remedy = say("请先装入部门名录，或改用已有的部门。")
    for one in definition.authorities:
        if directory.find_organisation(one.key) is None:
            message = say("部门名录中没有“%(key)s”。") % {"key": one.key}
            yield document.fault(("authorities", one.key), "authority-not-here", message, remedy)
    tables = {table.key for table in standards.list_tables()}
    for number, field in enumerate(definition.fields):
        if field.code_table and field.code_table not in tables:
            message = say("没有代码表“%(key)s”。") % {"key": field.code_table}
            known = say("可以写：%(known)s。") % {"known": ", ".join(sorted(tables))}
            yield document.fault(("fields", number, "code_table"), "code-table-not-here", message, known)
        yield from _bound(document, number, field)


def _bound(document: Document, number: int, field: Field) -> Iterable[Fault]:
    """What is wrong between the field and its data element; of one that nobody has defined nothing can be said."""
    if not standards.list_element_versions(field.element):
        return
    for key, code, message, remedy in contradictions(field, standards.get_element(field.element)):
        yield document.fault(("fields", number, key), code, message, remedy)


def plan(folder: Path) -> Plan:
    """What publishing the folder would do, looked up against the stored records. Raises DefinitionFaulty."""
    if faults := check_definition(folder):
        raise DefinitionFaulty(faults)
    return _planned(_read(folder))


def _read(folder: Path) -> Definition:
    read = read_folder(folder)
    if read.definition is None:
        raise DefinitionFaulty(read.faults)
    return read.definition


def _planned(definition: Definition) -> Plan:
    known = catalogue.find(definition.key)
    steps: tuple[Step, ...]
    if known is None:
        steps = (Step("created", "", say("建立基础库的数据表。"), tuple(ddl.create(definition))),)
    else:
        steps = () if known.as_json() == definition.as_json() else tuple(comparing.compare(known, definition))
    return Plan(definition, known is None, steps, _hindrances(steps))


def _hindrances(steps: Iterable[Step]) -> dict[int, int]:
    counted = {number: _count(step.hindrance) for number, step in enumerate(steps) if step.hindrance}
    return {number: count for number, count in counted.items() if count}


def _count(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


@verb
def publish(*, actor: Actor, folder: Path, at: datetime) -> RegisterVersion:
    """Put the definition in a folder in force; one that changes nothing leaves the version as it is.

    Everything happens in one transaction, the tables' change too. Raises DefinitionFaulty, Conflict (a step that the
    stored records do not allow, or that would lose something), Denied.
    """
    permissions.require(actor, "registers.definition.publish")
    return _publish(actor, plan(folder).definition, at)


def _publish(actor: Actor, definition: Definition, at: datetime) -> RegisterVersion:
    with connection.cursor() as cursor:  # one after another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registers.publish'))")
    catalogue.forget()
    wanted = _planned(definition)
    if wanted.changes_nothing:
        return RegisterVersion.objects.get(key=wanted.definition.key, is_in_force=True)
    if not wanted.is_possible:
        raise Conflict(_("新定义不能发布：%s") % _why(wanted), remedy=_("请按提示修改定义。"))
    _execute(wanted)
    version = _keep(wanted, actor, at)
    urn = make_urn("registers", "definition", _uuid_of(version))
    detail = {"register": version.key, "version": version.number, "digest": version.digest}
    audit.record(actor, "registers.definition.published", urn, at=at, detail=detail)
    events.publish(RegisterPublished(register=version.key, version=version.number))
    return version


def _why(wanted: Plan) -> str:
    refused = [f"{step.says} {step.remedy}" for step in wanted.steps if step.is_refused]
    hindered = [
        f"{wanted.steps[number].says} {_('与 %d 条记录不符。') % count} {wanted.steps[number].remedy}"
        for number, count in wanted.hindered.items()
    ]
    return " ".join([*refused, *hindered])


def _execute(wanted: Plan) -> None:
    with connection.cursor() as cursor:
        for step in wanted.steps:
            for statement in step.statements:
                cursor.execute(statement)
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB])
        if wanted.is_new and cursor.fetchone():
            table, past = wanted.definition.table, wanted.definition.past_table
            cursor.execute(f"GRANT {WEB_MAY} ON {table}, {past} TO {WEB}")
            cursor.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq, {past}_id_seq TO {WEB}")


def _keep(wanted: Plan, actor: Actor, at: datetime) -> RegisterVersion:
    data = json.loads(json.dumps(wanted.definition.as_json(), ensure_ascii=False))
    digest = hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    last = RegisterVersion.objects.filter(key=wanted.definition.key).order_by("-number").first()
    RegisterVersion.objects.filter(key=wanted.definition.key, is_in_force=True).update(is_in_force=False)
    made = RegisterVersion.objects.create(
        key=wanted.definition.key, number=last.number + 1 if last else 1, definition=data, digest=digest,
        steps=[told(step) for step in wanted.steps], published_at=at, published_by_urn=actor.urn,
    )  # fmt: skip
    transaction.on_commit(catalogue.forget)
    catalogue.forget()
    return made


def told(step: Step) -> dict[str, Any]:
    """A step in both languages."""
    words = {}
    for lang, code in (("zh", "zh-hans"), ("en", "en")):
        with override(code):
            words[lang] = str(step.says)
    return {"code": step.code, "field": step.field, "says": words}


def _uuid_of(version: RegisterVersion) -> UUID:
    return uuid5(NAMESPACE_URL, f"zhengtong register {version.key} {version.number}")
