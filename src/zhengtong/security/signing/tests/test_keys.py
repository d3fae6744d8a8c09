"""The node key split, recovered and changed; keys destroyed; who may."""

from __future__ import annotations

import base64
import stat
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.security.audit.models import Entry
from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.models import KeyVersion
from zhengtong.security.crypto.services import node_key
from zhengtong.security.permissions.services import Denied
from zhengtong.security.signing import queries, services

from .conftest import AT, OPERATOR, make_person

LATER = AT + timedelta(hours=2)


@pytest.fixture
def key_file(monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks) -> Path:
    """A node whose key lies in a file, as most do."""
    text = node_key.os.environ["ZT_NODE_KEY"]
    settings.ZT_KEY_FILE = tmp_path / "keys" / "node.key"
    settings.ZT_KEY_FILE.parent.mkdir()
    settings.ZT_KEY_FILE.write_text(text)
    monkeypatch.delenv("ZT_NODE_KEY")
    crypto.forget_keys()
    return settings.ZT_KEY_FILE


@pytest.mark.django_db
def test_a_rotation_is_witnessed_and_only_for_those_who_may() -> None:
    before = crypto.sign(b"x")
    services.rotate_key(actor=OPERATOR, purpose="signing", at=AT)
    assert crypto.sign(b"x").key_id != before.key_id
    assert Entry.objects.latest("id").detail == {"purpose": "signing"}
    with pytest.raises(Denied):
        services.rotate_key(actor=ANONYMOUS, purpose="signing", at=AT)
    with pytest.raises(Invalid, match="ca"):
        services.rotate_key(actor=OPERATOR, purpose="ca", at=AT)


@pytest.mark.django_db
def test_the_drill_any_two_of_three_officers_bring_the_node_back(key_file) -> None:
    sealed = crypto.encrypt("511602199001010012")
    shares = services.split_node_key(actor=OPERATOR, at=AT)
    assert len(shares) == 3
    assert not any(share in str(Entry.objects.latest("id").detail) for share in shares)
    for pair in combinations(shares, 2):
        services.recover_node_key(actor=OPERATOR, shares=pair, is_drill=True, at=AT)
    content = key_file.read_text()
    for pair in combinations(shares, 2):
        key_file.unlink()
        crypto.forget_keys()
        with pytest.raises(crypto.NodeKeyMissing):
            crypto.decrypt(sealed)
        name, path = services.recover_node_key(actor=OPERATOR, shares=pair, is_drill=False, at=AT)
        assert (path, name) == (key_file, node_key.name_of(node_key.current()))
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        assert key_file.read_text().strip() == content.strip()
        assert crypto.decrypt(sealed) == "511602199001010012"
    assert Entry.objects.filter(action="signing.key.recovered").count() == 6


@pytest.mark.django_db
def test_faulty_shares_are_refused_with_the_one_that_is_wrong(key_file) -> None:
    one, two, _ = services.split_node_key(actor=OPERATOR, at=AT)
    slip = two[:-6] + ("A" if two[-6] != "A" else "B") + two[-5:]
    for shares, wanted in (
        ([one, slip], "第 2 个分片"), ([one], "数量不足"), ([one, one], "数量不足"), (["x", two], "第 1 个分片"),
    ):  # fmt: skip
        with pytest.raises(crypto.ShareRefused, match=wanted):
            services.recover_node_key(actor=OPERATOR, shares=shares, is_drill=True, at=AT)
    with pytest.raises(Conflict, match="已经存在"):
        services.recover_node_key(actor=OPERATOR, shares=[one, two], is_drill=False, at=AT)
    with pytest.raises(Invalid):
        services.split_node_key(actor=OPERATOR, needed=1, total=3, at=AT)


@pytest.mark.django_db
def test_shares_of_another_node_do_not_open_this_one(key_file) -> None:
    own = key_file.read_text()
    key_file.write_text(base64.b64encode(b"another node's key, 32 bytes long"[:32]).decode())
    shares = crypto.split_node_key()
    key_file.write_text(own)
    with pytest.raises(crypto.NodeKeyWrong):
        services.recover_node_key(actor=OPERATOR, shares=shares[:2], is_drill=True, at=AT)


