"""The entry in the menu under one's name; the way in by the provider above; what ends with an account's sessions."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.design import navigation
from zhengtong.security.identity.providers import ON_RECOVERY, ON_SESSION_ENDED, ON_SESSIONS_ENDED, SIGN_IN_WAYS, Way
from zhengtong.security.permissions import services as permissions

from . import upstream
from .services.arrivals import forget_links
from .services.logouts import end_session_at_systems
from .services.tokens import end_all_of

navigation.register(
    "account", "connections", _("已授权的系统"), "sso:connections", 85, "link",
    lambda actor: permissions.could(actor, "sso.consent.withdraw"),
)  # fmt: skip


def _way() -> Way | None:
    above = upstream.configured()
    return Way(above.title, "sso:upstream") if above else None


SIGN_IN_WAYS.register("upstream", _way)
ON_SESSIONS_ENDED.register("sso", end_all_of)
ON_SESSION_ENDED.register("sso", end_session_at_systems)
ON_RECOVERY.register("sso", forget_links)
