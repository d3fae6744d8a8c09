"""A whole register in files: signed, checkable, nothing in it that was not granted; a delta makes it the next one."""

from __future__ import annotations

import csv
import itertools
import json
import uuid

import polars as pl
import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengtong.config.cli.register import command
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.registers import queries, services
from zhengtong.resources.registers.models import Snapshot
from zhengtong.resources.registers.purposes import Purpose
from zhengtong.resources.registers.services import snapshots
from zhengtong.resources.registers.tests.factories import AT, authority, entity_values, make_legal_entity, make_person
from zhengtong.resources.standards import services as standards
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.identity.tests.factories import make_official, make_resident, sign_in
from zhengtong.security.sso.tests.factories import make_client

from .test_following import ENTITIES, FIELDS, PEOPLE, grant_names, pull, subscribe

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = system_actor("tests")
WHY = Purpose("licensing", "法人库同步")


@pytest.fixture
def system() -> Client:
    _actor, token = make_client("follower", ["registers.bulk"])
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def take(folder, register=ENTITIES, *, consumer="market-regulation", **more):
    use = services.For(consumer, WHY if consumer else None)
    asked = {"file_format": "parquet", "at": AT, **more}
    return services.take_snapshot(actor=OPERATOR, register=register, folder=folder, use=use, **asked)