@pytest.mark.django_db
def test_the_node_key_changes_and_everything_still_opens(key_file, suite, django_capture_on_commit_callbacks) -> None:
    sealed, signature, old = crypto.encrypt("x"), crypto.sign(b"x"), key_file.read_text()
    with django_capture_on_commit_callbacks(execute=True):
        done = services.rewrap_keys(actor=OPERATOR, at=AT)
    assert key_file.read_text() != old
    assert done.put_aside.read_text() == old
    assert node_key.name_of(node_key.current()) == done.new
    assert not node_key.next_file().exists()
    crypto.forget_keys()
    assert crypto.decrypt(sealed) == "x"
    assert crypto.sign(b"x").key_id == signature.key_id
    assert set(KeyVersion.objects.values_list("wrapping", flat=True)) == {suite.cipher}
    key_file.write_text(old)
    crypto.forget_keys()
    with pytest.raises(crypto.NodeKeyWrong):
        crypto.decrypt(sealed)


@pytest.mark.django_db
def test_a_crash_between_table_and_file_leaves_a_node_that_works(key_file, django_capture_on_commit_callbacks) -> None:
    sealed = crypto.encrypt("x")
    services.rewrap_keys(actor=OPERATOR, at=AT)  # the callbacks of the commit are never run
    crypto.forget_keys()
    assert crypto.decrypt(sealed) == "x"
    crypto.rotate(purpose="data", at=AT)  # wrapped by the former one, which is still in force
    with django_capture_on_commit_callbacks(execute=True):
        services.rewrap_keys(actor=OPERATOR, at=AT)
    crypto.forget_keys()
    assert crypto.decrypt(sealed) == "x"
    assert not node_key.next_file().exists()


@pytest.mark.django_db
def test_a_key_in_the_environment_is_changed_by_a_next_one(monkeypatch) -> None:
    sealed = crypto.encrypt("x")
    with pytest.raises(crypto.NodeKeyMissing, match="ZT_NODE_KEY_NEXT"):
        services.rewrap_keys(actor=OPERATOR, at=AT)
    following = base64.b64encode(b"n" * 32).decode()
    monkeypatch.setenv("ZT_NODE_KEY_NEXT", following)
    services.rewrap_keys(actor=OPERATOR, at=AT)
    crypto.forget_keys()
    assert crypto.decrypt(sealed) == "x"
    monkeypatch.setenv("ZT_NODE_KEY", following)
    monkeypatch.delenv("ZT_NODE_KEY_NEXT")
    assert crypto.decrypt(sealed) == "x"


@pytest.mark.django_db
def test_a_destroyed_signing_key_verifies_and_signs_no_more(suite) -> None:
    signature = crypto.sign(b"old")
    row = KeyVersion.objects.get(key_id=signature.key_id)
    with pytest.raises(crypto.KeyInUse, match="在用"):
        services.destroy_key(actor=OPERATOR, purpose=row.purpose, version=row.version, at=AT)
    services.rotate_key(actor=OPERATOR, purpose="signing", at=AT)
    services.destroy_key(actor=OPERATOR, purpose=row.purpose, version=row.version, at=AT)
    row.refresh_from_db()
    assert row.state == "destroyed"
    assert crypto.verify(b"old", signature)
    assert crypto.verify(b"new", crypto.sign(b"new"))
    with pytest.raises(NotFound):
        services.destroy_key(actor=OPERATOR, purpose=row.purpose, version=row.version, at=AT)


@pytest.mark.django_db
def test_a_data_key_goes_only_when_nothing_lies_under_it() -> None:
    person = make_person()
    services.rotate_key(actor=OPERATOR, purpose="data", at=AT)
    with pytest.raises(crypto.KeyInUse, match="一小时"):
        services.destroy_key(actor=OPERATOR, purpose="data", version=1, at=AT)
    with pytest.raises(crypto.KeyInUse, match=r"identity\.person\.id_number: 1"):
        services.destroy_key(actor=OPERATOR, purpose="data", version=1, at=LATER)
    number = person.id_number
    assert not crypto.renew(at=LATER, seconds=30)
    services.destroy_key(actor=OPERATOR, purpose="data", version=1, at=LATER)
    person.refresh_from_db()
    assert person.id_number == number
    assert [row.state for row in queries.list_keys() if row.purpose == "data"] == ["destroyed", "working"]


@pytest.mark.django_db
def test_the_key_of_the_logs_codes_is_never_destroyed() -> None:
    services.rotate_key(actor=OPERATOR, purpose="index", at=AT)
    with pytest.raises(crypto.KeyInUse, match="日志"):
        services.destroy_key(actor=OPERATOR, purpose="index", version=1, at=LATER)
    services.rotate_key(actor=OPERATOR, purpose="index", at=AT)
    with pytest.raises(crypto.KeyInUse, match="盲索引"):
        services.destroy_key(actor=OPERATOR, purpose="index", version=2, at=LATER)
    crypto.renew(at=LATER, seconds=30)
    services.destroy_key(actor=OPERATOR, purpose="index", version=2, at=LATER)
