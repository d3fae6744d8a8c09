"""The workbench's entries in its menu."""

from django.utils.translation import gettext_lazy as _

from zhengtong.applications.cases import queries as cases
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.design import navigation
from zhengtong.security.permissions import services as permissions


def _sees_cases(actor: Actor) -> bool:
    return permissions.could(actor, "cases.case.list")


def _audits(actor: Actor) -> bool:
    return permissions.could(actor, "workbench.log.read")


def _watches(actor: Actor) -> bool:
    return permissions.could(actor, "workbench.security.read")


def _ends_credentials(actor: Actor) -> bool:
    return permissions.could(actor, "credentials.credential.revoke")


def _sees_registers(actor: Actor) -> bool:
    return permissions.could(actor, "registers.definition.read")


def _disputes(actor: Actor) -> bool:
    return permissions.could(actor, "registers.dispute.raise")


def _judges_matches(actor: Actor) -> bool:
    return permissions.could(actor, "registers.match.decide")


def _sees_quality(actor: Actor) -> bool:
    return permissions.could(actor, "registers.quality.read")


def _official(actor: Actor) -> bool:
    return actor.is_official


def _register(  # noqa: PLR0917
    key: str, label: object, url: str, order: int, icon: str, group: object, **more: object
) -> None:
    navigation.register("workbench", key, label, url, order, icon, group=group, **more)  # type: ignore[arg-type]


_WORK, _DATA, _SELF, _CONTROL = _("办件"), _("数据"), _("我"), _("监督")
_register("todo", _("待办"), "workbench:queue", 10, "bell", _WORK, visible=_sees_cases, counter=cases.count_todo)
_register("open", _("在办"), "/workbench/?box=open", 20, "clock", _WORK, visible=_sees_cases)
_register("done", _("已办结"), "/workbench/?box=done", 30, "check", _WORK, visible=_sees_cases)
_register("credentials", _("颁发的证照"), "workbench:credentials", 40, "certificate", _WORK, visible=_ends_credentials)
_register("standards", _("代码表与数据元"), "workbench:standards", 50, "list", _DATA, visible=_official)
_register("registers", _("基础库"), "workbench:registers", 45, "archive", _DATA, visible=_sees_registers)
_register("map", _("地图"), "workbench:map", 46, "map", _DATA, visible=_sees_registers)
_register("disputes", _("疑义核查"), "workbench:disputes", 47, "question", _DATA, visible=_disputes)
_register("matches", _("待核重复"), "workbench:matches", 46, "users", _DATA, visible=_judges_matches)
_register(
    "quality-reports", _("质量通报"), "workbench:quality-reports", 48, "clipboard-check", _DATA, visible=_sees_quality
)
_register("log", _("责任认定记录"), "workbench:log", 42, "shield", _CONTROL, visible=_audits)
_register("security", _("安全态势"), "workbench:security", 43, "lock", _CONTROL, visible=_watches)
_register("permissions", _("我的权限"), "workbench:permissions", 80, "lock", _SELF, visible=_official)
navigation.register("account", "workbench", _("工作台"), "/workbench/", 10, "briefcase", _official)
