"""Questions about recoveries of accounts; `queries` is the door."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions import services as permissions

from .links import RECOVERY_LINKS
from .models import Account, Recovery
from .rules import SLIP_LASTS


def find_account_by_slip(recovery_uuid: uuid.UUID, token: str, at: datetime) -> Account:
    """Whose account the slip opens. Raises NotFound alike for one used, too old, or never given."""
    issued = Recovery.objects.filter(uuid=recovery_uuid, state=Recovery.State.ISSUED, issued_at__gt=at - SLIP_LASTS)
    recovery = issued.select_related("account").first()
    if recovery is None or not RECOVERY_LINKS.check_token(recovery.account, token):
        raise NotFound(_("这张恢复单已使用过或已过期。"), remedy=_("请回到政务服务大厅窗口重新办理。"))
    return recovery.account


def list_recoveries(*, actor: Actor, at: datetime) -> list[Recovery]:
    """Open requests the actor asked for or may decide on, the oldest first. Raises nothing: others see none."""
    rows = Recovery.objects.open_at(at).select_related("account").order_by("requested_at")
    mine = permissions.filter(actor, "identity.recovery.issue", rows)
    theirs = permissions.filter(actor, "identity.recovery.decide", rows.filter(state=Recovery.State.REQUESTED))
    return list(mine | theirs)


def find_open_recovery(account: Account, at: datetime) -> Recovery | None:
    """What an official has asked for at a window, for its holder to see."""
    return Recovery.objects.open_at(at).filter(account=account).first()


def find_recovery(recovery_uuid: uuid.UUID) -> Recovery | None:
    """By uuid, open or closed."""
    return Recovery.objects.filter(uuid=recovery_uuid).select_related("account").first()
