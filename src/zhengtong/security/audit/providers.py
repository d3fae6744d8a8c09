"""The socket of the log: which acts there are. Every room declares its own in `policies.py`."""

from __future__ import annotations

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

ACTIONS: Registry[Texts] = Registry("audit action")
"""`ACTIONS.register("cases.case.accepted", {"zh": "受理", "en": "Accepted"})`: `room.noun.happened`."""
