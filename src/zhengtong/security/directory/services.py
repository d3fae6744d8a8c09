"""Load divisions and organisations; create posts and fill them."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.kernel.identifiers import check_uscc
from zhengtong.kernel.ids import make_urn
from zhengtong.kernel.texts import missing_languages
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from . import queries, rules
from .models import Appointment, Division, Organisation, Post
from .queries import DATA, get_post

_STAGE = """
DROP TABLE IF EXISTS division_stage;
CREATE TEMPORARY TABLE division_stage ON COMMIT DROP AS
SELECT code, name, level, parent_path, path, pinyin FROM security_directory_division LIMIT 0
"""
_COPY = "COPY division_stage (code, name, level, parent_path, path, pinyin) FROM STDIN (FORMAT csv)"
_MERGE = """
INSERT INTO security_directory_division AS old (code, name, level, parent_path, path, pinyin)
SELECT code, name, level, parent_path, path, pinyin FROM division_stage ORDER BY level
ON CONFLICT (path) DO UPDATE SET name = excluded.name, pinyin = excluded.pinyin
WHERE (old.name, old.pinyin) IS DISTINCT FROM (excluded.name, excluded.pinyin)
"""
_NODE = uuid.UUID(int=0)  # the node itself, as the object of an act on a whole table


@verb
def load_divisions(*, actor: Actor, at: datetime) -> int:
    """Load or refresh the 3,351 divisions down to counties; the number of rows that changed. Idempotent."""
    permissions.require(actor, "directory.division.load")
    rows = [(row["code12"], row["name"], int(row["level"])) for row in _read(DATA / "divisions_pca_2023.csv")]
    return _copy(actor, rows, at)


@verb
def load_towns(county6: str, *, actor: Actor, at: datetime) -> int:
    """Load the towns and streets of one county. Idempotent. Raises NotFound when the county has none or is unknown."""
    permissions.require(actor, "directory.division.load")
    if not Division.objects.filter(path=rules.path_of(county6.ljust(12, "0"), 3)).exists():
        raise NotFound(
            _("没有代码为“%s”的县级行政区划。") % county6, remedy=_("请先装入县级以上行政区划，并使用六位代码。")
        )
    towns = (row for row in _read(DATA / "divisions_town_2023.csv") if row["county6"] == county6)
    return _copy(actor, [(row["code9"] + "000", row["name"], 4) for row in towns], at)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _copy(actor: Actor, rows: Iterable[tuple[str, str, int]], at: datetime) -> int:
    """COPY into a stage, then one statement that writes only what differs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for code, name, level in rows:
        path = rules.path_of(code, level)
        writer.writerow((code, name, level, rules.parent_path(path), path, rules.pinyin_of(name)))
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.write(buffer.getvalue())
        cursor.execute(_MERGE)
        changed = cursor.rowcount
    if changed:
        node = make_urn("directory", "division", _NODE)
        audit.record(actor, "directory.division.loaded", node, at=at, detail={"rows": changed})
    return changed


@verb
def load_organisations(*, actor: Actor, at: datetime, path: Path = DATA / "organisations.csv") -> int:
    """Load or refresh the organisations from the reviewed list; how many. Raises Invalid naming the line."""
    permissions.require(actor, "directory.organisation.load")
    rows = list(_read(path))
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        _check_organisation(number, row, seen)
    Organisation.objects.bulk_create(
        [Organisation(key=row["key"], **_organisation_values(row, order)) for order, row in enumerate(rows)],
        update_conflicts=True, unique_fields=["key"], update_fields=_REFRESHED,
    )  # fmt: skip
    node = make_urn("directory", "organisation", _NODE)
    audit.record(actor, "directory.organisation.loaded", node, at=at, detail={"rows": len(rows)})
    return len(rows)


def _check_organisation(number: int, row: dict[str, str], seen: set[str]) -> None:
    wrong = next(
        (column for column in ("key", "name", "name_en", "official_name", "division") if not row.get(column)), ""
    )
    if wrong:
        raise Invalid(_("部门名录第 %(line)d 行缺少“%(column)s”。") % {"line": number, "column": wrong})
    if row["key"] in seen:
        raise Invalid(_("部门名录第 %(line)d 行的“%(key)s”重复。") % {"line": number, "key": row["key"]})
    seen.add(row["key"])
    if row["uscc"] and check_uscc(row["uscc"]):
        raise Invalid(
            _("部门名录第 %(line)d 行的统一社会信用代码“%(code)s”校验不通过。") % {"line": number, "code": row["uscc"]},
            remedy=_("请核对代码；不能确定时留空。"),
        )


_REFRESHED = ("name", "name_en", "official_name", "uscc", "division", "competences", "basis", "order")


def _organisation_values(row: dict[str, str], order: int) -> dict[str, object]:
    return {
        "name": row["name"],
        "name_en": row["name_en"],
        "official_name": row["official_name"],
        "uscc": row["uscc"] or None,
        "division_id": rules.path_of(row["division"].ljust(12, "0"), 3),
        "competences": {"zh": row["competences"], "en": row["competences_en"]},
        "basis": row["basis"],
        "order": order,
    }


@verb
def create_post(
    *, actor: Actor, organisation_uuid: uuid.UUID, title: dict[str, str], at: datetime, is_head: bool = False
) -> Post:
    """A new post of an organisation. Raises NotFound, Invalid (a title in one language only), Denied."""
    organisation = Organisation.objects.select_for_update().filter(uuid=organisation_uuid).first()
    permissions.require(actor, "directory.post.create")
    if organisation is None:
        raise NotFound(_("没有找到该部门。"))
    if missing_languages(title):
        raise Invalid(_("岗位名称须有中文和英文。"), remedy=_("请补全两种语言的名称。"))
    post = Post.objects.create(organisation=organisation, title=title, is_head=is_head)
    audit.record(actor, "directory.post.created", post, at=at, detail={"organisation": organisation.key})
    return post


@verb
def appoint(
    *, actor: Actor, post_uuid: uuid.UUID, account_uuid: uuid.UUID, holder_name: str, at: datetime
) -> Appointment:
    """Put an official into a post from `at` on. Raises NotFound, Conflict (holds it, incompatible duties), Denied."""
    permissions.lock_duties()
    post = get_post(post_uuid)
    permissions.require(actor, "directory.official.appoint")
    permissions.check_duties([post_uuid, *queries.posts_held(account_uuid, at)])
    try:
        with transaction.atomic():
            appointment = Appointment.objects.create(
                post=post, account_uuid=account_uuid, holder_name=holder_name, since=at
            )
    except IntegrityError as error:
        raise Conflict(_("该人员已在此岗位任职。")) from error
    audit.record(actor, "directory.official.appointed", appointment, at=at, detail={"post": str(post_uuid)})
    return appointment


@verb
def release(*, actor: Actor, post_uuid: uuid.UUID, account_uuid: uuid.UUID, at: datetime) -> Appointment:
    """End an appointment. Raises NotFound, Denied."""
    open_ones = Appointment.objects.select_for_update().filter(until=None)
    appointment = open_ones.filter(post__uuid=post_uuid, account_uuid=account_uuid).first()
    permissions.require(actor, "directory.official.appoint")
    if appointment is None:
        raise NotFound(_("该人员不在此岗位任职。"))
    appointment.until = max(at, appointment.since)
    appointment.save(update_fields=["until"])
    permissions.end_delegations_of(actor=actor, post_uuid=post_uuid, account_uuid=account_uuid, at=at)
    audit.record(actor, "directory.official.released", appointment, at=at, detail={"post": str(post_uuid)})
    return appointment
