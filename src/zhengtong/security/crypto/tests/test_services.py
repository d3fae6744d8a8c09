"""Keys at work, and what happens when they are not there."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as settings_module
from django.core.exceptions import FieldError
from django.db import connection, models

from zhengtong.security.crypto import rules, services
from zhengtong.security.crypto.models import KeyVersion
from zhengtong.security.crypto.providers import KEY_PROVIDERS, EncryptedTextField
from zhengtong.security.crypto.services import ring

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_keys():
    services.forget_keys()
    yield
    services.forget_keys()


@pytest.fixture(params=["default", "national"])
def suite(request, settings, db):
    """Every test that asks for it is held under both suites."""
    settings.ZT_CRYPTO_SUITE = request.param
    services.ensure_ring(at=AT)
    return services.suite()


def test_a_signature_holds_for_its_bytes_and_no_others(suite) -> None:
    signature = services.sign(b"what was done")
    assert services.verify(b"what was done", signature)
    assert not services.verify(b"what was Done", signature)
    (key,) = [key for key in services.public_keys() if key.key_id == signature.key_id]
    assert services.verify(b"what was done", signature, key.raw)
    assert not services.verify(b"what was done", signature, bytes(32))
    unknown = services.Signature("0" * 16, signature.algorithm, signature.value)
    assert not services.verify(b"what was done", unknown)


def test_every_signature_of_the_node_is_verified_by_openssl(suite, tmp_path) -> None:
    for signature in [services.sign(b"by another hand"), *services.sign_all(b"by another hand")]:
        key = services.find_public_key(signature.key_id)
        (tmp_path / "key.pem").write_text(rules.as_pem(key.raw))
        (tmp_path / "data").write_bytes(b"by another hand")
        (tmp_path / "sig").write_bytes(signature.value)
        options = "-digest sm3 -pkeyopt distid:1234567812345678" if key.algorithm == "SM2" else ""
        run = partial(subprocess.run, shell=True, cwd=tmp_path, check=True, capture_output=True)
        run(f"openssl pkeyutl -verify -pubin -inkey key.pem -rawin {options} -in data -sigfile sig")
        assert run("openssl pkey -pubin -in key.pem -outform DER").stdout == rules.as_der(key.raw)
        (tmp_path / "data").write_bytes(b"by another Hand")
        with pytest.raises(subprocess.CalledProcessError):
            run(f"openssl pkeyutl -verify -pubin -inkey key.pem -rawin {options} -in data -sigfile sig")


def test_the_suite_decides_the_algorithms(suite) -> None:
    wanted = {"default": ("Ed25519", ["Ed25519"], "SHA-256"), "national": ("SM2", ["Ed25519", "SM2"], "SM3")}
    made = (services.sign(b"").algorithm, [s.algorithm for s in services.sign_all(b"")], services.digest(b"")[0])
    assert made == wanted[suite.key]
    assert all(services.verify(b"", signature) for signature in services.sign_all(b""))
    kinds = dict(KeyVersion.objects.filter(retired_at=None).values_list("purpose", "algorithm"))
    assert (kinds["data"], kinds["index"]) == (suite.cipher, suite.code)


@pytest.mark.django_db
def test_another_suite_reads_what_the_former_wrote(settings) -> None:
    old, signature, index = services.encrypt("旧"), services.sign(b"old"), services.blind_index("5116", "id")
    code = services.mac(b"leaf", "audit leaf")
    settings.ZT_CRYPTO_SUITE = "national"
    services.ensure_ring(at=AT)
    assert services.decrypt(old) == "旧"
    assert services.verify(b"old", signature)
    assert services.mac(b"leaf", "audit leaf") == code
    assert services.blind_index("5116", "id") != index
    assert index in services.blind_indexes("5116", "id")
    settings.ZT_CRYPTO_SUITE = "default"
    services.ensure_ring(at=AT)
    assert services.sign(b"").algorithm == "Ed25519"
    settings.ZT_CRYPTO_SUITE = "morse"
    with pytest.raises(services.SuiteUnusable, match="morse"):
        services.sign(b"")


def test_a_signature_is_not_taken_for_one_of_another_algorithm(suite) -> None:
    signature = services.sign(b"x")
    other = "SM2" if signature.algorithm == "Ed25519" else "Ed25519"
    assert not services.verify(b"x", services.Signature(signature.key_id, other, signature.value))


def test_texts_come_back_and_never_look_alike(suite) -> None:
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


def test_blind_indexes_find_again_within_their_context_only(suite) -> None:
    assert services.blind_index("511602", "id") == services.blind_index("511602", "id")
    assert services.blind_index("511602", "id") != services.blind_index("511602", "phone")
    assert len(services.blind_index("", "id")) == 32


def test_for_many_texts_the_same_comes_of_keys_set_up_once(suite) -> None:
    services.rotate(purpose="index", at=AT)
    seal, indexers = services.encrypter(), services.blind_indexers("a")
    assert services.decrypt(seal("张三")) == "张三"
    assert seal("张三") != seal("张三")
    assert [code("张三") for code in indexers] == services.blind_indexes("张三", "a")
    assert indexers[0]("张三") == services.blind_index("张三", "a")
    assert len(indexers) >= 2


def test_rotation_keeps_the_past_readable(suite) -> None:
    signature, sealed = services.sign(b"old"), services.encrypt("old")
    services.rotate(purpose="signing", at=AT)
    services.rotate(purpose="data", at=AT)
    assert services.sign(b"new").key_id != signature.key_id
    assert services.verify(b"old", signature)
    assert rules.key_version_of(services.encrypt("new")) == rules.key_version_of(sealed) + 1
    assert services.decrypt(sealed) == "old"


def test_an_index_key_changes_and_the_old_index_still_finds(suite) -> None:
    before, code = services.blind_index("511602", "id"), services.mac(b"leaf", "audit leaf")
    services.rotate(purpose="index", at=AT)
    after = services.blind_index("511602", "id")
    assert after != before
    assert services.blind_indexes("511602", "id")[0] == after
    assert before in services.blind_indexes("511602", "id")
    assert services.mac(b"leaf", "audit leaf") == code


def test_a_named_key_is_made_by_its_first_rotation(suite) -> None:
    with pytest.raises(LookupError, match="seal:1"):
        services.sign_as("seal:1", b"paper")
    first = services.rotate(purpose="seal:1", at=AT)
    signature = services.sign_as("seal:1", b"paper")
    assert (signature.key_id, signature.algorithm) == (first.key_id, suite.signature)
    second = services.rotate(purpose="seal:1", at=AT)
    assert services.sign_as("seal:1", b"paper").key_id == second.key_id
    assert services.verify(b"paper", signature)
    assert services.find_working_key("seal:1").key_id == second.key_id
    assert {key.key_id for key in services.public_keys()}.isdisjoint({first.key_id, second.key_id})


@pytest.mark.django_db
def test_another_provider_keeps_the_private_key_to_itself(settings) -> None:
    vault = {}

    class Vault:
        def make(self, algorithm):
            handle = f"slot-{len(vault)}".encode()
            vault[handle] = rules.make_signing_key(algorithm)
            return handle, rules.public_of(vault[handle], algorithm)

        def open(self, algorithm, handle):
            return rules.open_signer(vault[handle], algorithm)

        def destroy(self, algorithm, handle):
            del vault[handle]

    settings.ZT_KEY_PROVIDER = "vault"
    with pytest.raises(services.ProviderMissing, match="vault"):
        services.rotate(purpose="signing", at=AT)
    KEY_PROVIDERS.register("vault", Vault())
    try:
        services.rotate(purpose="signing", at=AT)
        signature = services.sign(b"in the vault")
        assert services.verify(b"in the vault", signature)
        row = KeyVersion.objects.get(key_id=signature.key_id)
        assert (row.provider, ring.secret_of(row)) == ("vault", b"slot-0")
    finally:
        del KEY_PROVIDERS._items["vault"]


@pytest.mark.django_db(transaction=True)
def test_a_rotation_in_another_process_is_noticed_within_a_minute(monkeypatch) -> None:
    old = services.sign(b"x")
    code = (
        "import django; django.setup(); from zhengtong.kernel import clock;"
        "from zhengtong.security.crypto import services as s;"
        "s.rotate(purpose='signing', at=clock.now()); s.rotate(purpose='data', at=clock.now());"
        "print(s.sign(b'x').key_id)"
    )
    url = f"postgresql://{quote(connection.settings_dict['USER'])}@/{connection.settings_dict['NAME']}?" + urlencode(
        {"host": connection.settings_dict["HOST"], "port": connection.settings_dict["PORT"]}
    )
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "zhengtong.config.settings"}
    environment |= {"PYTHONPATH": str(settings_module.PACKAGE.parent)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert services.sign(b"x").key_id == old.key_id, "the ring is not asked anew at every use"
    monkeypatch.setattr(ring, "CHECK_EVERY", 0.0)
    assert services.sign(b"x").key_id == told.stdout.strip()
    assert rules.key_version_of(services.encrypt("x")) == 2
    assert services.verify(b"x", old)


def test_a_process_looks_for_changes_often_enough() -> None:
    source = Path(ring.__file__).read_text()
    (seconds,) = re.findall(r"^CHECK_EVERY = ([0-9.]+)", source, re.MULTILINE)
    assert float(seconds) <= 30


@pytest.mark.django_db
def test_looking_for_changes_costs_one_query_and_none_in_a_failed_transaction(
    monkeypatch, django_assert_num_queries
) -> None:
    services.sign(b"warm")
    monkeypatch.setattr(ring, "CHECK_EVERY", 0.0)
    with django_assert_num_queries(1):
        services.sign(b"x")
    connection.needs_rollback = True
    try:
        services.sign(b"x")
    finally:
        connection.needs_rollback = False


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


def test_an_empty_ring_says_so(suite) -> None:
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
