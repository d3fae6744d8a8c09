"""The roles of the house, and who may give them. Rooms let a role carry their actions (`Policy(…, roles=(…))`)."""

from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit.providers import ACTIONS, know_principal

from . import delegations
from .providers import (
    ROLES,
    SEPARATIONS,
    Extent,
    Incompatible,
    Policy,
    Reach,
    RoleDef,
    custom,
    has_permission,
    official,
    register,
    system,
)

for key, zh, en in (
    ("window_clerk", "综合窗口", "Window clerk"),
    ("reviewer", "审查人员", "Reviewer"),
    ("decider", "决定人员", "Decider"),
    ("auditor", "审计员", "Auditor"),
    ("security_officer", "安全管理员", "Security officer"),
    ("service_editor", "事项管理员", "Service editor"),
    ("site_editor", "网站编辑", "Site editor"),
    ("administrator", "系统管理员", "Administrator"),
):
    ROLES.register(RoleDef(key, {"zh": zh, "en": en}))
# Sees the cases of all authorities of a division and below it; decides none.
ROLES.register(RoleDef("supervisor", {"zh": "效能监督员", "en": "Supervisor of cases"}, reach=Reach(Extent.SUBTREE)))

SEPARATIONS.register(
    Incompatible(
        "permissions.three_powers",
        {
            "zh": "系统管理、安全管理与审计不得由同一人兼任，分在两个岗位也不行。",
            "en": "Administration, security and audit are three people, in whatever posts.",
        },
        frozenset({"administrator", "security_officer", "auditor"}),
        {
            "zh": "GB/T 22239—2019 第三级：系统管理、安全管理、审计管理分离",
            "en": "GB/T 22239-2019, level 3: system, security and audit administration are separate",
        },
    )
)
for key, zh, en in (
    ("window_clerk", "综合窗口", "window clerks"),
    ("reviewer", "审查人员", "reviewers"),
    ("decider", "决定人员", "deciders"),
):
    SEPARATIONS.register(
        Incompatible(
            f"permissions.supervision.{key}",
            {
                "zh": f"效能监督员不得兼任{zh}：不监督本人经办的件。",
                "en": f"Supervisors are no {en}: nobody supervises himself.",
            },
            frozenset({"supervisor", key}),
            {"zh": "监督与被监督分离（内部控制）", "en": "Internal control: who supervises does not handle"},
        )
    )

register(
    Policy(
        "permissions.role.bind",
        {"zh": "为岗位配置角色", "en": "Give roles to posts"},
        system | has_permission("permissions.role.bind"),
        roles=("administrator",),
        about=("directory.post",),
    )
)
register(
    Policy(
        "permissions.policy.explain",
        {"zh": "查询权限判定", "en": "Ask why somebody may or may not act"},
        system | has_permission("permissions.policy.explain"),
        roles=("administrator", "auditor"),
    )
)


def _is_party(actor: Actor, delegation: Any) -> bool | None:
    return None if delegation is None else actor.account_uuid in (delegation.giver_uuid, delegation.receiver_uuid)


party_to_delegation = custom(
    {"zh": "授权人或被授权人本人", "en": "One gave the delegation or received it"},
    _is_party,
    lambda actor: Q(giver_uuid=actor.account_uuid) | Q(receiver_uuid=actor.account_uuid),
    {"zh": "请由授权人或被授权人办理。", "en": "Let one of the two do it."},
    of_post=False,
)
register(
    Policy(
        "permissions.delegation.give",
        {"zh": "授权同事代行", "en": "Delegate acts of one's post"},
        official,
        about=(),
    )
)
register(
    Policy(
        "permissions.delegation.end",
        {"zh": "终止授权代行", "en": "End a delegation"},
        official & party_to_delegation,
    )
)
know_principal(delegations.principal_of)

ACTIONS.register("permissions.delegation.given", {"zh": "授权同事代行", "en": "Acts of a post delegated"})
ACTIONS.register("permissions.delegation.ended", {"zh": "终止了授权代行", "en": "Delegation ended"})
ACTIONS.register("permissions.role.bound", {"zh": "为岗位配置了角色", "en": "Role given to a post"})
ACTIONS.register("permissions.role.unbound", {"zh": "取消了岗位的角色", "en": "Role taken from a post"})