def rows_of(folder) -> dict[str, dict]:
    frames = [pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return {one["_uuid"]: one for one in pl.concat(frames).to_dicts()}


def test_what_is_written_is_what_the_register_holds(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(snapshots, "BATCH", 2)
    monkeypatch.setattr(snapshots, "PART", 4)
    entities = [make_legal_entity() for _ in range(5)]
    taken = take(tmp_path / "s")
    assert [part["rows"] for part in taken.manifest["files"]] == [4, 1]
    found = rows_of(tmp_path / "s")
    for one in entities:
        row = found[str(one.uuid)]
        assert (row["uscc"], row["registered_capital_fen"]) == (one["uscc"], one["registered_capital_fen"])
        assert (row["established_date"], row["_is_synthetic"]) == (one["established_date"], True)
    assert taken.manifest["synthetic_rows"] == 5
    assert services.check_snapshot(tmp_path / "s").is_good


def test_the_same_in_csv(tmp_path) -> None:
    entity = make_legal_entity(name='公司"甲",乙')
    taken = take(tmp_path / "s", file_format="csv", fields=["uscc", "name"])
    with (tmp_path / "s" / "part-00001.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["uscc"], row["name"], row["_uuid"]) == (entity["uscc"], entity["name"], str(entity.uuid))
    assert [one["name"] for one in taken.manifest["fields"]] == ["uscc", "name"]
    assert all(one["element"] and one["authority"] == "market-regulation" for one in taken.manifest["fields"])


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "added", "manifest", "signature"])
def test_any_harm_is_found(tmp_path, harm) -> None:
    make_legal_entity()
    take(tmp_path / "s")
    part, manifest = tmp_path / "s" / "part-00001.parquet", tmp_path / "s" / "manifest.json"
    whole = part.read_bytes()
    if harm == "flip":
        part.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    elif harm == "cut":
        part.write_bytes(whole[:-1])
    elif harm == "gone":
        part.unlink()
    elif harm == "added":
        (tmp_path / "s" / "more.parquet").write_bytes(b"x")
    elif harm == "manifest":
        manifest.write_text(manifest.read_text().replace('"rows": 1', '"rows": 2', 1))
    else:
        signature = tmp_path / "s" / "manifest.sig.json"
        said = json.loads(signature.read_text())
        signature.write_text(json.dumps({**said, "public_key": said["public_key"][::-1]}))
    try:
        assert not services.check_snapshot(tmp_path / "s").is_good
    except Invalid:
        assert harm == "signature", "a key that cannot be read at all"


def test_encrypted_fields_only_where_a_grant_opens_them(tmp_path) -> None:
    person = make_person()
    without = take(tmp_path / "none", PEOPLE, consumer="")
    assert "id_number" in without.left_out
    assert "id_number" not in rows_of(tmp_path / "none")[str(person.uuid)]
    with pytest.raises(Invalid) as refused:
        take(tmp_path / "refused", PEOPLE, fields=["id_number"])
    assert not (tmp_path / "refused").exists(), refused
    grant_names()
    taken = take(tmp_path / "granted", PEOPLE, fields=["id_number", "name"])
    assert rows_of(tmp_path / "granted")[str(person.uuid)]["id_number"] == person["id_number"]
    assert taken.manifest["terms"]["is_open"] is False
    assert taken.manifest["use"]["purpose"] == WHY.text


def test_everybody_whose_data_were_taken_sees_it(tmp_path) -> None:
    ensure_directory()
    resident = make_resident()
    take(tmp_path / "open", PEOPLE, consumer="")
    take(tmp_path / "s", PEOPLE)
    party = resident.actor.party_urn
    (entry,) = audit.list_reads_of(party, among=queries.whole_registers_with(party))
    assert entry.action == "registers.snapshot.begun"
    client = Client()
    sign_in(client, resident.account)
    assert "法人库同步（人口库全库快照）" in client.get("/hall/reads/").content.decode()
    assert audit.list_reads_of(party) == []


def test_what_was_undecided_when_it_was_taken_comes_with_the_delta(tmp_path, system) -> None:
    entity, subscription = make_legal_entity(), subscribe(system)
    values = connection.settings_dict
    with psycopg.connect(
        host=values["HOST"], port=values["PORT"] or None, dbname=values["NAME"], user=values["USER"]
    ) as slow:
        slow.execute("SELECT set_config('zt.acting_for', 'market-regulation', false)")
        slow.execute(f"UPDATE {queries.get_register(ENTITIES).table} SET name = '晚提交'")
        taken = take(tmp_path / "s", fields=FIELDS)
        slow.commit()
    assert rows_of(tmp_path / "s")[str(entity.uuid)]["name"] != "晚提交"
    (changed,) = pull(system, subscription, taken.manifest["position"])["records"]
    assert changed["fields"]["name"]["value"] == "晚提交"


CHANGES = st.lists(
    st.tuples(st.sampled_from(["enter", "rename", "end", "snapshot"]), st.integers(0, 30)), min_size=1, max_size=14
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=CHANGES)
def test_a_snapshot_and_the_delta_are_the_next_snapshot(tmp_path, system, history) -> None:
    standards.load_code_tables()
    folder = tmp_path / uuid.uuid4().hex
    folder.mkdir()
    take(folder / "first", fields=FIELDS)
    held, position = rows_of(folder / "first"), json.loads((folder / "first/manifest.json").read_text())["position"]
    subscription, known = subscribe(system), list(held)
    for what, which in history:
        if what == "enter" or not known:
            made = services.enter_record(
                actor=authority("market-regulation"), register=ENTITIES, values=entity_values(), at=AT
            )
            known.append(str(made.uuid))
        elif what == "snapshot":  # a consumer that catches up in between
            position = _apply(held, system, subscription, position)
        else:
            _change(known[which % len(known)], what)
    _apply(held, system, subscription, position)
    take(folder / "second", fields=FIELDS)
    assert held == rows_of(folder / "second")


_number = itertools.count()


def _change(named: str, what: str) -> None:
    entity = queries.get_record(ENTITIES, uuid.UUID(named))
    if entity["status"] == "deregistered":
        return
    changes = {"name": f"更名{next(_number)}"} if what == "rename" else {"status": "deregistered"}
    services.amend_record(
        actor=authority("market-regulation"), register=ENTITIES, uuid=entity.uuid, changes=changes, reason="变更", at=AT
    )


def _apply(held, system, subscription, position) -> str:
    """What a consumer does with a delta: put each record, as it is told, over the one it has."""
    while True:
        page = pull(system, subscription, position, limit=3)
        for one in page["records"]:
            row = {
                "_uuid": one["uuid"], "_state": one["state"], "_is_synthetic": one["is_synthetic"],
                "_valid_from": pl.Series([one["valid_from"]]).str.to_date()[0],
                "_recorded_at": pl.Series([one["recorded_at"]]).str.to_datetime(time_zone="UTC")[0],
                "_disputed": "",
            } | {name: field["value"] for name, field in one["fields"].items()}  # fmt: skip
            held[one["uuid"]] = row
        position = page["position"]
        if not page["more"]:
            return position


# -- for systems ------------------------------------------------------------------------------------------------------
def post(client, path, body, status=202):
    answer = client.post(
        f"/api/v1/registers/{path}", json.dumps(body), content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )  # fmt: skip
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_a_system_fetches_a_snapshot_and_goes_on_after_a_break(system, tmp_path, settings) -> None:
    settings.ZT_HOME = tmp_path
    make_legal_entity()
    subscription = subscribe(system)
    asked = post(system, f"{ENTITIES}/snapshots", {"subscription": subscription["uuid"]})
    assert asked["status"] == "asked"
    post(system, f"{ENTITIES}/snapshots", {"subscription": subscription["uuid"]}, status=409)
    services.make_snapshot(snapshot_uuid=uuid.UUID(asked["uuid"]), at=AT)
    base = f"/api/v1/registers/{ENTITIES}/snapshots/{asked['uuid']}"
    ready = system.get(base).json()
    assert (ready["status"], ready["rows"]) == ("ready", 1)
    target = tmp_path / "fetched"
    target.mkdir()
    for name in ready["files"]:
        first = b"".join(system.get(f"{base}/files/{name}", headers={"Range": "bytes=0-99"}).streaming_content)
        rest = system.get(f"{base}/files/{name}", headers={"Range": f"bytes={len(first)}-"})
        assert rest.status_code == 206
        (target / name).write_bytes(first + b"".join(rest.streaming_content))
    assert services.check_snapshot(target).is_good
    assert set(rows_of(target).popitem()[1]) >= set(FIELDS)
    assert pull(system, subscription, ready["position"])["records"] == []
    beyond = system.get(f"{base}/files/manifest.json", headers={"Range": "bytes=9999999-"})
    assert (beyond.status_code, system.get(f"{base}/files/..%2Fx").status_code) == (416, 404)


def test_what_was_ended_meanwhile_is_not_written_and_not_fetched(system, tmp_path, settings) -> None:
    settings.ZT_HOME = tmp_path
    make_person()
    granted = grant_names()
    subscription = subscribe(system, PEOPLE, ["name"], grant=str(granted.uuid))
    body = {"subscription": subscription["uuid"]}
    first = post(system, f"{PEOPLE}/snapshots", body)
    services.make_snapshot(snapshot_uuid=uuid.UUID(first["uuid"]), at=AT)
    second = post(system, f"{PEOPLE}/snapshots", body)
    police = make_official("decider", "public-security").actor
    services.revoke_grant(actor=police, grant_uuid=granted.uuid, reason="用途已变", at=AT)
    services.make_snapshot(snapshot_uuid=uuid.UUID(second["uuid"]), at=AT)
    assert Snapshot.objects.get(uuid=second["uuid"]).status == "failed"
    answer = system.get(f"/api/v1/registers/{PEOPLE}/snapshots/{first['uuid']}/files/manifest.json")
    assert answer.status_code == 403
    assert services.clean_snapshots(at=AT) == 1
    assert not any((tmp_path / "snapshots").glob("*/*"))


def test_the_command_takes_and_verifies(tmp_path) -> None:
    make_legal_entity()
    runner, folder = CliRunner(), tmp_path / "s"
    why = ["--for", "market-regulation", "--purpose", "licensing", "--matter", "测试"]
    done = runner.invoke(command, ["--lang", "en", "snapshot", ENTITIES, "--format", "csv", "--to", str(folder), *why])
    assert done.exit_code == 0, done.output
    assert "1 rows" in done.output
    checked = runner.invoke(command, ["--lang", "en", "snapshot", "verify", str(folder), "--json"])
    assert (checked.exit_code, json.loads(checked.output)["ok"]) == (0, True)
    wrong = runner.invoke(command, ["--lang", "en", "snapshot", "verify", str(folder), "--key", "0" * 16])
    assert wrong.exit_code == 1
    again = runner.invoke(command, ["--lang", "en", "snapshot", ENTITIES, "--to", str(folder)])
    assert (again.exit_code, "Traceback" in again.output) == (1, False)
    unknown = runner.invoke(
        command, ["--lang", "en", "snapshot", ENTITIES, "--to", str(tmp_path / "t"), "--fields", "x"]
    )
    assert unknown.exit_code == 1
    assert "x" in unknown.output
