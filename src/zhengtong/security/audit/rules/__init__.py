"""The log as pure functions: what a leaf is, how leaves become a tree, how a checkpoint and a receipt are written.

No Django, no database, no clock: the gateway process and `zt receipt verify` use the same functions. The formats are
fixed for ever; tests/vectors.json freezes them.
"""
