"""Questions about places, authorities and who holds which post."""

from __future__ import annotations

import csv
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import PostRef
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.identifiers import SYNTHETIC_AREA

from .models import Appointment, Division, Organisation, Post

DATA = Path(__file__).parent / "data"

KEPT_SECONDS = 30.0
MOST_KEPT = 2_000
_kept: dict[uuid.UUID, tuple[float, Organisation]] = {}

__all__ = [
    "DATA",
    "Appointment",
    "Division",
    "Officer",
    "Organisation",
    "Post",
    "area_years",
    "division_names",
    "find_division",
    "find_organisation",
    "forget_organisations",
    "get_division",
    "get_organisation",
    "get_post",
    "holder_and_posts",
    "holder_names",
    "known_areas",
    "list_appointments_of",
    "list_child_divisions",
    "list_divisions_path",
    "list_holders",
    "list_officers",
    "list_organisations",
    "list_posts_in",
    "list_posts_of",
    "organisations_by_uuid",
    "posts_at",
    "posts_held",
    "posts_of_accounts",
    "posts_of_holders",
    "posts_of_officers",
    "present_areas",
]


def find_division(code: str) -> Division | None:
    """By the code of 2, 4, 6, 9 or 12 digits; of a city that stands at two levels, the city."""
    return Division.objects.filter(code=code.ljust(12, "0")).order_by("level").first()


def get_division(code: str) -> Division:
    """As `find_division`. Raises NotFound."""
    division = find_division(code)
    if division is None:
        raise NotFound(_("没有代码为“%s”的行政区划。") % code, remedy=_("请使用 GB/T 2260 的六位代码。"))
    return division


def list_child_divisions(code: str = "") -> list[Division]:
    """The divisions directly below, by pinyin; without a code the provinces. One query."""
    if not code:
        return list(Division.objects.filter(parent=None).order_by("code"))
    return list(Division.objects.filter(parent__code=code.ljust(12, "0")).order_by("pinyin", "code"))


def list_divisions_path(code: str) -> list[Division]:
    """From the province down to the division itself."""
    steps = get_division(code).path.split("/")
    paths = ["/".join(steps[: depth + 1]) for depth in range(len(steps))]
    return list(Division.objects.filter(path__in=paths).order_by("level"))


