"""Every shipped rule over a synthetic province: PostgreSQL and DuckDB say the same, and what was injected is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from .. import catalogue, rows, services, synth
from ..quality import running
from ..quality.running import Outcome
from .factories import authority, make_premises
from .quality_world import AT, AUTHORITIES, DAY, Truth, settle

pytestmark = pytest.mark.django_db
REGISTERS = (*AUTHORITIES, "premises")
# what loads refuse, or the province does not have, is put in by hand: (register, what, where); n counts the rows
BY_HAND = (
    ("population", "status = 'deceased', death_date = '2025-01-01'", "n % 5 = 0"),
    ("population", "ethnic = NULL, division = '513021'", "n % 40 = 3"),
    ("population", "address_text = NULL, marital = NULL", "n % 40 = 4"),
    ("population", "death_date = NULL", "status = 'deceased' AND n % 3 = 0"),
    ("population", "death_date = birth_date - 1", "status = 'deceased' AND n % 3 = 1"),
    ("population", "recorded_at = '2015-01-01 00:00+08'", "status = 'active' AND n % 40 = 6"),
    ("population", "(phone, phone_index, name, birth_date) = (SELECT phone, phone_index, name, birth_date FROM "
     "register_population WHERE phone IS NOT NULL AND status = 'active' ORDER BY id LIMIT 1)",
     "status = 'active' AND n % 99 = 7"),
    ("legal-entities", "status = 'revoked', ended_date = NULL", "n % 9 = 2"),
    ("legal-entities", "status = 'deregistered', ended_date = established_date - 1", "n % 9 = 3"),
    ("legal-entities", "ended_date = established_date + 1, name = '演示同名'", "status = 'operating' AND n % 9 = 0"),
    ("legal-entities", "industry_code = NULL, legal_representative_id_number = NULL, "
     "legal_representative_id_number_index = NULL, division_code = '513021'", "n % 9 = 1"),
    ("addresses", "longitude = NULL, community = NULL, division = '513021'", "n % 50 = 1"),
    ("parcels", "division = '513021'", "n % 9 = 1"),
    ("parcels", "owner_id = NULL, owner_id_index = NULL, geometry = NULL", "n % 9 = 2"),
    ("places", "longitude = NULL, name_pinyin = NULL, division = '513021'", "n % 30 = 1"),
    ("places", "name = '演示同名'", "n % 30 = 2"),
    ("premises", "division_code = '513021'", "n % 3 = 1"),
    ("food-operators", "valid_until = NULL, premises_address_code = 'none'", "n % 9 = 1"),
    ("food-operators", "valid_until = DATE '2024-06-30'", "n % 9 = 3"),
    ("food-operators", "valid_until = DATE '2027-12-31', uscc = (SELECT uscc FROM register_legal_entities "
     "WHERE status = 'revoked' LIMIT 1)", "n % 9 = 2"),
)  # fmt: skip
KINDS = {  # register → kind that synth injects → the rule that finds it
    "population": {"birth-date-conflict": "number-birth-date", "sex-conflict": "number-sex",
                   "dead-but-active": "dead-but-active", "beyond-age": "beyond-age", "town-conflict": "town-conflict",
                   "parent-too-young": "mother-too-young"},
    "addresses": {"coordinates-swapped": "coordinates-swapped", "duplicate-address": "full-width-digits"},
    "legal-entities": {"representative-unknown": "representative-unknown", "representative-name": "representative-name",
                       "representative-dead": "representative-dead"},
    "parcels": {"code-division-conflict": "code-division-conflict", "owner-unknown": "owner-unknown"},
    "places": {"coordinates-swapped": "coordinates-swapped"},
    "food-operators": {"operator-unknown": "operator-unknown", "term-reversed": "term-reversed"},
}  # fmt: skip
# odd through another register's fault, or through a mother's: see docs/reference/synthetic.md
THROUGH_OTHERS = {"mother-too-young", "representative-name", "representative-unknown"}


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    return settle(tmp_path)


def test_what_was_injected_and_is_in_the_registers_is_found(truth: Truth) -> None:
    missed, wrong = [], []
    for register, kinds in KINDS.items():
        outcomes = {one.rule.key: one for one in _run(register, "postgres")}
        held = _keys(register, None)
        facts = [(key, rule) for kind, rule in kinds.items() for key in truth[register, kind] & held]
        troubled = set().union(*(keys for (name, _kind), keys in truth.items() if name == register))
        found = [(key, rule) for rule in kinds.values() for key in _keys(register, outcomes[rule])]
        for rule, score in synth.score_values(facts, found).items():
            missed += [(register, rule, score)] if score.recall < 1 else []
        wrong += [
            (register, rule, key) for key, rule in found if key not in troubled and rule not in THROUGH_OTHERS
        ]  # fmt: skip
    assert not missed
    assert not wrong


def test_both_engines_say_the_same_of_every_shipped_rule(truth: Truth) -> None:
    assert truth
    _settle_premises()
    _spoil_by_hand()
    silent, ran = [], 0
    for register in REGISTERS:
        ours, theirs = _run(register, "postgres"), _run(register, "duckdb")
        for one, other in zip(ours, theirs, strict=True):
            assert (one.fault, other.fault) == ("", ""), one.rule.key
            assert one.looked_at == other.looked_at, one.rule.key
            assert one.failing == other.failing, one.rule.key
            assert one.found == other.found, one.rule.key
            assert one.failing_in_all == len(one.found)
            ran += 1
            silent += [] if one.failing else [f"{register} {one.rule.key}"]
    assert ran == sum(len(one.quality) for one in catalogue.definitions().values())
    assert silent == []


def _run(register: str, engine: str) -> list[Outcome]:
    return running.run(catalogue.get(register), engine=engine, today=DAY, most=100_000)


def _keys(register: str, outcome: Outcome | None) -> set[str]:
    """Keys of the records that fail, or of all, as they are written."""
    definition = catalogue.get(register)
    condition, params = ("true", []) if outcome is None else ("id = ANY (%s)", [[one.id for one in outcome.found]])
    found = rows.select(definition, condition, params)
    return {str(rows.opened(row.values[definition.keys[0][0]])) for row in found}


def _settle_premises() -> None:
    tenant = {"occupant_name": "演示承租人", "occupant_urn": ""}
    for _number in range(6):
        make_premises()
    for until in ("2025-01-31", ""):
        made = make_premises(area_m2="88")
        services.amend_record(actor=authority("housing"), register="premises", uuid=made.uuid, reason="测试", at=AT,
                              changes={**tenant, "lease_until_date": until})  # fmt: skip


def _spoil_by_hand() -> None:
    for register, what, where in BY_HAND:
        definition = catalogue.get(register)
        rows.act_for([one.key for one in definition.authorities])
        with connection.cursor() as cursor:
            numbered = f"SELECT *, row_number() OVER (ORDER BY id) AS n FROM {definition.table}"
            cursor.execute(
                f"UPDATE {definition.table} SET {what} WHERE id IN (SELECT id FROM ({numbered}) r WHERE {where})"
            )
            assert cursor.rowcount, (register, what)
