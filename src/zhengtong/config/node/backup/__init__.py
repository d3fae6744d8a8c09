"""Backups of a node that runs its own PostgreSQL: base, WAL and files, sealed under the node key; and the way back.

No Django: what brings a node back must not need one. The formats are told in docs/operations/backup.md.
"""
