"""Stored cases for the benchmarks: many copies of one finished case, each whole and under names of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
START = datetime(2026, 1, 12, 2, 0, tzinfo=UTC)
COPIES = 25
COUNTS = {
    "applications_cases_submission": "case_id", "applications_cases_evidence": "case_id",
    "applications_cases_review": "case_id", "applications_cases_decision": "case_id",
    "applications_cases_paper": "case_id", "support_deadlines_clock": "subject_urn",
    "support_workflow_processinstance": "subject_urn", "security_audit_entry": "object_urn",
    "credentials_credential": "case_urn", "credentials_use": "case_urn",
}  # fmt: skip
Ask = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def filling(seeded_database: str) -> Iterator[Any]:
    import sys

    sys.path.insert(0, str(ROOT))
    from bench import filling

    yield filling
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def filled(seeded_database: str, filling: Any) -> dict[str, Any]:
    """A case brought to its end, then copied twice."""
    from django.db import connection

    from zhengtong.config.story import tell

    case = tell(start=START).case
    connection.close()
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{seeded_database}"))
    with psycopg.connect(url) as db:
        before = _shape(db)
    written = [filling.fill(url, str(case.uuid), n) for n in (COPIES - 5, 5)]
    return {"url": url, "case": case, "written": written, "before": before}


@pytest.fixture
def ask(filled: dict[str, Any]) -> Iterator[Ask]:
    with psycopg.connect(filled["url"]) as db:
        yield lambda question, *values: db.execute(question, values or None).fetchall()


def _shape(db: Any) -> list[Any]:
    """Every index and every constraint with its definition (the server moves casts and brackets about)."""
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ '_(m|b)\\d'"
    checks = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated, condeferrable "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conparentid = 0"
    )
    lines = map(str, [*db.execute(indexes).fetchall(), *db.execute(checks).fetchall()])
    return sorted(re.sub(r"::(text|character varying)(\[\])?|[()]", "", line) for line in lines)


def test_every_copy_has_every_row(filled, ask: Ask) -> None:
    for table, key in COUNTS.items():
        groups = ask(f"SELECT {key}, count(*) FROM {table} WHERE {key}::text IN ({_named(key)}) GROUP BY 1")
        assert len(groups) == COPIES + 1, table
        assert len({rows for _, rows in groups}) == 1, table
    (of_case,) = ask(f"SELECT count(*) FROM applications_cases_case WHERE id::text IN ({_named('case_id')})")
    assert of_case == (COPIES + 1,)
    rows = filled["written"]
    assert rows[0] == rows[1] * (COPIES - 5) / 5
    assert rows[1] / 5 > 25


def _named(key: str) -> str:
    """The cases of the story and its copies, as `key` names them."""
    name = "id" if key == "case_id" else "'urn:zhengtong:511602-e:cases:case:' || uuid"
    return f"SELECT ({name})::text FROM applications_cases_case"


def test_names_are_of_their_own(ask: Ask) -> None:
    unique = (
        ("applications_cases_case", "number"), ("applications_cases_case", "uuid"),
        ("applications_cases_paper", "number"), ("credentials_credential", "verification_code"),
        ("credentials_credential", "identifier"), ("security_audit_entry", "uuid"),
    )  # fmt: skip
    for table, column in unique:
        assert ask(f"SELECT {column} FROM {table} GROUP BY 1 HAVING count(*) > 1") == [], (table, column)
    assert {len(number) for (number,) in ask("SELECT number FROM applications_cases_case")} == {21}


def test_every_ten_copies_have_an_applicant_of_their_own(filled, filling, ask: Ask) -> None:
    of_one = dict(ask("SELECT applicant_urn, count(*) FROM applications_cases_case GROUP BY 1"))
    assert of_one.pop(filled["case"].applicant_urn) == 1
    assert sorted(of_one.values(), reverse=True) == [filling.CASES_OF_ONE] * 2 + [5]
    assert ask(
        "SELECT count(*) FROM credentials_credential c JOIN applications_cases_case k "
        "ON c.case_urn = 'urn:zhengtong:511602-e:cases:case:' || k.uuid AND c.holder_urn <> k.applicant_urn"
    ) == [(0,)]


def test_what_a_copy_names_is_its_own(filled, ask: Ask) -> None:
    """Links by value, which no foreign key watches: decision → credentials, use → credential, paper → number."""
    lost = ask(
        "SELECT d.case_id FROM applications_cases_decision d, jsonb_array_elements_text(d.credential_uuids) u "
        "WHERE NOT EXISTS (SELECT 1 FROM credentials_credential c JOIN applications_cases_case k "
        "ON right(c.case_urn, 36) = k.uuid::text WHERE c.uuid::text = u AND k.id = d.case_id)"
    )
    assert lost == []
    strangers = ask(
        "SELECT u.case_urn FROM credentials_use u JOIN credentials_credential c ON c.id = u.credential_id "
        "WHERE u.case_urn <> c.case_urn AND right(u.case_urn, 36) <> %s", str(filled["case"].uuid),
    )  # fmt: skip
    assert strangers == []


@pytest.mark.parametrize(
    ("table", "told", "of_it"),
    [
        ("applications_cases_paper", "number || data::text", "case_id::text = %s"),
        ("security_audit_entry", "detail::text", "object_urn LIKE '%%' || %s"),
        ("support_notifications_message", "body::text", "link LIKE '%%' || %s || '/'"),
    ],
)
def test_no_copy_names_the_case_it_was_made_from(filled, ask: Ask, table: str, told: str, of_it: str) -> None:
    case = filled["case"]
    naming = f"SELECT count(*) FROM {table} WHERE strpos({told}, %s) > 0"
    its_own = ask(f"{naming} AND {of_it}", case.number, str(case.pk if "case_id" in of_it else case.uuid))
    assert its_own[0][0] > 0
    assert ask(naming, case.number) == its_own


def test_the_tables_get_back_what_was_taken_off(filled, ask: Ask) -> None:
    with psycopg.connect(filled["url"]) as db:
        assert _shape(db) == filled["before"]
    assert ask("SELECT to_regclass('bench_copies')") == [(None,)]


def test_the_planner_knows_of_the_rows(ask: Ask) -> None:
    (estimated,) = ask("SELECT reltuples FROM pg_class WHERE oid = 'applications_cases_case'::regclass")
    assert estimated == (COPIES + 1,)


def test_new_rows_follow_the_copies(filled) -> None:
    """The numbers the filling used are not given again."""
    from django.db import connection

    from zhengtong.config.story import tell

    another = tell(start=START.replace(day=19)).case
    connection.close()
    assert another.pk > filled["case"].pk + COPIES


@pytest.mark.parametrize("page", ["/workbench/cases/{uuid}/", "/workbench/?box=all"])
def test_pages_show_copies(filled, enter, ask: Ask, page: str) -> None:
    copies = "SELECT uuid, number FROM applications_cases_case WHERE number LIKE 'C%' ORDER BY id DESC LIMIT 1"
    ((uuid, number),) = ask(copies)
    window = enter("window").open(page.format(uuid=uuid))
    assert window.status == 200
    assert number in window.text
