"""`zt system`: what an operator types, and what stands in the log afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from joserfc import jwk

from zhengtong.config.cli import main
from zhengtong.security.audit.models import Entry
from zhengtong.security.directory.tests.factories import ensure_directory


@pytest.fixture
def zt(db, tmp_path: Path):
    ensure_directory()

    def run(*arguments: str, fails: bool = False) -> str:
        result = CliRunner().invoke(main, ["system", "--lang", "en", *arguments])
        assert (result.exit_code != 0) is fails, result.output
        return result.output

    return run


def test_a_system_from_registration_to_its_end(zt, tmp_path: Path) -> None:
    key = jwk.OKPKey.generate_key("Ed25519")
    public = tmp_path / "system.pub"
    public.write_bytes(key.as_pem(private=False))
    zt("add", "register", "--title", "登记", "--organisation", "market-regulation", "--scope", "credentials.read",
       "--key", str(public))  # fmt: skip
    (told,) = json.loads(zt("list", "--json"))
    assert (told["client_id"], told["state"], told["scopes"]) == ("register", "enabled", ["credentials.read"])
    (row,) = json.loads(zt("key", "list", "register", "--json"))
    assert row["revoked_at"] is None
    zt("key", "revoke", "register", row["kid"][:12])
    assert "revoked" in zt("key", "list", "register")
    zt("disable", "register")
    assert json.loads(zt("list", "--json"))[0]["state"] == "disabled"
    acts = Entry.objects.filter(action__startswith="sso.", actor_urn__startswith="system:operator:")
    assert [entry.action for entry in acts.order_by("id")] == [
        "sso.system.registered", "sso.key.added", "sso.key.revoked", "sso.system.disabled",
    ]  # fmt: skip


def test_what_is_refused_says_why(zt, tmp_path: Path) -> None:
    private = tmp_path / "system.key"
    private.write_bytes(jwk.OKPKey.generate_key("Ed25519").as_pem(private=True))
    told = zt("add", "x", "--title", "登记", "--organisation", "housing", "--redirect", "http://x.example/", fails=True)
    assert "https" in told
    assert "openid" in told
    zt("add", "x", "--title", "登记", "--organisation", "housing")
    assert "private key" in zt("key", "add", "x", str(private), fails=True)
    assert "no system named" in zt("disable", "y", fails=True)
    assert "credentials.read" in zt("scopes")
