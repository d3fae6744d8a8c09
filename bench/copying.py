"""The rows of one case as one SQL statement per table, which makes them anew for every row of `bench_copies`.

A value is a constant unless it names the case or its applicant: then the names are put together in the database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

COPIES = "bench_copies"  # one row per copy: n, credential_id, spread, uuid, urn, number, applicant
# What is unique on its own keeps its length and gets a number of its own
_NAMES = {
    "verification_code": "upper(substr(md5({old} || s.n), 1, 16))",
    "identifier": "{old} || '.' || s.n",
    ("credentials_credential", "number"): "left({old}, -10) || lpad(s.n::text, 10, '0')",
    ("applications_cases_case", "id"): "s.n",
    ("credentials_credential", "id"): "s.credential_id + {nth}",
    "case_id": "s.n",
    "credential_id": "s.credential_id",
}


@dataclass(slots=True)
class Case:
    """The case to copy, and the uuids that are its own: those of its rows. All others (versions, people) stay."""

    id: int
    uuid: str
    urn: str
    number: str
    applicant: str
    credentials: int
    own: set[str] = field(default_factory=set)

    def pattern(self) -> re.Pattern[str]:
        names = [self.urn, *sorted({*self.own, self.uuid, self.applicant, self.number})]
        return re.compile(f"({'|'.join(map(re.escape, names))})")

    def fresh(self, old: str) -> str:
        """SQL for the text that stands in place of `old` in a copy."""
        staged = {self.urn: "s.urn", self.uuid: "s.uuid", self.number: "s.number", self.applicant: "s.applicant"}
        return staged.get(old) or f"{fresh_uuid(old)}::text"


def fresh_uuid(old: str) -> str:
    """SQL for a uuid of the copy's own: all over the range, rising with the copies, so that indexes are built fast.

    One that begins with its time (version 7) begins with it still.
    """
    digits = old.replace("-", "")
    begin, length = (f"'{digits[:13]}'", 19) if digits[12] == "7" else ("s.spread", 24)
    return f"({begin} || left(md5('{old}' || s.n), {length}))::uuid"


def statement(case: Case, table: str, types: dict[str, str], rows: Sequence[Sequence[str | None]]) -> str:
    """INSERT … SELECT of all rows of the copies from %(first)s to %(last)s."""
    known = case.pattern()
    made = [
        ", ".join(_value(case, known, table, name, types[name], old, nth) for name, old in zip(types, row, strict=True))
        for nth, row in enumerate(rows)
    ]
    each = (f"SELECT {m} FROM {COPIES} s WHERE n BETWEEN %(first)s AND %(last)s" for m in made)
    return f"INSERT INTO {table} ({', '.join(types)}) OVERRIDING SYSTEM VALUE {' UNION ALL '.join(each)}"


def _value(  # noqa: PLR0917
    case: Case, known: re.Pattern[str], table: str, name: str, kind: str, old: str | None, nth: int
) -> str:
    if old is None:
        return f"NULL::{kind}"
    made: Any = _NAMES.get((table, name)) or _NAMES.get(name)
    if made:
        return f"({made.format(old=quoted(old), nth=nth)})::{kind}"
    if kind == "uuid" and old in case.own:
        return "s.uuid::uuid" if old == case.uuid else fresh_uuid(old)
    parts = [case.fresh(part) if i % 2 else f"{quoted(part)}::text" for i, part in enumerate(known.split(old)) if part]
    return f"({' || '.join(parts) or quoted('')})::{kind}"


def quoted(text: str) -> str:
    escaped = text.replace("'", "''").replace("%", "%%")
    return f"E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{escaped}'"
