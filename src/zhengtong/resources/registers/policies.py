"""Who may write a register, and who may read it unmasked. The acts that the log knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    PURPOSES,
    SEPARATIONS,
    Policy,
    Predicate,
    applicant,
    client,
    clients_organisation,
    custom,
    has_permission,
    official,
    own_organisation,
    register,
    system,
)
from zhengtong.security.sso.providers import SCOPES, Scope

from .purposes import OWN

for _key, _label in OWN.items():
    PURPOSES.register(_key, _label)


@dataclass(frozen=True, slots=True)
class Write:
    """A wish to write fields of one record: `organisation_uuids` are the authorities that own them."""

    urn: str
    organisation_uuids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Reading:
    """A wish to read or verify in the name of one organisation, for a purpose. What a policy may ask of a read."""

    urn: str
    organisation_uuid: UUID
    purpose: str = ""


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
SEPARATIONS.excuse(
    "registers.grant.decide",
    {
        "zh": "数源部门对本部门数据项直接作出授权，系统中没有先前的申请；申请与审批在目录的共享协议中分开",
        "en": "An authority grants its own fields of its own accord: no request stands before it in the system",
    },
)
# -- reading ----------------------------------------------------------------------------------------------------------
for _scope, _zh, _en in (
    ("registers.read", "按目的读取基础库（只含获得授权的数据项）", "Read registers for a purpose, granted fields only"),
    ("registers.bulk", "按订阅批量获取基础库的变更和快照", "Take changes and snapshots of registers by subscription"),
    ("registers.verify", "核验基础库（只回答一致或不一致）", "Verify against registers: agrees or not, nothing else"),
):
    SCOPES.register(_scope, Scope({"zh": _zh, "en": _en}))


def _for_own_organisation(action: str, scope: str) -> Predicate:
    """In the name of an organisation at a post of which one holds the permission, or which runs the system."""
    by_official = official & has_permission(action) & own_organisation("organisation_uuid")
    return by_official | client(scope) & clients_organisation("organisation_uuid")


register(
    Policy(
        "registers.record.read",
        {"zh": "按目的读取基础库记录", "en": "Read records of registers for a purpose"},
        _for_own_organisation("registers.record.read", "registers.read"),
        roles=("reviewer", "decider"),
        about=("registers.reading",),
    )
)
register(
    Policy(
        "registers.record.verify",
        {"zh": "核验基础库记录", "en": "Verify against records of registers"},
        _for_own_organisation("registers.record.verify", "registers.verify"),
        roles=("reviewer", "decider"),
        about=("registers.reading",),
    )
)
register(
    Policy(
        "registers.definition.read",
        {"zh": "查看基础库定义", "en": "See the definitions of registers"},
        has_permission("registers.definition.read") | client("registers.read"),
        roles=("reviewer", "decider", "auditor"),
    )
)
register(
    Policy(
        "registers.grant.decide",
        {"zh": "授予和撤销本部门数据项的读取授权", "en": "Grant and revoke reading of one's own fields"},
        official & has_permission("registers.grant.decide") & own_organisation("provider_uuid"),
        roles=("decider",),
        about=("registers.grant",),
    )
)
# -- bulk -------------------------------------------------------------------------------------------------------------
in_force = custom(
    {"zh": "订阅没有被终止", "en": "The subscription was not ended"},
    lambda _actor, obj: None if obj is None else obj.revoked_at is None,
    lambda _actor: Q(revoked_at=None),
    {"zh": "请与数源部门联系后重新订阅。", "en": "Ask the authority, and subscribe anew."},
)
register(
    Policy(
        "registers.bulk.read",
        {"zh": "订阅基础库", "en": "Subscribe to registers"},
        client("registers.bulk") & clients_organisation("organisation_uuid"),
        about=("registers.reading",),
    )
)
register(
    Policy(
        "registers.subscription.use",
        {"zh": "按订阅获取变更和快照", "en": "Take changes and snapshots by a subscription"},
        client("registers.bulk") & clients_organisation("consumer_uuid") & in_force,
        about=("registers.subscription",),
    )
)
register(
    Policy(
        "registers.subscription.revoke",
        {"zh": "终止对本部门数据项的订阅", "en": "End subscriptions to one's own fields"},
        official & has_permission("registers.subscription.revoke") & own_organisation("provider_uuid"),
        roles=("decider",),
        about=("registers.subscription",),
    )
)
register(
    Policy(
        "registers.snapshot.take",
        {"zh": "在终端导出基础库快照", "en": "Take snapshots of registers at the terminal"},
        system,
    )
)
# -- disputes ---------------------------------------------------------------------------------------------------------
register(
    Policy(
        "registers.dispute.raise",
        {"zh": "对基础库数据提出疑义", "en": "Dispute a value of a register"},
        official & has_permission("registers.dispute.raise"),
        roles=("reviewer", "decider"),
        about=(),
    )
)
register(
    Policy(
        "registers.dispute.answer",
        {"zh": "答复对本部门数据项的疑义", "en": "Answer disputes about one's own fields"},
        official & has_permission("registers.dispute.answer") & own_organisation("authority_uuid"),
        roles=("decider",),
        about=("registers.dispute",),
    )
)
# -- duplicates -------------------------------------------------------------------------------------------------------
register(
    Policy(
        "registers.match.run",
        {"zh": "在基础库中查重", "en": "Search a register for duplicates"},
        system,
    )
)
register(
    Policy(
        "registers.match.decide",
        {"zh": "核对疑似重复的记录，合并或判为不同", "en": "Decide on likely duplicates: merge, or different"},
        official & has_permission("registers.match.decide") & own_organisation("authority_uuid"),
        roles=("decider",),
        about=("registers.match",),
    )
)
SEPARATIONS.excuse(
    "registers.match.decide",
    {
        "zh": "疑似重复由系统查出，无人提交；合并可以随时原样撤销",
        "en": "The node itself finds the pairs, nobody hands them in; a merge can be undone exactly at any time",
    },
)
# -- quality of data --------------------------------------------------------------------------------------------------
register(Policy("registers.quality.run", {"zh": "运行数据质量检查", "en": "Run the rules of data quality"}, system))
register(
    Policy(
        "registers.quality.read",
        {"zh": "查看数据质量和统计", "en": "See the quality of registers, and statistics"},
        official & has_permission("registers.quality.read"),
        roles=("reviewer", "decider", "auditor"),
    )
)
register(
    Policy(
        "registers.quality.report",
        {"zh": "向数源部门发数据质量通报", "en": "Report on the quality of data to an authority"},
        official & has_permission("registers.quality.report"),
        roles=("decider",),
        about=(),
    )
)
register(
    Policy(
        "registers.quality.answer",
        {"zh": "反馈本部门的数据质量通报", "en": "Answer reports on the quality of one's own data"},
        official & has_permission("registers.quality.answer") & own_organisation("authority_uuid"),
        roles=("decider",),
        about=("registers.quality_report",),
    )
)
oneself = custom(
    {
        "zh": "只能由本人或单位的法定代表人查看登记数据",
        "en": "Only the person, or the legal representative of the entity, sees what registers hold of it",
    },
    lambda actor, _obj: actor.capacity in (Capacity.RESIDENT, Capacity.REPRESENTATIVE),
    lambda actor: actor.capacity in (Capacity.RESIDENT, Capacity.REPRESENTATIVE),
    {"zh": "请以本人或法定代表人身份登录。", "en": "Sign in as the person or the legal representative."},
)
register(
    Policy(
        "registers.own.read",
        {"zh": "查看基础库中的本人（本单位）数据，提出疑义", "en": "See one's own data in registers, and dispute them"},
        applicant & oneself,
    )
)

for action, zh, en in (
    ("registers.record.read", "读取基础库记录", "Record read"),
    ("registers.record.sought", "在基础库中查找记录", "Records sought"),
    ("registers.record.verified", "核验基础库记录", "Record verified"),
    ("registers.grant.given", "授予读取授权", "Reading granted"),
    ("registers.grant.revoked", "撤销读取授权", "Grant of reading revoked"),
    ("registers.dispute.raised", "提出疑义", "Value disputed"),
    ("registers.dispute.upheld", "疑义属实并更正", "Dispute upheld"),
    ("registers.dispute.rejected", "疑义经核查无误", "Dispute rejected"),
    ("registers.quality.reported", "发出数据质量通报", "Report on the quality of data sent"),
    ("registers.quality.answered", "反馈数据质量通报", "Report on the quality of data answered"),
    ("registers.quality.closed", "数据质量通报销号", "Report on the quality of data closed"),
    ("registers.subscription.opened", "订阅基础库", "Register subscribed to"),
    ("registers.subscription.revoked", "终止订阅", "Subscription ended"),
    ("registers.changes.read", "获取基础库变更", "Changes of a register read"),
    ("registers.snapshot.asked", "申请基础库快照", "Snapshot of a register asked for"),
    ("registers.snapshot.begun", "开始生成基础库快照", "Snapshot of a register begun"),
    ("registers.snapshot.taken", "生成了基础库快照", "Snapshot of a register taken"),
    ("registers.snapshot.fetched", "下载基础库快照", "Snapshot of a register fetched"),
    ("registers.definition.published", "发布基础库定义", "Definition of a register published"),
    ("registers.record.entered", "登记记录", "Record entered"),
    ("registers.record.amended", "变更记录", "Record amended"),
    ("registers.record.corrected", "更正记录", "Record corrected"),
    ("registers.record.merged", "合并重复记录", "Duplicate merged"),
    ("registers.record.unmerged", "撤销合并重复记录", "Merge of a duplicate undone"),
    ("registers.match.sought", "查重", "Duplicates sought"),
    ("registers.match.merged", "判定为同一个并合并", "Judged the same, merged"),
    ("registers.match.different", "判定为不同", "Judged different"),
    ("registers.match.undone", "撤销合并判定", "Merge undone"),
    ("registers.load.begun", "开始批量装入", "Bulk load begun"),
    ("registers.record.loaded", "批量装入记录", "Records loaded"),
    # of logs written before the registers were defined as data
    ("registers.legal_entity.registered", "登记法人", "Legal entity registered"),
    ("registers.legal_entity.amended", "变更法人登记", "Legal entity amended"),
    ("registers.premises.registered", "登记房屋", "Premises registered"),
    ("registers.premises.amended", "变更房屋登记", "Premises amended"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
