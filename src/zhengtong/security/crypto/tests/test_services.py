"""Keys at work, and what happens when they are not there."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models

from zhengtong.security.crypto import rules, services
from zhengtong.security.crypto.providers import EncryptedTextField

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_keys():
    services.forget_keys()
    yield
    services.forget_keys()


@pytest.mark.django_db
def test_a_signature_holds_for_its_bytes_and_no_others() -> None:
    signature = services.sign(b"what was done")
    assert services.verify(b"what was done", signature)
    assert not services.verify(b"what was Done", signature)
    (key,) = [key for key in services.public_keys() if key.key_id == signature.key_id]
    assert services.verify(b"what was done", signature, key.raw)
    assert not services.verify(b"what was done", signature, bytes(32))
    unknown = services.Signature("0" * 16, signature.algorithm, signature.value)
    assert not services.verify(b"what was done", unknown)


@pytest.mark.django_db
def test_openssl_agrees(tmp_path) -> None:
    signature = services.sign(b"by another hand")
    key = services.find_public_key(signature.key_id)
    (tmp_path / "key.pem").write_text(rules.as_pem(key.raw))
    (tmp_path / "data").write_bytes(b"by another hand")
    (tmp_path / "sig").write_bytes(signature.value)
    run = partial(subprocess.run, shell=True, cwd=tmp_path, check=True, capture_output=True)
    run("openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in data -sigfile sig")
    assert run("openssl pkey -pubin -in key.pem -outform DER").stdout == rules.as_der(key.raw)
    assert rules.from_pem(rules.as_pem(key.raw) * 2) == [key.raw, key.raw]


@pytest.mark.django_db
def test_texts_come_back_and_never_look_alike() -> None:
    assert services.decrypt(services.encrypt("511602199001010012")) == "511602199001010012"
    assert services.encrypt("张三") != services.encrypt("张三")
    sealed = bytearray(services.encrypt("张三"))
    sealed[-1] ^= 1
    with pytest.raises(rules.Undecryptable):
        services.decrypt(bytes(sealed))
    with pytest.raises(rules.Undecryptable):
        services.decrypt(b"\x01\x00\x01short")
    unknown = services.encrypt("x")
    with pytest.raises(rules.Undecryptable, match="version 77"):
        services.decrypt(unknown[:1] + (77).to_bytes(2, "big") + unknown[3:])


@pytest.mark.django_db
def test_blind_indexes_find_again_within_their_context_only() -> None:
    assert services.blind_index("511602", "id") == services.blind_index("511602", "id")
    assert services.blind_index("511602", "id") != services.blind_index("511602", "phone")
    assert len(services.blind_index("", "id")) == 32


@pytest.mark.django_db
def test_rotation_keeps_the_past_readable() -> None:
    signature, sealed = services.sign(b"old"), services.encrypt("old")
    services.rotate(purpose="signing", at=AT)
    services.rotate(purpose="data", at=AT)
    assert services.sign(b"new").key_id != signature.key_id
    assert services.verify(b"old", signature)
    assert rules.key_version_of(services.encrypt("new")) == rules.key_version_of(sealed) + 1
    assert services.decrypt(sealed) == "old"
    with pytest.raises(ValueError, match="blind index"):
        services.rotate(purpose="index", at=AT)


@pytest.mark.django_db
def test_a_wrong_or_missing_node_key_says_so(monkeypatch, settings, tmp_path) -> None:
    monkeypatch.setenv("ZT_NODE_KEY", base64.b64encode(bytes(32)).decode())
    with pytest.raises(services.NodeKeyWrong):
        services.sign(b"")
    monkeypatch.setenv("ZT_NODE_KEY", "too short")
    services.forget_keys()
    with pytest.raises(services.NodeKeyWrong, match="Base64"):
        services.sign(b"")
    monkeypatch.delenv("ZT_NODE_KEY")
    settings.ZT_KEY_FILE = tmp_path / "absent"
    services.forget_keys()
    with pytest.raises(services.NodeKeyMissing) as caught:
        services.sign(b"")
    assert "absent" in str(caught.value.message)
    assert "zt up" in str(caught.value.remedy)


@pytest.mark.django_db
def test_an_empty_ring_says_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM security_crypto_key")
    with pytest.raises(services.KeyRingEmpty):
        services.encrypt("x")
    services.ensure_ring(at=AT)
    services.ensure_ring(at=AT)
    assert services.decrypt(services.encrypt("x")) == "x"


def test_the_node_key_is_made_once_and_only_for_its_owner(monkeypatch, settings, tmp_path) -> None:
    monkeypatch.delenv("ZT_NODE_KEY")
    settings.ZT_KEY_FILE = tmp_path / "keys" / "node.key"
    path = services.ensure_node_key()
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.b64decode(content)) == 32
    assert services.ensure_node_key().read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["node.key"]


def test_eight_processes_at_once_make_one_node_key(tmp_path) -> None:
    code = (
        "import django, pathlib, sys; from django.conf import settings;"
        "settings.configure(ZT_KEY_FILE=pathlib.Path(sys.argv[1]), INSTALLED_APPS=['zhengtong.security.crypto']);"
        "django.setup();"
        "import zhengtong.security.crypto.services as s; print(s.ensure_node_key().read_text())"
    )
    env = {key: value for key, value in os.environ.items() if key != "ZT_NODE_KEY"}
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "node.key")], env=env, stdout=subprocess.PIPE)
        for _ in range(8)
    ]
    assert len({run.communicate()[0] for run in runs}) == 1
    assert all(run.returncode == 0 for run in runs)


class Secret(models.Model):
    text = EncryptedTextField(null=True)

    class Meta:
        app_label = "security_crypto"
        managed = False


@pytest.mark.django_db
def test_an_encrypted_column_reads_as_text_and_cannot_be_searched() -> None:
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE security_crypto_secret (id bigserial PRIMARY KEY, text bytea)")
    for text in ("13812345678", "", None):
        row = Secret.objects.create(text=text)
        assert Secret.objects.get(pk=row.pk).text == text
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM security_crypto_secret ORDER BY id LIMIT 1")
        assert b"138" not in bytes(cursor.fetchone()[0])
    with pytest.raises(FieldError, match="blind index"):
        Secret.objects.filter(text="13812345678").exists()
    assert Secret.objects.filter(text__isnull=True).count() == 1


@pytest.mark.django_db
def test_signing_is_cheap() -> None:
    services.sign(b"warm")
    best = min(_seconds_for_a_hundred() for _ in range(5))
    assert best / 100 < 0.000_2


def _seconds_for_a_hundred() -> float:
    start = time.perf_counter()
    for _ in range(100):
        services.sign(b"x" * 500)
    return time.perf_counter() - start
