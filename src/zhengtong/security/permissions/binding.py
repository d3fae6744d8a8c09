"""How far a role may be made to reach: levels this node may hold, purposes somebody declared."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.texts import localised

from .declared import ROLES
from .purposes import PURPOSES
from .rules import Reach, Secrecy, highest_held


def check_holdable(level: Secrecy) -> None:
    """Raises Invalid for a level that a node of this zone may not hold (保守国家秘密法: no secrets on a public net)."""
    highest = highest_held(settings.ZT_NODE_ZONE)
    if level > highest:
        message = _("本节点最高只能存储“%(highest)s”级信息，不得存储、处理“%(level)s”级信息。") % {
            "highest": localised(highest.label), "level": localised(level.label),
        }  # fmt: skip
        raise Invalid(
            message, remedy=_("国家秘密请在政务内网的节点上办理。"), fields=[FieldError("secrecy", str(message))]
        )


def check_reach(role: str, reach: Reach | None) -> Reach:
    """The reach to bind: what was asked for, or the role's own. Raises Invalid."""
    definition = ROLES.find(role)
    found = reach or (definition.reach if definition else Reach())
    check_holdable(found.clearance)
    check_purposes(found)
    return found


def check_purposes(reach: Reach) -> None:
    """Raises Invalid for a purpose nobody declared."""
    if unknown := sorted((reach.purposes or frozenset()) - set(PURPOSES)):
        raise Invalid(
            _("没有名为“%s”的目的。") % "、".join(unknown), remedy=_("可用目的：%s") % "、".join(sorted(PURPOSES))
        )


def columns(reach: Reach) -> dict[str, Any]:
    """As a binding keeps it."""
    purposes = None if reach.purposes is None else sorted(reach.purposes)
    return {"extent": reach.extent.value, "clearance": reach.clearance.value, "purposes": purposes}