def division_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of divisions by the codes they were asked by (6 digits and more); unknown ones are missing. One query."""
    wanted = {code.ljust(12, "0"): code for code in codes}
    rows = Division.objects.filter(code__in=wanted).order_by("-level").values_list("code", "name")
    return {wanted[code]: name for code, name in rows}


def present_areas() -> frozenset[str]:
    """Six-digit codes of the divisions there are now, of provinces and cities too: the country's, and what this node
    has beside them. One query."""
    codes = set(Division.objects.filter(level__lte=3).values_list("code", flat=True))
    with open(DATA / "divisions_pca_2023.csv", encoding="utf-8", newline="") as file:
        codes |= {row["code12"] for row in csv.DictReader(file)}
    return frozenset(code[:6] for code in codes)


def known_areas() -> frozenset[str]:
    """Six-digit codes an identity number may begin with: of today, of the past (GB/T 2260 since 1980), and those of
    Hong Kong, Macao and Taiwan residents. In a demo also 999999, which belongs to nobody."""
    return _known_areas(is_demo=bool(settings.ZT_DEMO))


@cache
def _known_areas(*, is_demo: bool) -> frozenset[str]:
    areas = {"710000", "810000", "820000", "830000"} | ({SYNTHETIC_AREA} if is_demo else set())
    for name, column in (("gb2260_history_1980_2019.csv", "code6"), ("divisions_pca_2023.csv", "code12")):
        with open(DATA / name, encoding="utf-8", newline="") as file:
            areas |= {row[column][:6] for row in csv.DictReader(file)}
    return frozenset(areas)


@cache
def area_years() -> dict[str, tuple[int, int]]:
    """Six-digit code → the first and the last year in which a list of GB/T 2260 since 1980, or the statistics of 2023,
    had it; 9999 where it still stands. A name it had meanwhile does not matter."""
    with open(DATA / "divisions_pca_2023.csv", encoding="utf-8", newline="") as file:
        present = {row["code12"][:6] for row in csv.DictReader(file)}
    found = {code: (2020, 9999) for code in present}
    with open(DATA / "gb2260_history_1980_2019.csv", encoding="utf-8", newline="") as file:
        lines = [(row["code6"], row["first_seen_yyyymm"], row["last_seen_yyyymm"]) for row in csv.DictReader(file)]
    newest = max(last for _code, _first, last in lines)
    for code, first, last in sorted(lines, key=lambda line: line[2]):
        end = 9999 if last == newest and code in present else int(last[:4])
        found[code] = (min(int(first[:4]), found.get(code, (9999, 0))[0]), end)
    return found


def get_organisation(organisation_uuid: uuid.UUID) -> Organisation:
    """As `organisations_by_uuid`, for one. Raises NotFound."""
    organisation = organisations_by_uuid([organisation_uuid]).get(organisation_uuid)
    if organisation is None:
        raise NotFound(_("没有找到该部门。"), remedy=_("部门可能已撤并，请从部门名录中重新选择。"))
    return organisation


def forget_organisations() -> None:
    """Ask the database again: an organisation was changed by this process."""
    _kept.clear()


def find_organisation(key: str) -> Organisation | None:
    """By the key used in service packages, e.g. `market-regulation`."""
    return Organisation.objects.filter(key=key).first()


def organisations_by_uuid(uuids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Organisation]:
    """One query for any number, none for those kept; those not found are left out.

    Kept for KEPT_SECONDS: what another process changed shows by then. They are shared: do not alter what you get.
    """
    wanted, now = set(uuids), time.monotonic()
    found = {one: kept for one in wanted if (entry := _kept.get(one)) and now < entry[0] and (kept := entry[1])}
    if missing := wanted - found.keys():
        read = {organisation.uuid: organisation for organisation in Organisation.objects.filter(uuid__in=missing)}
        if len(_kept) + len(read) > MOST_KEPT:
            _kept.clear()
        _kept.update({one: (now + KEPT_SECONDS, organisation) for one, organisation in read.items()})
        found |= read
    return found


def list_organisations() -> list[Organisation]:
    return list(Organisation.objects.all())


def get_post(post_uuid: uuid.UUID) -> Post:
    """Raises NotFound."""
    post = Post.objects.select_related("organisation").filter(uuid=post_uuid).first()
    if post is None:
        raise NotFound(_("没有找到该岗位。"))
    return post


def list_posts_in(organisation_uuid: uuid.UUID) -> list[Post]:
    """The posts of an organisation, its head first."""
    posts = Post.objects.select_related("organisation").filter(organisation__uuid=organisation_uuid)
    return list(posts.order_by("-is_head", "id"))


def list_appointments_of(account_uuid: uuid.UUID, at: datetime) -> list[Appointment]:
    """What the account holds at that moment, with post and organisation. One query."""
    held = Appointment.objects.filter(account_uuid=account_uuid, since__lte=at).filter(Q(until=None) | Q(until__gt=at))
    return list(held.select_related("post__organisation").order_by("since", "id"))


_HELD = """
    SELECT held.holder_name, post.uuid, organisation.uuid, organisation.division_path, post.title ->> 'zh', post.is_head
    FROM security_directory_appointment held
    JOIN security_directory_post post ON post.id = held.post_id
    JOIN security_directory_organisation organisation ON organisation.id = post.organisation_id
    WHERE held.account_uuid = %s AND held.since <= %s AND (held.until IS NULL OR held.until > %s)
    ORDER BY held.since, held.id
"""


def list_posts_of(account_uuid: uuid.UUID, at: datetime) -> list[PostRef]:
    """The posts the account holds at that moment, the latest appointment last. One query."""
    return list(holder_and_posts(account_uuid, at)[1])


def holder_and_posts(account_uuid: uuid.UUID, at: datetime) -> tuple[str, tuple[PostRef, ...]]:
    """The name under which the account holds its posts, and these as plain values; read in every request."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [account_uuid, at, at])
        rows = cursor.fetchall()
    return (rows[-1][0] if rows else ""), tuple(PostRef(*row[1:]) for row in rows)


def posts_held(account_uuid: uuid.UUID, at: datetime) -> frozenset[uuid.UUID]:
    """The posts the account holds at that moment or is appointed to from a later one."""
    return frozenset(_not_over(at).filter(account_uuid=account_uuid).values_list("post__uuid", flat=True))


