"""A definition becomes tables; a new one changes them with a preview, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict
from zhengtong.security.directory.tests.factories import ensure_directory
from zhengtong.security.identity.tests.factories import make_official
from zhengtong.security.permissions.services import Denied

from .. import catalogue, queries, services
from ..definition.reading import read_folder
from ..models import RegisterVersion
from .factories import authority

pytestmark = pytest.mark.django_db
NODE = system_actor("tests")
TEXTS = {"zh": "井", "en": "Well"}


def field(name: str, kind: str = "text", **more) -> dict:
    label = {"zh": f"井的{name}", "en": f"{name} of the well"}
    own = {
        "name": name,
        "element": f"well-{name}".replace("_", "-"),
        "label": label,
        "type": kind,
        "authority": "water",
    }
    return own | more


def wells(**changes) -> dict:
    return {
        "key": "wells", "noun": "well", "label": TEXTS, "record_label": TEXTS, "description": TEXTS,
        "basis": ["取水许可和水资源费征收管理条例"],
        "authorities": {"water": TEXTS, "health": TEXTS}, "keys": [["number"]],
        "fields": [
            field("number", required=True, fixed=True, length=10), field("depth", "decimal", digits=6, scale=1),
            field("owner", encrypted=True), field("place", "geometry"), field("quality", authority="health"),
        ],
        **changes,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _directory() -> Iterator[None]:
    ensure_directory()
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def write(tmp_path: Path):
    def written(data: dict) -> Path:
        (tmp_path / "register.yaml").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return tmp_path

    return written


def codes(folder: Path) -> set[str]:
    return {fault.code for fault in services.check_definition(folder)}


@pytest.mark.parametrize("folder", services.shipped(), ids=lambda f: f.name)
def test_the_shipped_definitions_are_sound_and_in_force(folder: Path) -> None:
    read = read_folder(folder)
    assert read.faults == []
    assert catalogue.get(folder.name) == read.definition
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE relname = %s", [read.definition.table])
        assert cursor.fetchone() == ("p" if read.definition.partitions else "r",)


def test_a_definition_becomes_tables_with_types_keys_and_a_past(write) -> None:
    version = services.publish(actor=NODE, folder=write(wells()), at=now())
    assert (version.key, version.number) == ("wells", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'register_wells'::regclass AND attnum > 0"
        )
        types = dict(cursor.fetchall())
    assert (types["number"], types["depth"], types["owner"], types["owner_index"], types["place"]) == (
        "character varying(10)", "numeric(6,1)", "bytea", "bytea", "jsonb",
    )  # fmt: skip
    water = authority("water")
    values = {"number": "W1", "depth": "30.5", "place": {"type": "Point", "coordinates": [106.6, 30.4]}, "owner": "王"}
    made = services.enter_record(actor=water, register="wells", values=values, at=now())
    record = queries.get_record("wells", made.uuid)
    assert (record["owner"], record["place"]["coordinates"], str(record["depth"])) == ("王", [106.6, 30.4], "30.5")
    services.publish(actor=NODE, folder=write(wells()), at=now())
    assert RegisterVersion.objects.filter(key="wells").count() == 1, "the same definition is no new version"


def test_only_the_node_publishes(write) -> None:
    with pytest.raises(Denied):
        services.publish(actor=make_official("administrator").actor, folder=write(wells()), at=now())


def _published(write) -> None:
    services.publish(actor=NODE, folder=write(wells()), at=now())
    services.enter_record(
        actor=authority("water"), register="wells", values={"number": "W1", "depth": "30.5"}, at=now()
    )


def test_a_wider_definition_is_a_migration_without_loss(write) -> None:
    _published(write)
    fields = wells()["fields"]
    fields[0] |= {"length": 20}
    fields[4] |= {"indexed": True, "secrecy": "open"}
    fields.append(field("fenced", "boolean"))
    wanted = services.plan(write(wells(fields=fields)))
    assert [step.code for step in wanted.steps] == [
        "field-width",
        "field-indexed",
        "field-terms",
        "field-added",
        "guards",
    ]
    assert wanted.is_possible
    services.publish(actor=NODE, folder=write(wells(fields=fields)), at=now())
    record = queries.find_record("wells", {"number": "W1"})
    assert (str(record["depth"]), record["fenced"]) == ("30.5", None)
    services.amend_record(
        actor=authority("water"),
        register="wells",
        uuid=record.uuid,
        changes={"fenced": "是"},
        reason="修围栏",
        at=now(),
    )
    assert queries.find_record("wells", {"number": "W1"})["fenced"] is True
    assert RegisterVersion.objects.get(key="wells", is_in_force=True).number == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.pop(1), "field-gone"),
        (lambda f: f[1].update(type="text"), "field-type"),
        (lambda f: f[2].update(encrypted=False), "field-type"),
        (lambda f: f[1].update(required=True) or f.append(field("x", required=True)), "field-added"),
        (lambda f: f[0].update(length=1), "field-width"),
        (lambda f: f[1].update(scale=0), "field-width"),
    ],
)
def test_what_would_lose_something_is_refused_with_the_reason(write, change, code) -> None:
    _published(write)
    fields = wells()["fields"]
    change(fields)
    folder = write(wells(fields=fields))
    wanted = services.plan(folder)
    against = {s.code for n, s in enumerate(wanted.steps) if s.is_refused or n in wanted.hindered}
    assert code in against
    with pytest.raises(Conflict) as refused:
        services.publish(actor=NODE, folder=folder, at=now())
    assert str(refused.value.remedy)
    assert str(queries.find_record("wells", {"number": "W1"})["depth"]) == "30.5"


def one_more(name: str = "x", kind: str = "text", **more) -> dict:
    return {"fields": [field("number", required=True), field(name, kind, **more)]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"keys": [["nothing"]]}, "field-unknown"), ({"keys": [["depth"]]}, "key-optional"),
        ({"authorities": {"water": TEXTS, "health": TEXTS, "martians": TEXTS}}, "authority-unused"),
        (one_more("number"), "field-repeated"), (one_more("uuid"), "field-reserved"),
        (one_more("x_index"), "field-reserved"), (one_more(authority="martians"), "authority-unknown"),
        (one_more(kind="code"), "code-table"), (one_more(kind="choice"), "choice-values"),
        (one_more(kind="date", encrypted=True), "encrypted-type"), (one_more(kind="id-number"), "id-number-clear"),
        (one_more(authority="health", required=True), "required-elsewhere"),
        (one_more(sharing="unconditional", secrecy="sensitive"), "sharing-secrecy"),
        (one_more(minimum=3), "minimum-type"), (one_more(past=True), "past-type"),
        (one_more(kind="code", code_table="nowhere") | {"authorities": {"water": TEXTS}}, "code-table-not-here"),
        ({"partitions": 4, "keys": [["number"], ["number", "number"]]}, "partitions-keys"),
        ({"colour": "red"}, "register-unknown-key"), ({"fields": []}, "register-range"),
    ],
)  # fmt: skip
def test_every_fault_of_a_definition_is_named(write, change, code) -> None:
    assert code in codes(write(wells(**change)))


def test_a_folder_without_a_definition_and_a_broken_one(tmp_path: Path) -> None:
    assert codes(tmp_path) == {"manifest-missing"}
    (tmp_path / "register.yaml").write_bytes("键: 值".encode("gbk"))
    assert codes(tmp_path) == {"file-encoding"}
    (tmp_path / "register.yaml").write_text("a: [", encoding="utf-8")
    assert codes(tmp_path) == {"yaml-syntax"}
    (tmp_path / "register.yaml").write_text("x" * 600_000, encoding="utf-8")
    assert codes(tmp_path) == {"file-too-large"}


def test_a_partitioned_register_moves_a_record_whose_key_is_corrected(write) -> None:
    services.publish(actor=NODE, folder=write(wells(partitions=4)), at=now())
    water = authority("water")
    made = [
        services.enter_record(actor=water, register="wells", values={"number": f"W{n}", "depth": n}, at=now())
        for n in range(8)
    ]
    for record in made:
        services.correct_record(
            actor=water, register="wells", uuid=record.uuid, changes={"number": f"X{record.row.values['number']}"},
            reason="编号有误", document="核查单", at=now(),
        )  # fmt: skip
    assert {queries.find_record("wells", {"number": f"XW{n}"}).uuid for n in range(8)} == {r.uuid for r in made}
