"""Who may put another working-day calendar into force."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, has_permission, register, system

LOAD = "deadlines.calendar.load"
register(
    Policy(
        LOAD, {"zh": "更新工作日历", "en": "Load the calendar"}, system | has_permission(LOAD), roles=("administrator",)
    )
)
ACTIONS.register("deadlines.calendar.loaded", {"zh": "更新了工作日历", "en": "Working-day calendar loaded"})
