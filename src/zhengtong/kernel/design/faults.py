"""Faults that any process of the node may have to tell of, without Django."""

from __future__ import annotations

from zhengtong.kernel.errors import Unavailable, ZhengtongError
from zhengtong.kernel.wording import gettext_lazy as _

_COLLISIONS = ("40001", "40P01", "55P03")  # serialisation failure, deadlock, lock not available
_TOOK_TOO_LONG = "57014"  # cancelled by statement_timeout


class Unauthorised(ZhengtongError):
    """Nobody said who he is."""

    status = 401
    code = "unauthorised"
    remedy = _("请携带有效的会话或令牌，或先登录后再调用接口。")

    def __init__(self) -> None:
        super().__init__(_("请先登录。"))


class Misshaped(ZhengtongError):
    """A body that is no JSON."""

    remedy = _("请改正后重试。")

    def __init__(self, line: int, column: int) -> None:
        super().__init__(_("JSON 格式有误：第 %(line)s 行第 %(column)s 列。") % {"line": line, "column": column})


class TooSlow(ZhengtongError):
    status = 408
    code = "too-slow"
    title = _("提交的内容没有及时收到")
    remedy = _("请检查网络后重新提交；文件较大时，请压缩，或者换一个较快的网络。")


class NoSuchAddress(ZhengtongError):
    status = 404
    code = "not-found"
    title = _("没有找到")
    remedy = _("请检查网址，或用搜索查找。")

    def __init__(self) -> None:
        super().__init__(_("您访问的内容不存在，可能已经移动或删除。"))


class MethodRefused(ZhengtongError):
    status = 405
    code = "method-not-allowed"
    title = _("这个地址不支持这种操作")
    remedy = _("请从页面上的按钮或链接进入。")


class Failure(ZhengtongError):
    """A fault of ours. Says nothing of its cause to the outside."""

    status = 500
    code = "failure"
    title = _("系统出现故障")
    remedy = _("您的操作没有生效，已经填写的草稿仍然保留。请稍后再试；如果仍不成功，请拨打 12345。")


class StoreAway(Unavailable):
    """The database cannot be reached, or cannot write (no room, a fault of the disk). Whether the act happened may be
    unknown: the connection can break while it is being committed. Sending it again under its key does it once."""

    remedy = _("请过一会儿用原页面再次提交：已经生效的不会重复办理。程序接口请用同一个 Idempotency-Key 重试。")

    def __init__(self) -> None:
        super().__init__(_("系统暂时无法读写数据。"), headers={"Retry-After": "5"})


def from_database(sqlstate: str) -> ZhengtongError:
    """What a fault of the database means to who asked."""
    if sqlstate in _COLLISIONS:
        return Unavailable(_("同时办理的人较多，您的操作没有执行。"), headers={"Retry-After": "1"})
    if sqlstate == _TOOK_TOO_LONG:
        return Unavailable(
            _("这次查询或操作用时过长，已经停止，没有产生任何结果。"),
            remedy=_("请缩小查询范围，或者过一会儿再试。"),
            headers={"Retry-After": "30"},
        )
    return StoreAway()
