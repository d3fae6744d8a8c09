"""The workbench is for officials; the log, for auditors."""

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
