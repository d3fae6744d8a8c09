"""The roles of the house, and who may give them. Rooms let a role carry their actions (`Policy(…, roles=(…))`)."""

from typing import Any

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.security.audit.providers import ACTIONS, know_principal

from . import delegations
from .providers import ROLES, Policy, RoleDef, custom, has_permission, official, register, system

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
