"""How often one may guess: counted where all processes see it, and by network, so that nobody locks another out."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import takewhile

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhengtong.security.audit import queries as audit

from ..counted import CLEARED, REFUSED
from ..models import Account

FROM_ONE_NETWORK, WHILE = 5, timedelta(minutes=15)
FROM_EVERYWHERE, LONG = 30, timedelta(hours=1)


def network(request: HttpRequest) -> str:
    """The address in IPv4; in IPv6 the first of its /64, for one subscriber has all of that."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    return _network_of(text)


def _network_of(text: str) -> str:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return text if address.version == 4 else str(ip_network((address, 64), strict=False).network_address)


def wrong_codes(account: Account) -> list[tuple[datetime, str]]:
    """When and from which network, the newest first, back to when an official last cleared the account."""
    entries = audit.list_for_object(account.urn, FROM_EVERYWHERE, done=[REFUSED, *CLEARED])
    standing = takewhile(lambda entry: entry.action == REFUSED, entries)
    return [(entry.at, _network_of(str(entry.detail.get("ip", "")))) for entry in standing]


def require_open(account: Account, request: HttpRequest, at: datetime) -> None:
    """Neither this network nor the whole world has guessed too many codes. Trying on is not counted, and prolongs
    nothing. Raises ValidationError."""
    wrong = wrong_codes(account)
    here = network(request)
    if len([1 for when, where in wrong if where == here and when > at - WHILE]) >= FROM_ONE_NETWORK:
        raise ValidationError(_("动态口令连续输错 5 次，请 15 分钟后再试，或改用通行密钥。再试不会延长时间。"))
    if len([1 for when, _where in wrong if when > at - LONG]) >= FROM_EVERYWHERE:
        raise ValidationError(
            _("有人在别处反复猜测此账号的动态口令。请一小时后再试，或改用通行密钥；登录后请立即修改密码。")
        )
