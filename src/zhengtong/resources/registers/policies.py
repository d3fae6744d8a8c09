"""Who may write a register, and who may read it unmasked. The acts that the log knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    SEPARATIONS,
    Policy,
    custom,
    has_permission,
    official,
    register,
    system,
)


@dataclass(frozen=True, slots=True)
class Write:
    """A wish to write fields of one record: `organisation_uuids` are the authorities that own them."""

    urn: str
    organisation_uuids: frozenset[UUID]


def _by_authority(actor: Actor, obj: Any) -> bool | None:
    if not actor.organisation_uuids:
        return False
    return None if obj is None else obj.organisation_uuids <= actor.organisation_uuids


by_authority_of_fields = custom(
    {
        "zh": "一数一源：只有数源部门可以写入其负责的数据项",
        "en": "One datum, one source: only the competent authority of a field may write it",
    },
    _by_authority,
    lambda _actor: False,  # a wish to write is no row of a table
    {
        "zh": "请由该数据项的数源部门更正；如发现数据有误，可提出核实申请。",
        "en": "Let the authority of the field correct it; if a value is wrong, ask that authority to verify it.",
    },
)

register(
    Policy(
        "registers.record.write",
        {"zh": "写入基础库", "en": "Write base registers"},
        (system & by_authority_of_fields)
        | (official & has_permission("registers.record.write") & by_authority_of_fields),
        roles=("decider",),
        about=("registers.write",),  # asked about a `Write`, no stored thing
    )
)

register(
    Policy(
        "registers.definition.publish", {"zh": "发布基础库定义", "en": "Publish the definition of a register"}, system
    )
)

SEPARATIONS.excuse(
    "registers.definition.publish",
    {
        "zh": "由运维人员在终端发布，无人在页面上提交：定义文件的复核在其版本管理中进行",
        "en": "Published at the terminal; nobody submits it on a page: it is reviewed where its file is kept",
    },
)

for action, zh, en in (
    ("registers.definition.published", "发布基础库定义", "Definition of a register published"),
    ("registers.record.entered", "登记记录", "Record entered"),
    ("registers.record.amended", "变更记录", "Record amended"),
    ("registers.record.corrected", "更正记录", "Record corrected"),
    ("registers.record.loaded", "批量装入记录", "Records loaded"),
    # of logs written before the registers were defined as data
    ("registers.legal_entity.registered", "登记法人", "Legal entity registered"),
    ("registers.legal_entity.amended", "变更法人登记", "Legal entity amended"),
    ("registers.premises.registered", "登记房屋", "Premises registered"),
    ("registers.premises.amended", "变更房屋登记", "Premises amended"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
