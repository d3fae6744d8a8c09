"""Bulk loading: what comes of each row, whatever the file looks like."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.identifiers import id_check_character, synthetic_id_number
from zhengtong.resources.standards import services as standards
from zhengtong.security.audit.models import Entry as LogEntry
from zhengtong.security.permissions.services import Denied

from .. import catalogue, queries, rows, services
from ..loading.faults import Unloadable
from ..models import Act, Load
from ..queries import LEGAL_ENTITIES, POPULATION
from .factories import AT, authority, entity_values, person_values

pytestmark = pytest.mark.django_db
FIELDS = ("id_number", "name", "sex", "birth_date", "status", "division", "phone", "address_text", "marital")
LATER = AT + timedelta(days=3)


def person(serial: int, **changes: Any) -> dict[str, str]:
    """Nothing in it contradicts the number."""
    own = {"id_number": number(serial), "birth_date": f"{1950 + serial // 1000}-02-03", "sex": "12"[serial % 2 == 0]}
    values = person_values(**own, address_text="演示路1号", marital="10")
    return {name: values.get(name, "") for name in FIELDS} | changes


def number(serial: int) -> str:
    from datetime import date

    return synthetic_id_number(serial % 1000, born=date(1950 + serial // 1000, 2, 3))


def as_csv(people: list[dict[str, str]], *, delimiter: str = ",", head: tuple[str, ...] = FIELDS) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(head)
    writer.writerows([list(one.values()) for one in people])
    return text.getvalue()


def enter(serial: int, **changes: Any) -> None:
    standards.load_code_tables()
    services.enter_record(
        actor=authority("public-security", "civil-affairs"), register=POPULATION, values=person(serial, **changes),
        at=AT,
    )  # fmt: skip


@pytest.fixture
def load(tmp_path: Path, settings):
    settings.ZT_DEMO = True  # numbers of nobody
    standards.load_code_tables()
    actor = authority("public-security", "civil-affairs", "education", "health")

    def run(content: str | bytes | Path, *, register: str = POPULATION, name: str = "people.csv", at=AT, by=actor,
            batch_rows: int = 20_000, table: str = "", sheet: str = "", **options: Any) -> Any:  # fmt: skip
        path = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        chosen = services.Options(outcome=tmp_path / "outcome.csv", **options)
        source = services.open_source(str(path), table=table, sheet=sheet)
        return services.load(
            actor=by, register=register, source=source, options=chosen, clock=lambda: at, batch_rows=batch_rows
        )

    return run


def told(done: Any) -> list[dict[str, str]]:
    with done.outcome.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def codes(done: Any) -> list[tuple[str, str, str]]:
    return [(one["row"], one["outcome"], one["code"]) for one in told(done)]


def counts(done: Any) -> tuple[int, int, int, int]:
    return tuple(done.counts[name] for name in ("new", "changed", "unchanged", "bad"))


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_population")
        return cursor.fetchone()[0]


# -- rows become records ----------------------------------------------------------------------------------------------
def test_new_rows_are_records_and_the_same_file_changes_nothing(load) -> None:
    text = as_csv([person(1), person(2)])
    done = load(text)
    assert counts(done) == (2, 0, 0, 0)
    found = queries.find_person(number(1))
    assert (found["name"], found["phone"], found["division"]) == ("王演示", "19900000000", "511602")
    again = load(text, at=LATER)
    assert counts(again) == (0, 0, 2, 0)
    assert [one.valid_from for one in rows.versions(found.definition, found.row, believed_only=False)] == [
        china_date(AT)
    ]


def test_the_outcome_file_tells_every_row_with_a_masked_key(load) -> None:
    done = load(as_csv([person(1), person(2, name="")]))
    lines = told(done)
    assert [(one["row"], one["outcome"], one["field"], one["code"]) for one in lines] == [
        ("2", "new", "", ""), ("3", "bad", "name", "missing"),
    ]  # fmt: skip
    assert number(2) not in done.outcome.read_text(encoding="utf-8")
    assert lines[1]["key"] == f"999{'*' * 11}{number(2)[-4:]}"
    assert lines[1]["message_zh"] == "不能为空。"
    assert lines[1]["message_en"].isascii()
    assert done.outcome.stat().st_mode & 0o777 == 0o600


def test_rejected_rows_are_kept_as_they_came_and_can_be_loaded_once_mended(load) -> None:
    done = load(as_csv([person(1), person(2, sex="7")]))
    rejected = done.outcome.with_suffix(".rejected.csv")
    text = rejected.read_text(encoding="utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text))) == [person(2, sex="7")]
    assert counts(load(text.replace(",7,1950", ",2,1950"), name="mended.csv")) == (1, 0, 0, 0)


def test_what_a_load_changes_is_what_an_amendment_would_change(load) -> None:
    for serial in (1, 3):
        enter(serial)
    changes = {"name": "王改名", "phone": "19911112222", "address_text": ""}
    services.amend_record(
        actor=authority("public-security"), register=POPULATION, uuid=queries.find_person(number(3)).uuid,
        changes=changes, since=china_date(LATER), reason="变更", at=LATER,
    )  # fmt: skip
    assert counts(load(as_csv([person(1, **changes)]), at=LATER)) == (0, 1, 0, 0)
    assert history(1) == history(3)
    # and once more on the same day
    services.amend_record(
        actor=authority("public-security"), register=POPULATION, uuid=queries.find_person(number(3)).uuid,
        changes={"name": "王又改"}, since=china_date(LATER), reason="变更", at=LATER + timedelta(hours=1),
    )  # fmt: skip
    text = as_csv([person(1) | changes | {"name": "王又改"}])
    load(text, at=LATER + timedelta(hours=1), name="again.csv")
    assert history(1) == history(3)
    assert len(history(1)) == 4


def history(serial: int) -> list[Any]:
    found = queries.find_person(number(serial))
    return [
        (v.valid_from, v.valid_to, v.recorded_at, v.superseded_at,
         {name: rows.opened(value) for name, value in v.values.items() if name != "id_number"})
        for v in rows.versions(found.definition, found.row, believed_only=False)
    ]  # fmt: skip


def test_a_value_that_stays_keeps_its_ciphertext(load) -> None:
    enter(1)
    before = queries.find_person(number(1)).row.values["phone"].sealed
    load(as_csv([person(1, name="王改名")]), at=LATER)
    assert queries.find_person(number(1)).row.values["phone"].sealed == before


def test_one_act_two_entries_and_one_event_tell_of_a_load(load) -> None:
    from zhengtong.kernel.events.models import OutboxRow

    done = load(as_csv([person(1), person(2)]))
    act = Act.objects.get(pk=done.load.act_id)
    assert (act.kind, act.record_uuid, act.register) == ("loaded", None, POPULATION)
    entries = LogEntry.objects.filter(object_urn__contains=str(done.load.uuid)).order_by("id")
    assert [one.action for one in entries] == ["registers.load.begun", "registers.record.loaded"]
    assert entries[1].detail["new"] == 2
    assert entries[1].detail["sha256"] == done.load.sha256
    events = [one for one in OutboxRow.objects.all() if one.name.startswith("registers.")]
    assert [one.name for one in events] == ["registers.load.finished"]


# -- authorities ------------------------------------------------------------------------------------------------------
def test_only_the_fields_of_the_authorities_named_are_written(load) -> None:
    done = load(as_csv([person(1)]), by=authority("public-security"))
    assert done.not_own == ("marital",)
    assert queries.find_person(number(1))["marital"] is None
    done = load(as_csv([person(1, name="无权改名"), person(2)]), by=authority("civil-affairs"), name="b.csv", at=LATER)
    assert counts(done) == (0, 1, 0, 1)
    assert codes(done) == [("2", "changed", ""), ("3", "bad", "not-registered")]
    found = queries.find_person(number(1))
    assert (found["name"], found["marital"]) == ("王演示", "10")


def test_who_is_no_authority_of_the_register_loads_nothing(load) -> None:
    with pytest.raises(Denied):
        load(as_csv([person(1)]), by=authority("housing"))
    with pytest.raises(Conflict, match="housing"):
        services.acting_for(POPULATION, ["housing"])
    assert stored() == 0


def test_without_a_name_all_authorities_of_the_register_load(load) -> None:
    load(as_csv([person(1)]), by=services.acting_for(POPULATION, []))
    assert queries.find_person(number(1))["marital"] == "10"


# -- dry run, marks ---------------------------------------------------------------------------------------------------
def test_a_dry_run_tells_the_same_and_writes_nothing(load) -> None:
    enter(1)
    people = [person(1, name="新名"), person(2), person(2), person(3, sex="9x"), person(3)]
    dry = load(as_csv(people), is_dry=True, batch_rows=2, at=LATER)
    assert stored() == 1
    assert (Load.objects.count(), Act.objects.filter(kind="loaded").count()) == (0, 0)
    lines = told(dry)
    real = load(as_csv(people), batch_rows=2, at=LATER)
    assert counts(real) == counts(dry) == (2, 1, 0, 2)
    assert told(real) == lines


def test_a_load_that_was_cut_off_goes_on_behind_its_last_batch(load, monkeypatch: pytest.MonkeyPatch) -> None:
    text = as_csv([*(person(n) for n in range(10)), person(1), person(0)])
    from ..services import loading

    whole = loading._Loading._merge
    calls = []

    def dies(self, batch, done):
        calls.append(batch.last)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(self, batch, done)

    enter(0)
    with monkeypatch.context() as patched:
        patched.setattr(loading._Loading, "_merge", dies)
        with pytest.raises(KeyboardInterrupt):
            load(text, batch_rows=3)
    assert Load.objects.get().mark == 7
    done = load(text, batch_rows=4)
    assert done.resumed_behind == 7
    assert counts(done) == (9, 0, 1, 2)
    assert [int(one["row"]) for one in told(done)] == list(range(2, 14))
    assert codes(done)[-2:] == [("12", "bad", "duplicate"), ("13", "bad", "duplicate")]
    assert Load.objects.get().status == "finished"


def test_synthetic_records_are_marked_also_where_only_the_file_says_so(load) -> None:
    load(as_csv([person(1)]))
    load(as_csv([person(2)]), name="b.csv", is_synthetic=True)
    head = (*FIELDS, "source_note")
    load(as_csv([person(3) | {"source_note": "合成数据"}], head=head), name="c.csv")
    assert [queries.find_person(number(n)).row.is_synthetic for n in (1, 2, 3)] == [False, True, True]


# -- bad rows ---------------------------------------------------------------------------------------------------------
def test_each_fault_is_told_and_the_good_rows_are_loaded(load) -> None:
    good = number(1)
    fifteen = f"{number(2)[:6]}{number(2)[8:17]}"
    with_x = next(n for n in range(900) if number(n).endswith("X"))
    lower = number(with_x)
    people = [
        person(1), person(1), person(3, id_number=fifteen), person(with_x, id_number=lower.lower()),
        person(5, birth_date="1990-02-30"), person(6, division="511699"), person(7, division="999998"),
        person(8, id_number=f"{good[:17]}{'0' if good[17] != '0' else '1'}"), person(9, id_number=""),
        person(10, id_number="5.11602199001011e+17"), person(11, status="gone"),
    ]  # fmt: skip
    done = load(as_csv(people))
    assert codes(done) == [
        ("2", "new", ""), ("3", "bad", "duplicate"), ("4", "bad", "id-15"), ("5", "new", "lower-case-x"),
        ("6", "bad", "date"), ("7", "bad", "division-unknown"), ("8", "bad", "division-unknown"),
        ("9", "bad", "check-digit"), ("10", "bad", "missing"), ("11", "bad", "number-lost-digits"),
        ("12", "bad", "choice"),
    ]  # fmt: skip
    body = f"{fifteen[:6]}19{fifteen[6:]}"
    assert body + id_check_character(body) in told(done)[2]["message_en"]
    assert queries.find_person(lower)["id_number"] == lower


def test_a_code_of_an_abolished_county_is_told_from_one_that_never_was(load) -> None:
    done = load(as_csv([person(1, division="510212"), person(2, division="519999")]))
    assert [code for _row, _outcome, code in codes(done)] == ["division-abolished", "division-unknown"]


def test_every_fault_of_a_row_is_told(load) -> None:
    done = load(as_csv([person(1, name="", sex="x", birth_date="?")]))
    assert {one["field"] for one in told(done)} == {"name", "sex", "birth_date"}
    assert done.counts["bad"] == 1


def test_what_the_verbs_refuse_is_refused_here(load) -> None:
    enter(1, status="deceased")
    assert codes(load(as_csv([person(1, status="deceased", name="改名")]), at=LATER)) == [("2", "bad", "ended")]
    assert counts(load(as_csv([person(1, status="deceased")]), at=LATER, name="same.csv")) == (0, 0, 1, 0)


def test_a_key_twice_in_a_file_counts_once_even_in_other_batches(load) -> None:
    enter(1)
    people = [person(1), person(2), person(1, name="又一"), person(2, name="又二"), person(3), person(2)]
    done = load(as_csv(people), batch_rows=1, at=LATER)
    assert [code for _row, _outcome, code in codes(done)] == ["", "", "duplicate", "duplicate", "", "duplicate"]
    assert queries.find_person(number(1))["name"] == queries.find_person(number(2))["name"] == "王演示"


# -- what a file may look like ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(load, encoding: str, delimiter: str) -> None:
    done = load(as_csv([person(1, name="龘𠮷")], delimiter=delimiter).encode(encoding))
    assert counts(done) == (1, 0, 0, 0)
    assert queries.find_person(number(1))["name"] == "龘𠮷"


def test_bytes_of_another_encoding_far_down_spoil_one_row_at_most(load, monkeypatch) -> None:
    from ..loading.sources import text

    monkeypatch.setattr(text, "SAMPLE", 400)
    ascii_rows = as_csv([person(n, name="Li", address_text="") for n in range(20)]).encode()
    more = as_csv([person(30, name="李四")]).split("\r\n", 1)[1].encode("gb18030")
    bad = as_csv([person(31, name="§")]).split("\r\n", 1)[1].encode().replace("§".encode(), b"\xff\xff\xff")
    done = load(ascii_rows + more + bad)
    assert counts(done) == (21, 0, 0, 1)
    assert queries.find_person(number(30))["name"] == "李四"
    assert codes(done)[-1][2] == "encoding"


def test_the_head_may_be_labels_below_title_rows_or_mapped(load) -> None:
    definition = catalogue.get(POPULATION)
    labels = tuple(definition.by_name[name].label["zh"] for name in FIELDS)
    assert counts(load("人口信息表,,,\r\n填表日期：2026年,,\r\n" + as_csv([person(1)], head=labels))) == (1, 0, 0, 0)
    strange = ("证件号", *FIELDS[1:])
    text = as_csv([person(2)], head=strange)
    with pytest.raises(Unloadable, match="id_number"):
        load(text, name="b.csv")
    assert counts(load(text, name="c.csv", mapping={"证件号": "id_number"})) == (1, 0, 0, 0)


def test_columns_that_the_register_lacks_are_named_or_refused(load) -> None:
    text = as_csv([person(1) | {"shoe": "43"}], head=(*FIELDS, "shoe_size"))
    assert load(text).ignored == ("shoe_size",)
    with pytest.raises(Unloadable, match="shoe_size"):
        load(text, is_strict=True)
    with pytest.raises(Unloadable, match="name"):
        load(as_csv([person(1) | {"n": "x"}], head=(*FIELDS, "name")), name="twice.csv")


def test_a_text_that_is_cut_tells_its_last_row(load) -> None:
    text = as_csv([person(1), person(2)])
    done = load(text[: text.rindex("19900000000") + 4])
    assert codes(done) == [("2", "new", ""), ("3", "bad", "columns")]
    assert done.notes[0].code == "no-line-end"
    lines = "\n".join(json.dumps(person(n), ensure_ascii=False) for n in (3, 4))
    done = load(lines[:-20], name="people.ndjson")
    assert [code for _row, _outcome, code in codes(done)] == ["", "not-an-object"]


def test_lines_of_json_are_rows(load) -> None:
    lines = [person(1), person(2) | {"marital": None}, person(3) | {"strange": 1}, person(4) | {"name": ["a"]}]
    done = load("\n".join(json.dumps(one) for one in lines), name="people.ndjson")
    assert [code for _row, _outcome, code in codes(done)] == ["", "", "", "nested"]
    assert done.ignored == ("strange",)


def test_a_line_without_end_does_not_fill_the_memory_and_garbage_ends_the_load(load, monkeypatch) -> None:
    from ..loading.sources import text

    monkeypatch.setattr(text, "LONGEST_LINE", 5_000)
    wide = as_csv([person(1)]) + "x" * 50_000 + "\r\n" + as_csv([person(2)]).split("\r\n", 1)[1]
    assert [code for _row, _outcome, code in codes(load(wide))] == ["", "line-too-long", ""]
    done = load(as_csv([person(3)]) + "rubbish\r\n" * 5_000, name="garbage.csv")
    assert done.fault.code == "garbage"
    assert done.counts["new"] == 1
    assert Load.objects.get(source="garbage.csv").status == "stopped"
    with pytest.raises(Unloadable):
        load(b"\x00\x01\x02" * 5_000, name="binary.csv")
    with pytest.raises(Unloadable):
        load(b"", name="empty.csv")


def test_an_unpaired_quote_is_told_with_the_lines_it_took(load) -> None:
    text = as_csv([person(1), person(2), person(3)]).replace(f"{number(2)},王演示", f'{number(2)},"王演示')
    done = load(text)
    assert codes(done)[0] == ("2", "new", "")
    assert codes(done)[1][2] == "columns"
    assert "3" in told(done)[1]["message_en"]


def test_a_workbook_with_a_title_and_merged_heads_is_read(load, tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, [person(1), person(2, birth_date="x")])
    done = load(path)
    assert [code for _row, _outcome, code in codes(done)] == ["", "date"]
    assert queries.find_person(number(1))["birth_date"].isoformat() == person(1)["birth_date"]
    with pytest.raises(Unloadable, match="无此表"):
        load(path, sheet="无此表")
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(Unloadable, match=r"cut\.xlsx"):
        load(cut)


def workbook(path: Path, people: list[dict[str, str]]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["人口信息表"])
    sheet.merge_cells("A1:I1")
    labels = [catalogue.get(POPULATION).by_name[name].label["zh"] for name in FIELDS]
    sheet.append([*labels[:5], "住址信息", None, None, labels[8]])
    sheet.append([None] * 5 + [labels[5], labels[6], labels[7], None])
    sheet.merge_cells("F2:H2")
    sheet.merge_cells("A2:A3")
    for one in people:
        sheet.append(list(one.values()))
    book.save(path)


def test_parquet_is_read_and_a_cut_one_refused(load, tmp_path: Path) -> None:
    import polars

    path = tmp_path / "people.parquet"
    polars.DataFrame([person(1), person(2)]).write_parquet(path)
    assert counts(load(path)) == (2, 0, 0, 0)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Unloadable, match=r"cut\.parquet"):
        load(cut)


def test_a_table_of_another_database_is_read(load, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute(f"CREATE TABLE people ({', '.join(FIELDS)})")
        db.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(FIELDS))})",
                       [list(person(n).values()) for n in (1, 2)])  # fmt: skip
    dsn = f"sqlite:///{tmp_path / 'other.db'}"
    actor = services.acting_for(POPULATION, [])
    options = services.Options(outcome=tmp_path / "outcome.csv")

    def run(table: str) -> Any:
        source = services.open_source(dsn, table=table)
        return services.load(actor=actor, register=POPULATION, source=source, options=options, clock=lambda: AT)

    assert counts(run("people")) == (2, 0, 0, 0)
    assert counts(run("people")) == (0, 0, 2, 0)
    for table in ("", "nothing"):
        with pytest.raises(Unloadable):
            run(table)
    with pytest.raises(Unloadable):
        services.open_source("nonsense://", table="x")


def test_companies_get_the_uuid_of_their_party(load) -> None:
    from zhengtong.security.identity import queries as identity

    values = {name: str(value) for name, value in entity_values().items()}
    text = as_csv([values], head=tuple(values))
    by = services.acting_for(LEGAL_ENTITIES, [])
    load(text, register=LEGAL_ENTITIES, by=by)
    found = queries.find_legal_entity(values["uscc"])
    assert identity.find_party(values["uscc"]).urn.endswith(str(found.uuid))
    renamed = as_csv([values | {"name": "新名"}], head=tuple(values))
    load(renamed, register=LEGAL_ENTITIES, by=by, name="b.csv", at=LATER)
    assert identity.find_party(values["uscc"]).name == "新名"


def test_a_record_written_under_a_former_index_key_is_found(load) -> None:
    from zhengtong.security.crypto import services as crypto

    load(as_csv([person(1)]))
    crypto.rotate(purpose="index", at=AT)
    assert counts(load(as_csv([person(1)]), name="same.csv", at=LATER)) == (0, 0, 1, 0)
    done = load(as_csv([person(1, name="王改名"), person(1)]), at=LATER)
    assert codes(done) == [("2", "changed", ""), ("3", "bad", "duplicate")]
    assert stored() == 1
