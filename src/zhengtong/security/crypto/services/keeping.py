"""The keys' way out and back: destroyed, split among people, recovered, wrapped by another node key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.errors import Conflict, NotFound

from .. import rules
from ..models import KeyVersion
from . import gate, node_key
from .faults import KeyInUse, NodeKeyMissing, NodeKeyWrong, ShareRefused
from .renewal import is_index_renewed, leftovers
from .ring import Purpose, destroy_handle, forget_keys, lock_ring, secret_of, suite

WAIT_BEFORE_DESTRUCTION = timedelta(hours=1)  # longer than any transaction that began under the key


def list_keys() -> list[KeyVersion]:
    """Every version of every key, without its secret."""
    return list(KeyVersion.objects.order_by("purpose", "version").defer("wrapped"))


@transaction.atomic
def retire(*, purpose: str, at: datetime) -> None:
    """Let a named key sign no more, without a next one. Not for the node's own: those rotate."""
    if purpose in Purpose.values:
        raise ValueError(f"the node cannot work without a key for {purpose}")
    lock_ring()
    KeyVersion.objects.filter(purpose=purpose, retired_at=None).update(retired_at=at)
    forget_keys()
    transaction.on_commit(forget_keys)


# -- destroying -------------------------------------------------------------------------------------------------------
@transaction.atomic
def destroy(*, purpose: str, version: int, at: datetime) -> KeyVersion:
    """Erase the secret of a retired version for ever; what it signed stays verifiable.

    A data or index key goes only when nothing lies under it any more. Raises NotFound, KeyInUse.
    """
    lock_ring()
    row = KeyVersion.objects.select_for_update().filter(purpose=purpose, version=version).first()
    if row is None or row.destroyed_at:
        raise NotFound(_("没有可销毁的密钥 %(key)s。") % {"key": f"{purpose} {version}"})
    if row.retired_at is None:
        raise KeyInUse(_("在用的密钥不能销毁。"), remedy=_("请先轮换：zt keys rotate %s") % purpose)
    _must_be_free(row, at)
    destroy_handle(row)
    public = bytes(row.public)  # in the secret's place: that this was the node's key can be told for ever
    row.wrapped = node_key.wrap(node_key.current(), public, row.binding, row.wrapping) if public else b""
    row.destroyed_at = at
    row.save(update_fields=["wrapped", "destroyed_at"])
    forget_keys()
    transaction.on_commit(forget_keys)
    return row


def _must_be_free(row: KeyVersion, at: datetime) -> None:
    if row.purpose not in (Purpose.DATA, Purpose.INDEX):
        return
    assert row.retired_at is not None
    if at - row.retired_at < WAIT_BEFORE_DESTRUCTION:
        raise KeyInUse(_("密钥停用不足一小时，可能还有未完成的写入。"), remedy=_("请稍后再试。"))
    if row.purpose == Purpose.INDEX and row.version == 1:
        raise KeyInUse(_("第一版索引密钥用于核验日志，不能销毁。"))
    if row.purpose == Purpose.INDEX and not is_index_renewed(row.version):
        raise KeyInUse(_("盲索引尚未全部重建。"), remedy=_("请等待后台完成：zt keys progress"))
    if row.purpose == Purpose.DATA and (left := leftovers(row.version)):
        rows = ", ".join(f"{key}: {count}" for key, count in left.items())
        raise KeyInUse(
            _("仍有数据用该密钥加密：%(rows)s") % {"rows": rows}, remedy=_("请等待后台完成：zt keys progress")
        )


# -- splitting and recovering -----------------------------------------------------------------------------------------
def split_node_key(*, needed: int = 2, total: int = 3) -> list[str]:
    """The node key as shares for as many people; any `needed` of them give it back. Raises KeyFault."""
    key = node_key.current()
    return [str(share) for share in rules.split(key, name=node_key.name_of(key), needed=needed, total=total)]


