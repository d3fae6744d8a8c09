"""The roles of the house, and who may give them. Rooms let a role carry their actions (`Policy(…, roles=(…))`)."""

from zhengtong.security.audit.providers import ACTIONS

from .providers import ROLES, Policy, RoleDef, has_permission, register, system

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

ACTIONS.register("permissions.role.bound", {"zh": "为岗位配置了角色", "en": "Role given to a post"})
ACTIONS.register("permissions.role.unbound", {"zh": "取消了岗位的角色", "en": "Role taken from a post"})
