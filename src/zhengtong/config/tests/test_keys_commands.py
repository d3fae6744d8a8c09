"""`zt keys` and `zt ca`, as an operator runs them."""

from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner

from zhengtong.config.cli import main
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory.tests.factories import ensure_directory


@pytest.fixture
def zt(db, monkeypatch):
    monkeypatch.setattr("zhengtong.config.cli.adopt_node", lambda: None)
    crypto.forget_keys()

    def run(*arguments: str, code: int = 0, text: str = "") -> str:
        answer = CliRunner().invoke(main, list(arguments), input=text)
        assert answer.exit_code == code, (arguments, answer.output, answer.exception)
        return answer.output

    yield run
    crypto.forget_keys()


def test_keys_are_listed_and_rotated(zt) -> None:
    (before,) = [key for key in json.loads(zt("keys", "list", "--json")) if key["purpose"] == "signing"]
    assert "从未轮换" in zt("keys", "progress")
    assert json.loads(zt("keys", "rotate", "signing", "--json")) == {"rotated": "signing"}
    states = [key["state"] for key in json.loads(zt("keys", "list", "--json")) if key["purpose"] == "signing"]
    assert states == ["retired", "working"]
    assert before["fingerprint"][:16] in zt("keys", "list")
    assert "data was rotated" in zt("keys", "rotate", "data", "--lang", "en")
    assert json.loads(zt("keys", "progress", "--json", code=1))["finished"] is False
    assert "证件号码" in zt("keys", "progress", code=1)
    assert "Identity numbers" in zt("keys", "progress", "--lang", "en", code=1)
    assert "已销毁" in zt("keys", "destroy", "signing", "1", text="y\n")
    assert "一小时" in zt("keys", "destroy", "data", "1", "--yes", code=1)
    zt("keys", "rotate", "ca", code=2)


def test_shares_are_made_and_tried(zt) -> None:
    shares = json.loads(zt("keys", "split", "--json"))["shares"]
    assert "演练成功" in zt("keys", "recover", "--drill", shares[2], shares[0])
    assert "Nothing written" in zt("keys", "recover", "--drill", "--lang", "en", text="\n".join(shares[:2]))
    assert "第 2 个分片" in zt("keys", "recover", "--drill", shares[0], shares[1][:-1], code=1)
    assert "ZT_NODE_KEY_NEXT" in zt("keys", "rewrap", code=1)


def test_a_system_is_certified_and_revoked(zt, tmp_path) -> None:
    assert "zt ca init" in zt("ca", "issue", "exchange", "--key-out", str(tmp_path / "x.key"), code=1)
    assert not (tmp_path / "x.key").exists()
    assert zt("ca", "init").startswith("-----BEGIN CERTIFICATE-----")
    key, cert = tmp_path / "x.key", tmp_path / "x.pem"
    serial = zt("ca", "issue", "exchange", "--key-out", str(key), "--out", str(cert), "--host", "a.example").strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "PRIVATE KEY" in key.read_text()
    assert zt("ca", "check", str(cert)).strip() == "good"
    zt("ca", "issue", "exchange", "--key-out", str(key), code=1)
    zt("ca", "issue", "exchange", code=2)
    assert [row["serial"] for row in json.loads(zt("ca", "list", "--json", "--expiring", "366"))] == [serial]
    zt("ca", "revoke", serial, "--reason", "keyCompromise")
    assert zt("ca", "check", str(cert), code=1).strip() == "revoked"
    assert "X509 CRL" in zt("ca", "crl")
    assert "revoked" in zt("ca", "list")


def test_an_organisation_gets_its_seal(zt) -> None:
    ensure_directory()
    zt("ca", "init", "--name", "节点")
    assert json.loads(zt("ca", "seal", "market-regulation", "--json"))["kind"] == "seal"
    assert "no organisation" in zt("ca", "seal", "nobody", code=1)
