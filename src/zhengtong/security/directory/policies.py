"""Who may change the directory: the administrator, and the node itself when it is set up."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, has_permission, register, system

for action, zh, en in (
    ("directory.division.load", "更新行政区划", "Load divisions"),
    ("directory.organisation.load", "更新部门名录", "Load organisations"),
    ("directory.post.create", "设置岗位", "Create a post"),
    ("directory.official.appoint", "任免岗位人员", "Appoint and release officials"),
):
    register(Policy(action, {"zh": zh, "en": en}, system | has_permission(action), roles=("administrator",)))

for action, zh, en in (
    ("directory.division.loaded", "更新了行政区划", "Divisions loaded"),
    ("directory.organisation.loaded", "更新了部门名录", "Organisations loaded"),
    ("directory.post.created", "设置了岗位", "Post created"),
    ("directory.official.appointed", "任命了岗位人员", "Official appointed"),
    ("directory.official.released", "免去了岗位人员", "Official released"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
