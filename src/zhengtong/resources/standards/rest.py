"""Code tables and data elements for everybody: read only, as they are public."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import public

from . import queries
from .rules.elements import as_spec
from .rules.telling import outcome_text

router = Router(tags=["standards"])
WHY = "code tables and data elements are public"


class EditionOut(Schema):
    """`valid_from` null: since before anybody recorded; `valid_to` null: in force."""

    version: str
    valid_from: date | None
    valid_to: date | None
    count: int
    is_verified: bool


class TableOut(Schema):
    key: str
    standard: str
    title: dict[str, str]
    provenance: str
    is_verified: bool


class TableDetailOut(TableOut):
    editions: list[EditionOut]


class CodeOut(Schema):
    """One code with its first and last day under this name; `is_leaf`: nothing stands below it."""

    code: str
    label: dict[str, str]
    parent_code: str
    level: int
    is_leaf: bool
    valid_from: date | None
    valid_to: date | None
    is_verified: bool


class CodesOut(Schema):
    codes: list[CodeOut]
    next: str = ""


class NamedOut(Schema):
    code: str
    name: str


class RemovedOut(NamedOut):
    """`kind`: recoded, renamed, merged, split or abolished. `is_certain`: nothing on the way was inferred."""

    kind: str
    successors: list[NamedOut]
    is_certain: bool


class PairOut(Schema):
    code: str
    old: str
    new: str


class DiffOut(Schema):
    """`renamed`: old and new name; `moved`: old and new parent."""

    old: str
    new: str
    added: list[NamedOut]
    removed: list[RemovedOut]
    renamed: list[PairOut]
    moved: list[PairOut]
    unchanged: int


class StepOut(Schema):
    on_day: date
    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    source: str
    is_inferred: bool


class ResolutionOut(Schema):
    """`outcome`: same, renamed, replaced, several, abolished, not_yet or unknown."""

    code: str
    name: str
    outcome: str
    text: dict[str, str]
    ends: list[NamedOut]
    steps: list[StepOut]
    is_certain: bool


class ElementOut(Schema):
    """`spec`: the whole definition; `representation` after GB/T 19488 (an18, c..200, n..12,2)."""

    identifier: str
    version: int
    status: str
    name: dict[str, str]
    definition: dict[str, str]
    type: str
    representation: str
    spec: dict[str, Any]


class ElementsOut(Schema):
    elements: list[ElementOut]
    next: str = ""


class CodesIn(Schema):
    """`on`: as of which day (today); `parent`: right below this code (empty: the top); `q`: code, name or initials."""

    on: date | None = None
    parent: str | None = Field(None, max_length=20)
    q: str = Field("", max_length=60)
    after: str = Field("", max_length=40)
    limit: int = Field(100, ge=1, le=500)


class ResolveIn(Schema):
    """`from`: the day on which the code was in use (its newest meaning); `to`: as of which day (today)."""

    code: str = Field(max_length=20)
    from_: date | None = Field(None, alias="from")
    to: date | None = None


class ElementsIn(Schema):
    q: str = Field("", max_length=60)
    theme: str = Field("", max_length=40)
    after: str = Field("", max_length=60)


@router.get("/tables", auth=None, response=list[TableOut], summary="Code tables")
@public(WHY)
def list_tables(request: HttpRequest) -> Any:  # noqa: ARG001
    """Every code table of the node."""
    return queries.list_tables()


@router.get("/tables/{slug:key}", auth=None, response=TableDetailOut, summary="One code table with its editions")
@public(WHY)
def get_table(request: HttpRequest, key: str) -> Any:  # noqa: ARG001
    """The newest edition first."""
    table = queries.get_table(key)
    return TableOut.from_orm(table).dict() | {"editions": queries.list_editions(key)}


@router.get("/tables/{slug:key}/codes", auth=None, response=CodesOut, summary="Codes valid on a day")
@limited("search")
@public(WHY)
def list_codes(request: HttpRequest, key: str, asked: Query[CodesIn]) -> Any:  # noqa: ARG001
    """In the order of the table; `after` is the `next` of the page before."""
    queries.get_table(key)
    day = asked.on or china_date(now())
    return queries.page_codes(
        key, on=day, parent=asked.parent, words=asked.q, after=asked.after, limit=asked.limit
    )  # fmt: skip


@router.get("/tables/{slug:key}/codes/{code}", auth=None, response=CodeOut, summary="One code")
@public(WHY)
def get_code(request: HttpRequest, key: str, code: str, on: date | None = None) -> Any:  # noqa: ARG001
    """As it stood on the day; without a day as it stands or stood last."""
    queries.get_table(key)
    found = queries.find_code(key, code[:20], on=on)
    if found is None:
        raise NotFound
    return found


@router.get("/tables/{slug:key}/diff", auth=None, response=DiffOut, summary="What differs between two editions")
@limited("search")
@public(WHY)
def diff(request: HttpRequest, key: str, old: str, new: str) -> Any:  # noqa: ARG001
    """The versions of two editions, the older first."""
    found = queries.diff_editions(key, old, new)
    return {
        "old": old, "new": new, "added": found.added, "unchanged": found.unchanged,
        "removed": [
            {"code": one.row.code, "name": one.row.name, "kind": one.kind, "successors": one.successors,
             "is_certain": one.is_certain} for one in found.removed
        ],
        "renamed": [{"code": a.code, "old": a.name, "new": b.name} for a, b in found.renamed],
        "moved": [{"code": a.code, "old": a.parent_code, "new": b.parent_code} for a, b in found.moved],
    }  # fmt: skip


@router.get("/tables/{slug:key}/resolve", auth=None, response=ResolutionOut, summary="What became of a code")
@limited("search")
@public(WHY)
def resolve(request: HttpRequest, key: str, asked: Query[ResolveIn]) -> Any:  # noqa: ARG001
    """A code of 1985 as it is today, with every step on the way; what was inferred says so."""
    answer = queries.resolve(key, asked.code, from_=asked.from_, to=asked.to)
    return {
        "code": answer.code, "name": answer.name, "outcome": str(answer.outcome), "text": outcome_text(answer),
        "ends": answer.ends, "steps": answer.steps, "is_certain": answer.is_certain,
    }  # fmt: skip


def _element(element: queries.Element) -> dict[str, Any]:
    return {
        "identifier": element.identifier, "version": element.version, "status": element.status, "name": element.name,
        "definition": element.definition, "type": str(element.type), "representation": element.representation,
        "spec": as_spec(element),
    }  # fmt: skip


@router.get("/elements", auth=None, response=ElementsOut, summary="Data elements")
@limited("search")
@public(WHY)
def list_elements(request: HttpRequest, asked: Query[ElementsIn]) -> Any:  # noqa: ARG001
    """By identifier, the newest version of each; `after` is the `next` of the page before."""
    page = queries.list_elements(asked.q, theme=asked.theme, after=asked.after)
    return {"elements": [_element(element) for element in page.elements], "next": page.next}


@router.get("/elements/{slug:identifier}", auth=None, response=ElementOut, summary="One data element")
@public(WHY)
def get_element(request: HttpRequest, identifier: str, version: int | None = Query(None, ge=1, le=9999)) -> Any:  # noqa: ARG001
    """That version, or the newest that is a standard."""
    return _element(queries.get_element(identifier, version))
