"""The answer to who asks too often, and the counting of a process that counts for itself. No Django."""

from __future__ import annotations

import math
from collections import OrderedDict

from zhengtong.kernel.errors import ZhengtongError
from zhengtong.kernel.wording import gettext_lazy as _
from zhengtong.kernel.wording import ngettext

MINUTE = 60.0


class TooManyRequests(ZhengtongError):
    """`wait`: seconds until the next request is granted."""

    status = 429
    code = "too-many-requests"
    title = _("请求过于频繁")
    remedy = _("请稍候再试。提交表单时遇到本提示的，请返回上一页，您填写的内容还在。")

    def __init__(self, wait: float) -> None:
        seconds = math.ceil(wait)
        message = ngettext(
            "为保证大家都能使用，请在 %(seconds)d 秒后再试。",
            "为保证大家都能使用，请在 %(seconds)d 秒后再试。",
            seconds,
        ) % {"seconds": seconds}
        super().__init__(message, headers={"Retry-After": str(seconds)})


class Meter:
    """Allowances kept in memory: as `services.take` counts (GCRA), for one process.

    Of at most `most` clients: the one that asked longest ago is forgotten first.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._spent_until: OrderedDict[str, float] = OrderedDict()
        self._most = most

    def take(self, client: str, a_minute: float, now: float) -> float:
        """Take one request at a moment (seconds of a clock that never goes back). 0 when it was granted, else the
        seconds until the next one is."""
        step = MINUTE / a_minute
        spent = max(self._spent_until.pop(client, now), now)
        wait = spent - now - (MINUTE - step)
        self._spent_until[client] = spent if wait > 0 else spent + step
        if len(self._spent_until) > self._most:
            self._spent_until.popitem(last=False)
        return max(0.001, wait) if wait > 0 else 0.0
