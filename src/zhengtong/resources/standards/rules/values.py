"""Is a value good for a data element? One at a time with the reason and a correction, or a whole column at speed.

`Checker.accepts` is the fast question; only what it refuses is looked at closely by `diagnose`. Everything a check
needs from a table (codes valid on the day) is handed in, so that nothing here asks a database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import product
from typing import Any

from zhengtong.kernel import identifiers
from zhengtong.kernel.identifiers import Fault as NumberFault

from .elements import Element, Type
from .resolving import Resolution
from .saying import said

Accepts = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ValueFault:
    """What is wrong: a stable `code`, the sentence in zh and en, and the correction where only one can be meant."""

    code: str
    text: Mapping[str, str]
    suggestion: str | None = None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at its place in the column, counted from 0."""

    index: int
    fault: ValueFault


@dataclass(frozen=True)
class Checker:
    """A data element ready to judge values on a day. Values are texts as they come from a file; empty is not judged.

    `codes`: those valid on the day; `became` says what happened to another code; `areas`: division codes of all times,
    for numbers that begin with one.
    """

    element: Element
    today: date
    codes: Container[str] = frozenset()
    became: Callable[[str], Resolution | None] = lambda _code: None
    areas: Container[str] | None = None
    accepts: Accepts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", _acceptor(self))

    def check(self, value: str) -> ValueFault | None:
        """None for a good or an empty value."""
        return None if not value or self.accepts(value) else self.diagnose(value)

    def check_column(self, values: Iterable[str | None]) -> Iterator[Finding]:
        """The faults of a column, in order. Good values cost about a microsecond."""
        accepts = self.accepts
        for index, value in enumerate(values):
            if value and not accepts(value):
                yield Finding(index, self.diagnose(value))

    def diagnose(self, value: str) -> ValueFault:
        """The fault of a value that is not accepted, the most telling one first."""
        tidy = identifiers.normalise(value) if self._is_formal else value.strip()
        if tidy != value and self.accepts(tidy):
            return self._fault(_untidiness(value, tidy), suggestion=tidy)
        return _DIAGNOSES[self.element.type](self, tidy)

    @property
    def _is_formal(self) -> bool:
        """Written in half-width capitals without spaces: numbers, codes, dates, amounts; not names and addresses."""
        return self.element.type is not Type.TEXT or bool(self.element.number) or self.element.charset != "c"

    def _fault(
        self, code: str, suggestion: str | None = None, successors: tuple[str, ...] = (), **facts: Any
    ) -> ValueFault:
        return ValueFault(code, said(code, self.element, **facts), suggestion, successors)


def _untidiness(value: str, tidy: str) -> str:
    """Which slip makes the difference between what was written and what is good."""
    if value.upper() == tidy:
        return "lower_case_x" if value[:-1] == tidy[:-1] and tidy[-1:] == "X" else "lower_case"
    return "spaces" if "".join(value.split()).upper() == tidy else "full_width"


# -- the fast question ------------------------------------------------------------------------------------------------
def _acceptor(checker: Checker) -> Accepts:
    return _ACCEPTORS[checker.element.type](checker)


def _codes_acceptor(checker: Checker) -> Accepts:
    codes = _coded(checker)
    return lambda value: all(one in codes for one in value.split(","))


def _amount_acceptor(checker: Checker) -> Accepts:
    element = checker.element
    return lambda value: _amount_fault(element, value) is None


def _coded(checker: Checker) -> Any:
    return checker.codes if checker.element.table else checker.element.values


def _text_acceptor(checker: Checker) -> Accepts:
    element = checker.element
    if element.number:
        return _number_acceptor(checker)
    least, most = element.min_length, element.max_length or 10**9
    bad = _FORBIDDEN.search
    if element.pattern:
        fits = re.compile(element.pattern).fullmatch
        return lambda value: least <= len(value) <= most and fits(value) is not None and not bad(value)
    return lambda value: least <= len(value) <= most and not bad(value)


_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]|^\s|\s$")


def _number_acceptor(checker: Checker) -> Accepts:
    if checker.element.number == identifiers.Kind.ID_NUMBER:
        return lambda value: _is_id_number(value, checker.areas) and _born_by(value[6:14], checker.today)
    if checker.element.number == identifiers.Kind.USCC:
        return _is_uscc
    test = _number_test(checker)
    return lambda value: test(value) is None


