"""The entry in the menu under one's name."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.design import navigation
from zhengtong.security.permissions import services as permissions

navigation.register(
    "account", "connections", _("已授权的系统"), "sso:connections", 85, "link",
    lambda actor: permissions.could(actor, "sso.consent.withdraw"),
)  # fmt: skip
