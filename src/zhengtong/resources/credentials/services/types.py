"""Which types there are: those of service packages, and two that every node knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import Texts, localised, missing_languages
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from .. import rules
from ..models import CredentialType
from .builtin import BUILTIN
from .layouts import keep_layout

_NODE = UUID(int=0)


@verb
def declare_type(
    *,
    actor: Actor,
    key: str,
    title: Texts,
    type_code: str,
    validity_months: int | None,
    fields: Sequence[Mapping[str, Any]],
    at: datetime,
    holder_kind: str = "any",
    template: str = "",
    evidence_keys: Sequence[str] = (),
    number_from: str = "",
) -> CredentialType:
    """Make the type, or bring it to this state; credentials already issued keep the layout they were issued in.

    `fields`: what it says, [{"key", "title": {zh, en}}]; `template`: typst text, empty for the house's own;
    `evidence_keys`: kinds of evidence it can stand for (its own key always); `number_from`: the field whose value is
    its number. Raises Invalid, Conflict (the code belongs to another type, or cannot change any more), Denied.
    """
    permissions.require(actor, "credentials.type.declare")
    _check(title, type_code, fields, holder_kind, number_from)
    _check_code(key, type_code)
    wanted = {
        "title": dict(title), "type_code": type_code, "holder_kind": holder_kind, "validity_months": validity_months,
        "evidence_keys": sorted({key, *evidence_keys}), "number_from": number_from,
        "layout": keep_layout(title, fields, template),
    }  # fmt: skip
    kind, is_new = CredentialType.objects.select_for_update().get_or_create(key=key, defaults=wanted)
    if is_new or any(getattr(kind, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(kind, name, value)
        kind.save()
        kind.layouts.add(kind.layout)
        node = make_urn("credentials", "type", _NODE)
        detail = {"key": key, "type_code": type_code, "layout": kind.layout.digest}
        audit.record(actor, "credentials.type.declared", node, at=at, detail=detail)
    return kind


def declare_builtin_types(*, actor: Actor, at: datetime) -> list[CredentialType]:
    """The types that are held before any package is published. One whose authority has no credit code is left out."""
    declared = []
    for builtin in BUILTIN:
        organisation = directory.find_organisation(builtin.authority)
        if organisation and organisation.uscc:
            code = organisation.uscc + builtin.serial
            declared.append(declare_type(actor=actor, type_code=code, at=at, **builtin.facts))
    return declared


def _check(
    title: Texts, type_code: str, fields: Sequence[Mapping[str, Any]], holder_kind: str, number_from: str
) -> None:
    faults = []
    if missing_languages(title):
        faults.append(FieldError("title", _("证照名称须有中文和英文。")))
    if len(type_code) != 21 or not (type_code[18:].isascii() and type_code[18:].isalnum()):
        faults.append(FieldError("type_code", _("证照类型代码须为21位：定义机构的统一社会信用代码加三位顺序码。")))
    elif fault := identifiers.check_uscc(type_code[:18]):
        faults.append(FieldError("type_code", localised(identifiers.fault_text("uscc", fault))))
    if holder_kind not in dict(rules.HOLDER_KINDS):
        faults.append(
            FieldError("holder_kind", _("持证主体类别应为以下之一：%s。") % "、".join(dict(rules.HOLDER_KINDS)))
        )
    keys = [field.get("key") for field in fields]
    unnamed = [field for field in fields if not field.get("key") or missing_languages(field.get("title"))]
    if not keys or unnamed or len(set(keys)) != len(keys):
        faults.append(FieldError("fields", _("证照内容至少一项，各有不重复的标识和中英文名称。")))
    if number_from and number_from not in keys:
        faults.append(FieldError("number_from", _("证照编号取自“%s”，但证照内容中没有这一项。") % number_from))
    if faults:
        raise Invalid(_("证照类型有误。"), fields=faults)


def _check_code(key: str, type_code: str) -> None:
    if CredentialType.objects.filter(type_code=type_code).exclude(key=key).exists():
        raise Conflict(_("证照类型代码 %s 已属于另一种证照。") % type_code, remedy=_("请改用未使用的顺序码。"))
    if CredentialType.objects.filter(key=key, credentials__isnull=False).exclude(type_code=type_code).exists():
        raise Conflict(_("已签发过证照的类型不能更改代码。"), remedy=_("请保留原代码，或另设证照类型。"))
