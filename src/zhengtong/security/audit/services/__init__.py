"""Verbs of the log: record, receipt, seal, verify, and the keeping of its tables."""

from .recording import TransactionRequired, Undeclared, record, record_denial, record_read

__all__ = ["TransactionRequired", "Undeclared", "record", "record_denial", "record_read"]
