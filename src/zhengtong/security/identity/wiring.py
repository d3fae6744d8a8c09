"""Entries in the menus: under one's name, and among what an applicant owns."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.design import navigation


def _applicant(actor: Actor) -> bool:
    return actor.is_applicant


def _signed_in(actor: Actor) -> bool:
    return actor.is_authenticated


navigation.register("account", "capacity", _("切换办事身份"), "identity:capacity", 10, "users", _signed_in)
navigation.register("account", "security", _("账号安全"), "identity:security", 80, "shield", _signed_in)
navigation.register("hall", "agencies", _("我的授权与代理"), "identity:agencies", 60, "handshake", _applicant)