def _number_test(checker: Checker) -> Callable[[str], NumberFault | None]:
    today, areas = checker.today, checker.areas
    return {
        identifiers.Kind.USCC: identifiers.check_uscc,
        identifiers.Kind.ORGANISATION_CODE: identifiers.check_organisation_code,
        identifiers.Kind.ELICENCE_ID: identifiers.check_elicence_id,
        identifiers.Kind.MOBILE: identifiers.check_mobile,
        identifiers.Kind.ID_NUMBER: lambda text: identifiers.check_id_number(text, today=today, areas=areas),
    }[identifiers.Kind(checker.element.number)]


def _is_id_number(value: str, areas: Container[str] | None) -> bool:
    """Whether all but the date is as `identifiers.check_id_number` wants it; three digits at a time, by table."""
    if len(value) != 18 or (areas is not None and value[:6] not in areas):
        return False
    a, b, c, d, e, f = _ID_TABLES
    try:
        total = a[value[:3]] + b[value[3:6]] + c[value[6:9]] + d[value[9:12]] + e[value[12:15]] + f[value[15:17]]
    except KeyError:
        return False
    return "10X98765432"[total % 11] == value[17]


def _is_uscc(value: str) -> bool:
    """As `identifiers.check_uscc`, two characters at a time, by table."""
    if len(value) != 18 or not value[2:8].isdigit():
        return False
    a, b, c, d, e, f, g, h, i = _USCC_TABLES
    try:
        total = a[value[:2]] + b[value[2:4]] + c[value[4:6]] + d[value[6:8]] + e[value[8:10]] + f[value[10:12]]
        total += g[value[12:14]] + h[value[14:16]] + i[value[16]]
    except KeyError:
        return False
    return identifiers.USCC_ALPHABET[-total % 31] == value[17]


def _tables(alphabet: str, weights: tuple[int, ...], width: int) -> tuple[dict[str, int], ...]:
    """For each group of places: its characters → their weighted sum."""
    groups = [weights[start : start + width] for start in range(0, len(weights), width)]
    return tuple(
        {
            "".join(chars): sum(alphabet.index(char) * weight for char, weight in zip(chars, group, strict=True))
            for chars in product(alphabet, repeat=len(group))
        }
        for group in groups
    )


_ID_TABLES = _tables("0123456789", (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 3)
_USCC_TABLES = _tables(
    identifiers.USCC_ALPHABET, (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28), 2
)  # fmt: skip


@lru_cache(maxsize=100_000)
def _born_by(digits: str, today: date) -> bool:
    """Whether YYYYMMDD is a day from 1850 to today. There are few birthdays and many people."""
    try:
        return date(1850, 1, 1) <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= today
    except ValueError:
        return False


_ACCEPTORS: dict[Type, Callable[[Checker], Accepts]] = {
    Type.TEXT: _text_acceptor,
    Type.CODE: lambda checker: _coded(checker).__contains__,
    Type.CODES: _codes_acceptor,
    Type.INTEGER: _amount_acceptor,
    Type.DECIMAL: _amount_acceptor,
    Type.DATE: lambda checker: lambda value: _date_fault(checker, value) is None,
    Type.MOMENT: lambda _checker: lambda value: _moment(value) is not None,
    Type.BOOLEAN: lambda _checker: {"true", "false"}.__contains__,
    Type.GEOMETRY: lambda _checker: _is_geometry,
}


# -- a close look -----------------------------------------------------------------------------------------------------
def _diagnose_text(checker: Checker, value: str) -> ValueFault:
    element = checker.element
    if element.number:
        return _diagnose_number(checker, value)
    if _FORBIDDEN.search(value):
        return checker._fault("character")
    if not element.min_length <= len(value) <= (element.max_length or 10**9):
        return checker._fault("length", length=len(value))
    return checker._fault("pattern")


_NUMBER_CODES = {
    NumberFault.LENGTH: "length", NumberFault.CHARACTER: "character", NumberFault.STRUCTURE: "pattern",
    NumberFault.AREA: "unknown_area", NumberFault.DATE: "impossible_date", NumberFault.FUTURE: "future_date",
    NumberFault.CHECK_DIGIT: "check_digit",
}  # fmt: skip


def _diagnose_number(checker: Checker, value: str) -> ValueFault:
    kind = identifiers.Kind(checker.element.number)
    if kind is identifiers.Kind.ID_NUMBER and len(value) == 15 and value.isascii() and value.isdigit():
        return _diagnose_fifteen(checker, value)
    fault = _number_test(checker)(value) or NumberFault.STRUCTURE
    return ValueFault(_NUMBER_CODES[fault], identifiers.fault_text(kind, fault))


def _diagnose_fifteen(checker: Checker, value: str) -> ValueFault:
    """A number of the first generation. Serials 996 to 999 meant people born before 1900: there nothing is certain."""
    longer = identifiers.id_15_to_18(value)
    is_certain = value[12:] < "996" and checker.accepts(longer)
    return checker._fault("fifteen_digits", suggestion=longer if is_certain else None)


def _diagnose_code(checker: Checker, value: str) -> ValueFault:
    wrong = next((one for one in value.split(",") if one not in _coded(checker)), value)
    known = checker.became(wrong) if checker.element.table else None
    if known is None or not known.name:
        return checker._fault("unknown_code", value=wrong)
    if known.code in {end.code for end in known.ends}:
        return checker._fault("heading_code", value=wrong, name=known.name)
    if not known.steps and not known.ends and _starts_later(known):
        return checker._fault("future_code", value=wrong, name=known.name)
    ends = tuple(end.code for end in known.ends)
    only = ends[0] if len(ends) == 1 and known.is_certain and checker.element.type is Type.CODE else None
    return checker._fault("abolished_code", only, ends, value=wrong, name=known.name, known=known)


def _starts_later(known: Resolution) -> bool:
    return all(start is not None and start > known.to_day for start, _end, _name in known.periods)


def _amount_fault(element: Element, value: str) -> str | None:
    if not _AMOUNT.fullmatch(value):
        return "not_a_number"
    number = Decimal(value)
    whole, _dot, places = value.lstrip("-").partition(".")
    if element.type is Type.INTEGER and places:
        return "not_whole"
    if len(places) > element.scale and element.type is Type.DECIMAL:
        return "scale"
    if len(whole.lstrip("0")) > element.digits - element.scale:
        return "range"
    low = element.minimum is not None and number < element.minimum
    high = element.maximum is not None and number > element.maximum
    return "range" if low or high else None


_AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,12})?")


