"""The life of the node's keys, each step witnessed: rotate, destroy, split, recover, change of the node key."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.ids import make_urn
from zhengtong.security.audit import services as audit
from zhengtong.security.crypto import services as crypto
from zhengtong.security.permissions import services as permissions

ROTATABLE = ("signing", "data", "index", "oidc")
_RING = uuid.UUID(int=0)  # the ring of the node as the object of an act


@transaction.atomic
def rotate_key(*, actor: Actor, purpose: str, at: datetime) -> None:
    """A new version works from now on; every process has noticed it within a minute. Raises Invalid, Denied."""
    permissions.require(actor, "signing.key.manage")
    if purpose not in ROTATABLE:
        raise Invalid(
            _("没有可轮换的密钥“%s”。") % purpose,
            remedy=_("可轮换 signing、data、index、oidc；证书机构用 zt ca init，印章用 zt ca seal。"),
        )
    crypto.rotate(purpose=purpose, at=at)
    _witness(actor, "rotated", at, purpose=purpose)


@transaction.atomic
def destroy_key(*, actor: Actor, purpose: str, version: int, at: datetime) -> None:
    """Erase a retired version's secret for ever. Raises NotFound, crypto.KeyInUse (naming what needs it)."""
    permissions.require(actor, "signing.key.manage")
    row = crypto.destroy(purpose=purpose, version=version, at=at)
    _witness(actor, "destroyed", at, purpose=purpose, version=version, key_id=row.key_id)


@transaction.atomic
def split_node_key(*, actor: Actor, needed: int = 2, total: int = 3, at: datetime) -> list[str]:
    """The node key as shares; they are shown once and kept nowhere. Raises Invalid, KeyFault, Denied."""
    permissions.require(actor, "signing.key.manage")
    if not 2 <= needed <= total <= 16:
        raise Invalid(_("分片数须为 2 至 16，恢复所需的份数不少于 2 且不多于总数。"))
    shares = crypto.split_node_key(needed=needed, total=total)
    _witness(actor, "split", at, needed=needed, total=total)
    return shares


@transaction.atomic
def recover_node_key(*, actor: Actor, shares: Sequence[str], is_drill: bool, at: datetime) -> tuple[str, Path | None]:
    """Put the node key back from its shares, or show in a drill that they would do. Answers its name and the file.

    Raises crypto.ShareRefused, crypto.NodeKeyWrong, Conflict, Denied.
    """
    permissions.require(actor, "signing.key.manage")
    name, path = crypto.recover_node_key(shares, is_drill=is_drill)
    _witness(actor, "recovered", at, node_key=name, drill=is_drill)
    return name, path


@transaction.atomic
def rewrap_keys(*, actor: Actor, at: datetime) -> crypto.Rewrapped:
    """Change the node key; no process has to stop. Repeat it after a crash. Raises KeyFault, Denied."""
    permissions.require(actor, "signing.key.manage")
    done = crypto.rewrap()
    _witness(actor, "rewrapped", at, old=done.old, new=done.new, keys=done.keys)
    return done


def _witness(actor: Actor, what: str, at: datetime, **detail: object) -> None:
    audit.record(actor, f"signing.key.{what}", make_urn("signing", "ring", _RING), at=at, detail=detail)
