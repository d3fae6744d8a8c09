"""Records of people who are meant, though somebody slipped: candidates by one index, judged by `alike`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.db import connection

from zhengtong.resources.standards import queries as standards

from . import alike, rows, searching
from .alike import Candidate, Match, Typed
from .definition.alike import Roles, roles_of
from .definition.model import Definition
from .uses import DIVISIONS

MOST_CANDIDATES = 20_000  # of one day of birth: enough for two hundred million people
MOST_LATER = 500  # of the same name, born on days near it


def forgives(definition: Definition, terms: Collection[str]) -> Roles | None:
    """By which fields slips are forgiven; None where name and day of birth are not both given."""
    roles = roles_of(definition)
    return roles if roles and {roles.name, roles.born} <= set(terms) else None


def seek(definition: Definition, roles: Roles, terms: Mapping[str, Any], *, today: date, limit: int) -> list[Match]:
    """The best matches of read terms; what is not name, day or division must agree exactly. Two queries."""
    name, born = terms[roles.name], terms[roles.born]
    typed = Typed(name, born, _sounds(name), terms.get(roles.division, "") if roles.division else "")
    rest = {key: value for key, value in terms.items() if key not in (roles.name, roles.born, roles.division)}
    same_day = _candidates(definition, roles, rest, {roles.born: [born]}, MOST_CANDIDATES)
    near_days = {roles.born: alike.near_days(born, today), roles.name: [name]}
    near = _candidates(definition, roles, rest, near_days, MOST_LATER)
    leads_to = cache(_leads_to)
    found = (alike.match(typed, one, leads_to) for one in (*same_day, *near))
    return alike.best((one for one in found if one), limit)


def _candidates(
    definition: Definition, roles: Roles, rest: Mapping[str, Any], among: Mapping[str, list[Any]], limit: int
) -> list[Candidate]:
    """Records with one of the values in each field of `among`, and all values of the `rest`."""
    columns = ["id", roles.name, roles.born, *(one or "NULL" for one in (roles.pinyin, roles.former, roles.division))]
    parts: list[str] = [f"{name} = ANY (%s)" for name in among]
    params: list[Any] = list(among.values())
    if rest:
        condition, more = searching.condition(definition, rest)
        parts.append(condition)
        params += more
    where = " AND ".join(parts)
    statement = f"SELECT {', '.join(columns)} FROM {definition.table} WHERE {where} LIMIT {limit:d}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchall()
    return [Candidate(*row[:3], *(text or "" for text in row[3:])) for row in found]


def _sounds(name: str) -> frozenset[str]:
    """Readings of the name, a character with several in each."""
    from pypinyin import Style, pinyin

    return alike.sounds_of(pinyin(name, style=Style.NORMAL, heteronym=True))


def _leads_to(code: str) -> frozenset[str]:
    """What became of a division: the codes of today to which an abolished one leads."""
    county = code[:6]
    if len(county) < 6:
        return frozenset()
    return frozenset(row.code for row in standards.resolve(DIVISIONS, county).ends) - {county}


def fetch(definition: Definition, matches: Collection[Match]) -> list[rows.Row]:
    """Their records, in the same order."""
    ids = [one.id for one in matches]
    found = {row.id: row for row in rows.select(definition, "id = ANY (%s)", [ids])} if ids else {}
    return [found[one] for one in ids if one in found]