def posts_of_holders(post_uuid: uuid.UUID, at: datetime) -> list[frozenset[uuid.UUID]]:
    """For each holder of the post, now or from a later moment, all the posts of that person."""
    accounts = _not_over(at).filter(post__uuid=post_uuid).values_list("account_uuid", flat=True)
    return [posts_held(account, at) for account in accounts]


def _not_over(at: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(Q(until=None) | Q(until__gt=at))


def holder_names(account_uuids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The names under which officials were appointed, the latest each; also of those who have left."""
    rows = Appointment.objects.filter(account_uuid__in=set(account_uuids)).order_by("since", "id")
    return dict(rows.values_list("account_uuid", "holder_name"))


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who holds a post now, for lists to choose from. `title` and `organisation` are text maps.

    `post_uuids`: every post held in the organisations asked about.
    """

    account_uuid: uuid.UUID
    name: str
    title: dict[str, str]
    organisation_uuid: uuid.UUID
    organisation: dict[str, str]
    post_uuids: tuple[uuid.UUID, ...] = ()


def list_officers(organisation_uuids: Iterable[uuid.UUID], at: datetime) -> list[Officer]:
    """Who holds a post in these organisations at that moment, each person once, by organisation and name. One query."""
    held = _held_at(at).filter(post__organisation__uuid__in=set(organisation_uuids))
    rows = held.order_by("post__organisation__order", "holder_name", "id")
    found = {row.account_uuid: _officer(row) for row in rows}
    posts: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for row in rows:
        posts[row.account_uuid].append(row.post.uuid)
    return [replace(officer, post_uuids=tuple(posts[account])) for account, officer in found.items()]


def list_holders(post_uuids: Iterable[uuid.UUID], account_uuids: Iterable[uuid.UUID], at: datetime) -> list[Officer]:
    """Who holds one of these posts at that moment, and these accounts where they hold any; each once. One query."""
    held = _held_at(at).filter(Q(post__uuid__in=set(post_uuids)) | Q(account_uuid__in=set(account_uuids)))
    rows = held.order_by("post__organisation__order", "holder_name", "id")
    return list({row.account_uuid: _officer(row) for row in rows}.values())


def posts_of_officers(account_uuids: Iterable[uuid.UUID], at: datetime) -> dict[uuid.UUID, tuple[PostRef, ...]]:
    """Account → its posts at that moment as plain values. One query."""
    posts: dict[uuid.UUID, list[PostRef]] = defaultdict(list)
    for row in _held_at(at).filter(account_uuid__in=set(account_uuids)).order_by("since", "id"):
        organisation = row.post.organisation
        posts[row.account_uuid].append(
            PostRef(
                row.post.uuid, organisation.uuid, organisation.division_id, row.post.title.get("zh", ""),
                row.post.is_head,
            )
        )  # fmt: skip
    return {account: tuple(held) for account, held in posts.items()}


def posts_at(moments: Iterable[tuple[uuid.UUID, datetime]]) -> dict[tuple[uuid.UUID, datetime], list[Officer]]:
    """The posts each account held at its moment, whatever it holds today; without any, an empty list. One query."""
    wanted = set(moments)
    held = Appointment.objects.filter(account_uuid__in={account for account, _at in wanted}).order_by("since", "id")
    rows = list(held.select_related("post__organisation")) if wanted else []
    return {
        (account, at): [
            _officer(row)
            for row in rows
            if row.account_uuid == account and row.since <= at and (row.until is None or row.until > at)
        ]
        for account, at in wanted
    }


def posts_of_accounts(account_uuids: Iterable[uuid.UUID], at: datetime) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Account → every post it held at that moment; those without one are left out. One query."""
    posts: dict[uuid.UUID, set[uuid.UUID]] = {}
    held = _held_at(at).filter(account_uuid__in=set(account_uuids))
    for account, post in held.values_list("account_uuid", "post__uuid"):
        posts.setdefault(account, set()).add(post)
    return posts


def _held_at(at: datetime) -> QuerySet[Appointment]:
    held = Appointment.objects.filter(since__lte=at).filter(Q(until=None) | Q(until__gt=at))
    return held.select_related("post__organisation")


def _officer(row: Appointment) -> Officer:
    organisation = row.post.organisation
    return Officer(row.account_uuid, row.holder_name, row.post.title, organisation.uuid, organisation.title)
