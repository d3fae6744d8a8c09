"""The workbench is for officials; the log, for auditors, whose own searches for people and exports stand in it."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, has_permission, official, register

register(
    Policy(
        "workbench.permissions.explain",
        {"zh": "查看自己的权限及其依据", "en": "See one's own permissions and why"},
        official,
    )
)
register(
    Policy(
        "workbench.log.read",
        {"zh": "查看责任认定记录", "en": "Read the accountability log"},
        has_permission("workbench.log.read"),
        roles=("auditor",),
    )
)
register(
    Policy(
        "workbench.log.export",
        {"zh": "导出责任认定记录", "en": "Export the accountability log"},
        has_permission("workbench.log.export"),
        roles=("auditor",),
    )
)
ACTIONS.register("workbench.log.exported", {"zh": "导出了责任认定记录", "en": "Accountability log exported"})
ACTIONS.register("workbench.log.person_sought", {"zh": "在日志中查找某人", "en": "A person looked up in the log"})
register(
    Policy(
        "workbench.security.read",
        {"zh": "查看安全态势", "en": "See what concerns the node's security"},
        has_permission("workbench.security.read"),
        roles=("security_officer",),
    )
)
