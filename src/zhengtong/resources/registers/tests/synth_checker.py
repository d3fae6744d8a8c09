"""A plain checker of a population, row by row, written apart from the generator: what a careful clerk would find."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import polars as pl

from zhengtong.kernel.identifiers import birth_date_of, check_id_number, check_mobile, id_15_to_18, normalise, sex_of
from zhengtong.resources.registers.synth.divisions import spans

DAY = date(2026, 11, 30)
Row = dict[str, str | None]


def anomalies(rows: pl.DataFrame) -> dict[int, set[str]]:
    """Row (from 1) → what is wrong with it."""
    people = rows.to_dicts()
    known = {normal(row["id_number"]): row for row in people}
    counts = Counter(row["id_number"] for row in people)
    found: dict[int, set[str]] = {}
    for number, row in enumerate(people, start=1):
        wrong = {*_of_number(row), *_of_dates(row), *_of_place(row), *_of_kin(row, known)}
        if counts[row["id_number"]] > 1:
            wrong.add("same number")
        if wrong:
            found[number] = wrong
    return found


def normal(number: str | None) -> str:
    text = normalise(number or "")
    return id_15_to_18(text) if len(text) == 15 and text.isdecimal() else text


def _of_number(row: Row) -> set[str]:
    number = row["id_number"] or ""
    if check_id_number(number, today=DAY):
        return {"number"}
    year = max(birth_date_of(number).year, 1984)
    span = spans().get(number[:6])
    wrong = set() if span and span.holds(year) else {"area"}
    if row["birth_date"] != birth_date_of(number).isoformat():
        wrong.add("birth date differs")
    return wrong if row["sex"] == sex_of(number) else {*wrong, "sex differs"}


def _of_dates(row: Row) -> set[str]:
    wrong = set()
    try:
        born = date.fromisoformat(row["birth_date"] or "")
    except ValueError:
        return {"no such day of birth"}
    died = date.fromisoformat(row["death_date"]) if row["death_date"] else None
    if (died is not None) != (row["status"] == "deceased"):
        wrong.add("status and death")
    if died and not born <= died <= DAY:
        wrong.add("died before born")
    if not died and DAY - born > timedelta(days=115 * 365):
        wrong.add("too old to be alive")
    if not (born <= date.fromisoformat(row["updated_on"] or "") <= DAY):
        wrong.add("updated at an impossible day")
    return wrong


def _of_place(row: Row) -> set[str]:
    wrong = set()
    span = spans().get(row["division"] or "")
    if not span or not span.holds(DAY.year):
        wrong.add("division")
    if (row["town"] or "")[:6] != row["division"] or (row["address_code"] or "")[:9] != row["town"]:
        wrong.add("town")
    if row["phone"] and check_mobile(row["phone"]):
        wrong.add("phone")
    return wrong if row["name"] else {*wrong, "no name"}


def _of_kin(row: Row, known: dict[str, Row]) -> set[str]:
    wrong = set()
    for field, least in (("mother_id_number", 15), ("father_id_number", 15), ("spouse_id_number", None)):
        if not row[field]:
            continue
        kin = known.get(normal(row[field]))
        if kin is None:
            wrong.add(f"{field} unknown")
        elif least is not None and (row["birth_date"] or "")[:4] < str(int((kin["birth_date"] or "")[:4]) + least):
            wrong.add(f"{field} too young")
        elif least is None and normal(kin["spouse_id_number"]) != normal(row["id_number"]):
            wrong.add("spouse has another spouse")
    return wrong
