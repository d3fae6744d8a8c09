"""Rules as they are written: faults with their lines, flags of encrypted values, a rule that cannot run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as node

from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import catalogue, queries, rows, services
from ..definition.reading import read_folder
from ..definition.rules import Dimension, Rule, Severity
from ..quality import flagging, running
from .factories import AT, authority, make_legal_entity, make_person, person_values
from .test_loading import as_csv, number, person

TODAY = date(2026, 11, 30)
HEAD = """rules:
  - key: one
    label: {zh: 一, en: One}
    dimension: validity
    severity: error
    authority: public-security
"""


def read(tmp_path: Path, rule: str, *, head: str = HEAD, register: str = "population") -> list[tuple[int | None, str]]:
    """(line, code) of every fault of a rule written into a copy of a shipped register."""
    source = Path(node.ZT_REGISTERS) / register / "register.yaml"
    (tmp_path / "register.yaml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "quality.yaml").write_text(head + rule, encoding="utf-8")
    return [(fault.line, fault.code) for fault in read_folder(tmp_path).faults]


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        ("    fails: {name: {is: missing}}\n", []),
        ("    fails: {nmae: {is: missing}}\n", [(7, "field-unknown")]),
        ("    fails: {name: {is: gone}}\n", [(7, "test-value")]),
        ("    fails: {name: {was: missing}}\n", [(7, "test-unknown")]),
        ("    fails: {name: {before: 2026-01-01}}\n", [(7, "test-type")]),
        ("    fails: {birth_date: {before: 2026-13-01}}\n", [(7, "test-value")]),
        ("    fails: {birth_date: {before: {own: death_date}}}\n", [(7, "test-value")]),
        ("    fails: {birth_date: {before: {field: gone}}}\n", [(7, "field-unknown")]),
        ("    fails: {birth_date: {before: {years: 3}}}\n", [(7, "test-value")]),
        ("    fails: {name: {matches: '['}}\n", [(7, "test-pattern")]),
        ("    fails: {name: {matches: '(?=x)'}}\n", [(7, "test-pattern")]),
        ("    fails: {phone: '13900000000'}\n", [(7, "test-encrypted")]),
        ("    fails: {name: {division: unknown}}\n", [(7, "test-value")]),
        ("    opened: {field: name, wants: x}\n", [(7, "rule-opened")]),
        ("    opened: {field: id_number}\n", [(7, "rule-opened")]),
        ("    opened: {field: id_number, against: name}\n", [(7, "rule-opened")]),
        ("    opened: {field: phone, against: birth_date}\n", [(7, "rule-opened")]),
        ("    repeated: [name, gone]\n", [(7, "field-unknown")]),
        ("    unmatched: [{register: addresses, by: {gone: address_code}}]\n", [(7, "field-unknown")]),
        ("", [(2, "rule-checks")]),
        ("    fails: {name: x}\n    repeated: [name]\n", [(2, "rule-checks")]),
        ("    of: {gone: 1}\n    fails: {name: x}\n", [(7, "field-unknown")]),
        ("    colour: red\n    fails: {name: x}\n", [(7, "quality-unknown-key")]),
    ],
)
def test_a_rule_with_a_fault_is_refused_with_its_line(tmp_path: Path, rule: str, faults: list[Any]) -> None:
    assert read(tmp_path, rule) == faults


def test_repeated_keys_and_strange_authorities_are_named(tmp_path: Path) -> None:
    rule = "    fails: {name: x}\n"
    again = HEAD.removeprefix("rules:\n").replace("public-security", "housing") + rule
    assert read(tmp_path, rule + again) == [(8, "rule-repeated"), (12, "authority-unknown")]


def test_a_file_that_is_no_yaml_or_no_text_is_named(tmp_path: Path) -> None:
    assert [code for _line, code in read(tmp_path, "", head="rules: [")] == ["yaml-syntax"]
    (tmp_path / "quality.yaml").write_bytes("规则".encode("gb18030"))
    assert [fault.code for fault in read_folder(tmp_path).faults] == ["file-encoding"]
    (tmp_path / "quality.yaml").write_bytes(b" " * 600_000)
    assert [fault.code for fault in read_folder(tmp_path).faults] == ["file-too-large"]


@pytest.fixture
def equipped(db: None) -> None:
    ensure_directory()
    standards.load_code_tables()


@pytest.mark.usefixtures("equipped")
def test_what_only_other_registers_know_is_checked_against_them(tmp_path: Path) -> None:
    lines = (
        "    unmatched:\n      - {register: nowhere, by: {name: name}}\n"
        "      - {register: addresses, by: {address_code: gone}}\n"
        "      - {register: addresses, by: {address_code: address_code}, where: {gone: 1}}\n"
    )
    assert read(tmp_path, lines) == []
    found = [(one.line, one.code) for one in services.check_definition(tmp_path)]
    assert found == [(8, "register-unknown"), (9, "field-unknown"), (10, "field-unknown")]
    with pytest.raises(services.DefinitionFaulty):
        services.plan(tmp_path)


@pytest.mark.usefixtures("equipped")
def test_changed_rules_are_a_version_of_their_own(tmp_path: Path) -> None:
    assert read(tmp_path, "    fails: {name: {is: missing}}\n") == []
    plan = services.plan(tmp_path)
    assert [step.code for step in plan.steps] == ["quality", "guards"]
    assert "one" in str(plan.steps[0].says)


@pytest.fixture(autouse=True)
def _numbers_of_nobody_count(settings: Any) -> None:
    settings.ZT_DEMO = True


# -- encrypted values -------------------------------------------------------------------------------------------------
def flags(serial: int) -> tuple[str, ...]:
    found = queries.find_person(number(serial))
    assert found
    return found.row.flags


@pytest.mark.django_db
def test_an_encrypted_value_is_flagged_when_it_is_entered_amended_and_corrected() -> None:
    born = f"{1950}-02-03"
    made = make_person(id_number=number(2), sex="1", birth_date="1950-02-04")
    sex = "1" if int(number(2)[16]) % 2 == 0 else "2"
    assert made.row.flags == tuple(sorted({"number-birth-date", *_sex(2, "1")}))
    ask: dict[str, Any] = {
        "actor": authority("public-security"), "register": "population", "uuid": made.uuid, "reason": "核实", "at": AT,
    }  # fmt: skip
    services.amend_record(**ask, changes={"phone": "13900000001"})
    assert "number-birth-date" in flags(2)
    services.correct_record(**ask, changes={"birth_date": born, "sex": sex}, document="户口簿")
    assert flags(2) == ("number-sex",)


def _sex(serial: int, sex: str) -> list[str]:
    return ["number-sex"] if int(number(serial)[16]) % 2 != int(sex) % 2 else []


@pytest.mark.django_db
def test_a_load_flags_its_rows_and_takes_a_flag_back_when_the_value_is_mended(tmp_path: Path) -> None:
    def load(people: list[dict[str, str]], day: int) -> None:
        path = tmp_path / f"{day}.csv"
        path.write_text(as_csv(people), encoding="utf-8")
        services.load(
            actor=authority("public-security", "civil-affairs"), register="population",
            source=services.open_source(str(path)), options=services.Options(), clock=lambda: AT + timedelta(days=day),
        )  # fmt: skip

    right = {"birth_date": "1950-02-03", "sex": "1" if int(number(3)[16]) % 2 else "2"}
    make_person(**person_values())  # code tables are loaded
    load([person(3, **right), person(4, **right | {"birth_date": "1950-03-02"})], 1)
    assert "number-birth-date" not in flags(3)
    assert "number-birth-date" in flags(4)
    load([person(3, **right | {"birth_date": "1950-03-02"}), person(4, **right)], 2)
    assert "number-birth-date" in flags(3)
    assert "number-birth-date" not in flags(4)


@pytest.mark.django_db
def test_a_column_of_another_authority_does_not_touch_a_flag(tmp_path: Path) -> None:
    """The file says another day of birth, which is not written: what is stored still contradicts the number."""
    make_person(id_number=number(5), birth_date="1950-02-04", sex=person(5)["sex"])
    assert "number-birth-date" in flags(5)
    path = tmp_path / "marital.csv"
    path.write_text(as_csv([person(5, birth_date="1950-02-03", marital="20")]), encoding="utf-8")
    done = services.load(
        actor=authority("civil-affairs"), register="population", source=services.open_source(str(path)),
        options=services.Options(), clock=lambda: AT + timedelta(days=1),
    )  # fmt: skip
    assert done.counts["changed"] == 1
    assert "number-birth-date" in flags(5)


@pytest.mark.django_db
def test_records_of_before_a_rule_are_looked_at_anew() -> None:
    made = make_person(id_number=number(2), birth_date="1950-02-04")
    definition = catalogue.get("population")
    rows.update(definition, made.row.id, {"flags": ["of-another-kind"]})
    assert flagging.flag_again(definition) == 1
    assert {"of-another-kind", "number-birth-date"} <= set(queries.get_record("population", made.uuid).row.flags)
    assert flagging.flag_again(definition) == 0


# -- runs -------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_a_rule_that_cannot_run_says_why_and_the_others_go_on(engine: str) -> None:
    make_legal_entity(name="演示（异常）")
    definition = catalogue.get("legal-entities")
    told: dict[str, Any] = {
        "label": {"zh": "坏", "en": "bad"}, "dimension": Dimension.VALIDITY, "severity": Severity.ERROR,
        "authority": "market-regulation",
    }  # fmt: skip
    broken = Rule("broken", **told, fails={"name": {"matches": "(("}})
    lost = Rule("lost", **told, matched=replace(definition.quality[1].matched, register="nowhere"))  # type: ignore[type-var]
    mixed = Rule("mixed", **told, fails={"name": {"below": 5}})
    named = Rule("named", **told, fails={"name": {"matches": "异常"}})
    outcomes = running.run(replace(definition, quality=(broken, lost, mixed, named)), engine=engine, today=TODAY)
    assert [bool(one.fault) for one in outcomes] == [True, True, True, False]
    assert outcomes[3].failing == {"511602": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_texts_arrive_whole_at_the_other_engine(engine: str) -> None:
    """Quotes, commas, backslashes, an empty value: an export that loses one of them finds other records."""
    names = ['"引号",逗号', "反\\N斜线", "\\N", "空"]
    for name in names:
        make_legal_entity(name=name, industry_code="" if name == "空" else "6210")
    definition = catalogue.get("legal-entities")
    for name in names:
        rule = replace(definition.quality[0], unmatched=(), of={}, fails={"name": name})
        (outcome,) = running.run(replace(definition, quality=(rule,)), engine=engine, today=TODAY)
        assert outcome.failing_in_all == 1, name
    rule = replace(definition.quality[0], unmatched=(), of={}, fails={"industry_code": {"is": "missing"}})
    (outcome,) = running.run(replace(definition, quality=(rule,)), engine=engine, today=TODAY)
    assert outcome.failing_in_all == 1