def _diagnose_amount(checker: Checker, value: str) -> ValueFault:
    plain = value.replace(",", "")
    if plain != value and _AMOUNT.fullmatch(plain) and re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", value):
        return checker._fault("thousands", suggestion=plain if checker.accepts(plain) else None)
    fault = _amount_fault(checker.element, value) or "not_a_number"
    return checker._fault(fault, suggestion=_shorter(checker, value) if fault in ("scale", "not_whole") else None)


def _shorter(checker: Checker, value: str) -> str | None:
    """12.500 → 12.50: places that are zero may go."""
    scale = checker.element.scale if checker.element.type is Type.DECIMAL else 0
    try:
        kept = Decimal(value).quantize(Decimal(1).scaleb(-scale))
    except InvalidOperation:
        return None
    return str(kept) if kept == Decimal(value) and checker.accepts(str(kept)) else None


@lru_cache(maxsize=100_000)
def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


def _date_fault(checker: Checker, value: str) -> str | None:
    day = _day(value)
    if day is None:
        return "impossible_date" if _DATE_LIKE.fullmatch(value) else "not_a_date"
    if checker.element.is_past and day > checker.today:
        return "future_date"
    return None if day.year >= 1850 else "impossible_date"


_DATE_LIKE = re.compile(r"(\d{4})(?:([-/.年])(\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")


def _diagnose_date(checker: Checker, value: str) -> ValueFault:
    found = _DATE_LIKE.fullmatch(value)
    if found:
        year, _mark, month, day, month2, day2 = found.groups()
        written = f"{year}-{int(month or month2):02d}-{int(day or day2):02d}"
        if written != value and checker.accepts(written):
            return checker._fault("date_format", suggestion=written)
        return checker._fault(_date_fault(checker, written) or "date_format")
    return checker._fault(_date_fault(checker, value) or "not_a_date")


def _is_geometry(value: str) -> bool:
    """A GeoJSON geometry by its outer shape; its coordinates are the register's to judge."""
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("type") in _GEOMETRIES and "coordinates" in found


_GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


_DIAGNOSES: dict[Type, Callable[[Checker, str], ValueFault]] = {
    Type.TEXT: _diagnose_text,
    Type.CODE: _diagnose_code,
    Type.CODES: _diagnose_code,
    Type.INTEGER: _diagnose_amount,
    Type.DECIMAL: _diagnose_amount,
    Type.DATE: _diagnose_date,
    Type.MOMENT: lambda checker, value: checker._fault("not_a_moment", value=value),
    Type.BOOLEAN: lambda checker, value: checker._fault("not_yes_or_no", value=value),
    Type.GEOMETRY: lambda checker, value: checker._fault("not_a_geometry", value=value[:20]),
}
