"""What can be wrong with a backup, each said with its remedy."""

from __future__ import annotations

from zhengtong.config.node.faults import NodeFault


class BackupFault(NodeFault):
    """The backup cannot be taken, read or brought back; the message says why and what to do."""


class Missing(BackupFault):
    """A piece that should lie in the store does not."""


class Damaged(BackupFault):
    """A piece was altered or cut off, or lies under a key that is not here."""
