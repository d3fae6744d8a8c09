"""A node signs sessions and forms with its own secret, or does not run."""

from __future__ import annotations

from django.conf import settings

from zhengtong.config.node.faults import NodeFault


class SecretMissing(NodeFault):
    """The key that signs sessions cannot be read; going on would mean signing with a published one."""


def require_secret() -> None:
    """Raises SecretMissing where the settings fell back to the key that stands in the sources."""
    if settings.SECRET_KEY == settings.PUBLIC_SECRET:
        file = settings.ZT_HOME / "keys" / "secret"
        raise SecretMissing(
            f"The secret that signs sessions cannot be read from {file}: give the file back to the account the node "
            "runs as, or set ZT_SECRET_KEY; `zt prepare` makes a new one where there is none."
        )