def recover_node_key(shares: Sequence[str], *, is_drill: bool) -> tuple[str, Path | None]:
    """The node key's name, and the file it was written to; a drill only shows that it opens this node's ring.

    Raises ShareRefused, NodeKeyWrong (of another node, or of before the last change), Conflict (a key lies there).
    """
    key = _combined(shares)
    row = KeyVersion.objects.filter(destroyed_at=None).first()
    if row is not None:
        node_key.unwrap(iter([key]), bytes(row.wrapped), row.binding, row.wrapping)
    if is_drill:
        return node_key.name_of(key), None
    path = Path(settings.ZT_KEY_FILE)
    if path.exists():
        raise Conflict(
            _("密钥文件已经存在：%(path)s") % {"path": path}, remedy=_("请先移开现有文件，或用 --drill 演练。")
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    node_key.write_once(path, key)
    forget_keys()
    return node_key.name_of(key), path


def _combined(texts: Sequence[str]) -> bytes:
    messages = {
        "form": _("不是恢复分片，或抄写不全。"),
        "check": _("分片的校验码不符，可能抄写有误。"),
        "mixed": _("这些分片不属于同一个密钥。"),
        "few": _("分片数量不足。"),
    }
    shares: list[rules.Share] = []
    try:
        for text in texts:
            shares.append(rules.Share.read(text))
        key = rules.combine(shares)
    except rules.ShareFault as fault:
        where = _("第 %d 个分片：") % (len(shares) + 1) if len(shares) < len(texts) else ""
        raise ShareRefused(f"{where}{messages[fault.kind]}", remedy=_("请逐字核对分片。")) from fault
    if len(key) != node_key.KEY_BYTES or node_key.name_of(key) != shares[0].name:
        raise ShareRefused(messages["mixed"], remedy=_("请逐字核对分片。"))
    return key


# -- another node key -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What was done: names of the node keys, how many versions, and where the former key's file was put aside."""

    old: str
    new: str
    keys: int
    put_aside: Path | None


@transaction.atomic
def rewrap() -> Rewrapped:
    """Wrap every key by a new node key, made here or given in ZT_NODE_KEY_NEXT; to be repeated after a crash.

    The file changes when the transaction has committed; the former one stays beside it, for older backups need it.
    Raises NodeKeyMissing, NodeKeyWrong.
    """
    lock_ring()
    old, new = node_key.current(), _next_key()
    rows = list(KeyVersion.objects.select_for_update().exclude(wrapped=b""))
    for row in rows:
        secret = secret_of(row)
        row.wrapping = suite().cipher
        row.wrapped = node_key.wrap(new, secret, row.binding, row.wrapping)
        row.save(update_fields=["wrapped", "wrapping"])
    gate.open_only_for(new)
    aside = None
    if not node_key.is_in_environment():
        aside = Path(f"{settings.ZT_KEY_FILE}.{node_key.name_of(old)}")
        transaction.on_commit(lambda: _put_in_force(Path(settings.ZT_KEY_FILE), aside))
    transaction.on_commit(forget_keys)
    return Rewrapped(node_key.name_of(old), node_key.name_of(new), len(rows), aside)


def _next_key() -> bytes:
    if node_key.is_in_environment():
        key = node_key.following()
        if key is None:
            raise NodeKeyMissing(
                _("没有设置 ZT_NODE_KEY_NEXT。"),
                remedy=_("请先在所有进程的环境中设置新密钥 ZT_NODE_KEY_NEXT 并重新启动，再运行 zt keys rewrap。"),
            )
    else:
        node_key.write_once(node_key.next_file(), secrets.token_bytes(node_key.KEY_BYTES))
        key = node_key.following()
    if key is None or key == node_key.current():
        raise NodeKeyWrong(_("新旧节点主密钥相同。"))
    return key


def _put_in_force(path: Path, aside: Path) -> None:
    """The former file is put aside, the next one takes its place: at no moment is there none."""
    if not aside.exists():
        os.link(path, aside)
    os.replace(node_key.next_file(), path)
