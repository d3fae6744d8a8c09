"""The accountability log for everybody: its signed head and its tree's hashes, in the formats other programs read.

C2SP tlog-checkpoint and tlog-tiles. Hashes only: a leaf holds URNs of who did what to what and when, which tell a
person apart for whoever knows his URN (个人信息保护法 73(3): de-identified is still personal). Its hash tells nothing,
for every leaf holds a digest blinded by the row's own salt. So there are no entry bundles; a leaf is in its receipt.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.audit import queries as audit
from zhengtong.security.permissions.services import public

_WHY = "whoever holds a receipt must be able to follow the log; hashes tell nothing of anybody"
_SECONDS = "public, max-age=5"  # the head moves; the specification: no longer than a few seconds
_FOR_EVER = "public, max-age=31536000, immutable"


@limited("published")
@require_safe
@public(_WHY)
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """/log/checkpoint: the newest signed tree head."""
    head = audit.find_checkpoint()
    if head is None:
        raise NotFound(_("日志中还没有封存的记录。"), remedy=_("请稍后再试：记录在写入后几秒内封存。"))
    return _file(head.note.encode(), "text/plain; charset=utf-8", _SECONDS)


@limited("published")
@require_safe
@public(_WHY)
def tile(request: HttpRequest, address: str) -> HttpResponse:  # noqa: ARG001
    """/log/tile/<L>/<N>[.p/<W>]: hashes of the tree, 256 in a full tile; the same for ever."""
    if address.startswith("entries/"):
        raise NotFound(
            _("本日志不公开记录本身，只公开哈希值。"),
            remedy=_("记录的内容在当事人持有的回执中，可用 zt receipt verify 核验。"),
        )
    try:
        hashes = audit.find_tile(address)
    except audit.NoTile:
        raise NotFound(
            _("不是哈希块的地址。"),
            remedy=_("地址的写法是 /log/tile/层/块号，例如 /log/tile/0/x001/234，末尾不满的块加 .p/宽度。"),
        ) from None
    if hashes is None:
        raise NotFound(
            _("已签名的日志中没有这一块哈希值。"), remedy=_("请先读取 /log/checkpoint，按其中的条数计算块号和宽度。")
        )
    return _file(hashes, "application/octet-stream", _FOR_EVER)


@limited("published")
@require_safe
@public(_WHY)
def witnessed(request: HttpRequest, origin_hash: str) -> HttpResponse:  # noqa: ARG001
    """/log/witness/<SHA-256 of the origin>/checkpoint: what this node last saw of another's log, cosigned."""
    note = audit.find_cosigned(origin_hash)
    if note is None:
        raise NotFound(_("本节点没有见证这个日志。"), remedy=_("地址中是日志名称的 SHA-256（小写十六进制）。"))
    return _file(note.encode(), "text/plain; charset=utf-8", _SECONDS)


def _file(data: bytes, kind: str, caching: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers={"Cache-Control": caching})
