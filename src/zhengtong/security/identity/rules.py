"""Capacities, powers of agency and passwords. Pure functions on plain values."""

from __future__ import annotations

import enum
import re
import string
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

RESIDENT = "resident"
OFFICIAL = "official"
ALL_SERVICES = "*"
LONGEST_AGENCY = timedelta(days=3 * 366)
RECOVERY_LASTS = timedelta(hours=24)  # from request to slip
SLIP_LASTS = timedelta(hours=2)
VERIFICATION_LASTS = timedelta(hours=2)  # from the first official to the second: the person waits at the window
LEVEL_3_LASTS = timedelta(days=3 * 365)  # a rule of this house; a document that ends earlier ends it earlier
RENEWED_EVERY = timedelta(days=1)  # level 3 by the provider above, at somebody's next arrival
MIN_PASSWORD = 10
MIN_KINDS = 3
# Not in a password: words a stranger would try first. The node's own names are added to them.
OBVIOUS_WORDS = ("zhengtong", "政通", "zhengwu", "政务", "zwfw", "gov.cn", "govcn", "admin", "guanli", "管理员")
_NOT_TELLING = {"district", "county", "city", "province"}
SESSION_LASTS = timedelta(hours=8)  # from signing in, whatever happens
IDLE_AT_WORK, IDLE_AT_HOME = timedelta(minutes=30), timedelta(hours=2)  # GB/T 22239; time to fill in a form


ADULT = 18  # 民法典 17


def obvious_words(division: str, *names: str) -> tuple[str, ...]:
    """OBVIOUS_WORDS with those of this node: its division's code, and its names as one would type them."""
    spelt = (word.replace("'", "").lower() for name in names for word in re.findall(r"[A-Za-z']{5,}", name))
    chinese = (word for name in names for word in re.split("[省市县区州a-zA-Z, ']", name) if len(word) > 1)
    return (*OBVIOUS_WORDS, division, *(word for word in (*spelt, *chinese) if word not in _NOT_TELLING))


def session_ends(began: datetime, idle: timedelta, at: datetime) -> datetime:
    """When a session ends of which nothing more is heard: it was used at `at`."""
    return min(at + idle, began + SESSION_LASTS)


def level_at(level: int, until: datetime | None, at: datetime) -> int:
    """The real-name level that counts: level 3 falls back to 2 when its time has run out."""
    return 2 if level == 3 and until is not None and until <= at else level


class DocumentFault(enum.StrEnum):
    """Why a document proves nobody's face."""

    NO_KIND = "no-kind"
    RUN_OUT = "run-out"
    NO_END = "no-end"
    TOO_LONG = "too-long"


LIFELONG_FROM = 46  # 居民身份证法 5: valid for life only from then on; otherwise 20 years at the most
LONGEST_DOCUMENT = 20


def check_document(kind: str, valid_to: date | None, born: date, on: date) -> DocumentFault | None:
    """Its kind, and that it counts today; `valid_to` None: for life (居民身份证法 5). A temporary card has three months
    (临时居民身份证管理办法)."""
    if kind not in ("resident_card", "temporary_card", "residence_permit"):
        return DocumentFault.NO_KIND
    if valid_to is None:
        lifelong = kind == "resident_card" and birthday(born, LIFELONG_FROM) <= on
        return None if lifelong else DocumentFault.NO_END
    if valid_to < on:
        return DocumentFault.RUN_OUT
    longest = on + timedelta(days=92) if kind == "temporary_card" else birthday(on, LONGEST_DOCUMENT)
    return DocumentFault.TOO_LONG if valid_to > longest else None


class AgencyFault(enum.StrEnum):
    """Why a power of agency cannot stand as asked for."""

    NO_SCOPE = "no-scope"
    UNKNOWN_SERVICE = "unknown-service"
    ENDS_IN_THE_PAST = "ends-in-the-past"
    TOO_LONG = "too-long"


def check_agency(
    scope: Sequence[str], valid_to: datetime, at: datetime, known_services: Collection[str] | None
) -> AgencyFault | None:
    """A power names its services (or `*`), and ends within three years. `known_services` None: nobody knows them."""
    if not scope:
        return AgencyFault.NO_SCOPE
    if known_services is not None and not set(scope) <= {*known_services, ALL_SERVICES}:
        return AgencyFault.UNKNOWN_SERVICE
    if valid_to <= at:
        return AgencyFault.ENDS_IN_THE_PAST
    return AgencyFault.TOO_LONG if valid_to > at + LONGEST_AGENCY else None


def birthday(born: date, years: int) -> date:
    """The day so many years later; of 29 February, on 1 March of a common year."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def is_adult(born: date, on: date) -> bool:
    return birthday(born, ADULT) <= on


class CareFault(enum.StrEnum):
    """Why a document does not let one person act for another."""

    NO_RELATION = "no-relation"
    NO_DOCUMENT = "no-document"
    MINOR_NEEDS_GUARDIAN = "minor-needs-guardian"
    ADULT_NEEDS_RULING = "adult-needs-ruling"
    NO_POWER = "no-power"


_OF_PARENTS = frozenset(("household_booklet", "birth_certificate", "court_ruling"))


def check_care(kind: str, basis: str, *, is_minor: bool) -> CareFault | None:
    """A minor has a guardian, seen on booklet, certificate or ruling (民法典 27); an adult only by a court's ruling
    (28), else an agent by his own written power (165)."""
    if kind == "guardian" and is_minor:
        return None if basis in _OF_PARENTS else CareFault.NO_DOCUMENT
    if kind == "guardian":
        return None if basis == "court_ruling" else CareFault.ADULT_NEEDS_RULING
    if kind != "agent":
        return CareFault.NO_RELATION
    if is_minor:
        return CareFault.MINOR_NEEDS_GUARDIAN
    return None if basis == "power_of_attorney" else CareFault.NO_POWER


def tidy_scope(scope: Sequence[str]) -> list[str]:
    """`*` swallows the rest; else sorted, once each."""
    return [ALL_SERVICES] if ALL_SERVICES in scope else sorted({key.strip() for key in scope if key.strip()})


def kinds_of_characters(password: str) -> int:
    """How many of: lower case, upper case, digits, others (GB/T 22239 level 3 asks for three)."""
    groups = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    kinds = sum(any(char in group for char in password) for group in groups)
    return kinds + any(all(char not in group for group in groups) for char in password)


_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe_device(user_agent: str) -> str:
    """`Chrome · Windows` from a browser's own description; empty when it says nothing we know."""
    parts = [next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(part for part in parts if part)
