"""Why a token does not count, in whatever process it is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.wording import gettext_lazy as _

UNKNOWN = _("没有这样的令牌。")


class TokenRefused(ZhengtongError):
    """The token is unknown, has run out, was revoked, or its system or key does not count any more (RFC 6750)."""

    status = 401
    code = "invalid-token"
    title = _("令牌无效")
    remedy = _("请重新取得令牌；仍不成功的，请核对系统是否被停用、密钥或证书是否已吊销。")

    def __init__(self, reason: Any, **extra: Any) -> None:
        super().__init__(reason, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}, **extra)
        self.system: Any = None  # the system that showed it, where it is known


def fault_of(
    *, is_disabled: bool, is_ended: bool, expires_at: datetime, is_key_good: Callable[[], bool], at: datetime
) -> Any:
    """The first reason why an access token does not count, None where it does. The key is asked about last."""
    if is_disabled:
        return _("该系统已停用。")
    if is_ended:
        return _("该令牌已失效。")
    if expires_at <= at:
        return _("该令牌已过期。")
    return None if is_key_good() else _("取得该令牌所用的密钥或证书已失效。")
