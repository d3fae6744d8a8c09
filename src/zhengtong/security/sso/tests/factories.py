"""A registered system with a token, for the tests of other rooms."""

from __future__ import annotations

from collections.abc import Sequence

from joserfc import jwk

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.clock import now
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import services
from ..models import System
from ..services.bearers import client_actor

OPERATOR = system_actor("tests")


def make_client(
    key: str = "register", scopes: Sequence[str] = ("credentials.read",), organisation: str = "market-regulation"
) -> tuple[Actor, str]:
    """The actor of a system that calls the interface, and its access token."""
    ensure_directory()
    at = now()
    system: System = services.register_system(
        actor=OPERATOR, key=key, title={"zh": "登记系统", "en": "Register"}, organisation_key=organisation,
        scopes=list(scopes), at=at,
    )  # fmt: skip
    public = jwk.OKPKey.generate_key("Ed25519").as_pem(private=False)
    row = services.add_key(actor=OPERATOR, key=key, data=public, at=at)
    actor = client_actor(system, list(scopes))
    return actor, services.issue_client_token(actor=actor, system=system, key=row, scopes=list(scopes), at=at)
