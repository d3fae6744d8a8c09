"""Verbs of the log: record, receipt, seal, verify, and the keeping of its tables."""

from zhengtong.kernel.errors import Conflict

from .anchoring import anchor, read_anchor
from .batches import Act, record_many
from .findings import Fault, Report
from .receipts import (
    complete_receipt,
    complete_receipts,
    inclusion_path,
    inclusion_paths,
    receipt,
    receipt_file,
    verifier_keys,
)
from .recording import TransactionRequired, Undeclared, record, record_denial, record_read
from .sealing import seal
from .tree import Consistency, LogDamaged, origin, prove_consistency, root_at
from .upkeep import ensure_partitions, grants
from .verification import verify
from .witnessing import WatchRefused, observe, observe_all, watch, witness_key

__all__ = [
    "Act",
    "Conflict",
    "Consistency",
    "Fault",
    "LogDamaged",
    "Report",
    "TransactionRequired",
    "Undeclared",
    "WatchRefused",
    "anchor",
    "complete_receipt",
    "complete_receipts",
    "ensure_partitions",
    "grants",
    "inclusion_path",
    "inclusion_paths",
    "observe",
    "observe_all",
    "origin",
    "prove_consistency",
    "read_anchor",
    "receipt",
    "receipt_file",
    "record",
    "record_denial",
    "record_many",
    "record_read",
    "root_at",
    "seal",
    "verifier_keys",
    "verify",
    "watch",
    "witness_key",
]
