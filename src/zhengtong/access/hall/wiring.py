"""The hall's entries in the menus."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.design import navigation
from zhengtong.security.permissions import services as permissions
from zhengtong.support.notifications import queries as notifications


def _applicant(actor: Actor) -> bool:
    return actor.is_applicant


def _sees_own(actor: Actor) -> bool:
    return permissions.could(actor, "registers.own.read")


def _unread(actor: Actor) -> int | None:
    return notifications.count_unread(actor.party_urn, actor.limited_to, private=actor.is_for_oneself) or None


navigation.register("hall", "home", _("概览"), "hall:home", 10, "home", _applicant)
navigation.register("hall", "cases", _("我的办件"), "hall:cases", 20, "document", _applicant)
navigation.register("hall", "credentials", _("我的证照"), "hall:credentials", 30, "shield", _applicant)
navigation.register("hall", "messages", _("我的消息"), "hall:messages", 40, "bell", _applicant, _unread)
navigation.register("hall", "data", _("我的数据"), "hall:data", 55, "archive", _sees_own)
navigation.register("hall", "reads", _("谁看过我的数据"), "hall:reads", 60, "eye", _applicant)
navigation.register("account", "hall", _("我的办事大厅"), "hall:home", 10, "user", _applicant)
