"""Credentials that the people of the demonstration hold already, so that there is something to reuse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Protocol

from zhengtong.kernel.actors import system_actor
from zhengtong.security.directory import queries as directory

from .. import queries
from ..models import Credential
from .issuing import issue
from .types import declare_builtin_types


class Paper(Protocol):
    """What somebody holds; `registers.services.seed_demo` answers a list of these."""

    @property
    def type_key(self) -> str: ...
    @property
    def holder_urn(self) -> str: ...
    @property
    def authority(self) -> str: ...
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def valid_to(self) -> date | None: ...


def seed_demo(papers: Iterable[Paper], *, at: datetime) -> list[Credential]:
    """Declare the built-in types and issue the papers that are missing. A second call issues nothing."""
    seeding = system_actor("seed")
    declare_builtin_types(actor=seeding, at=at)
    return [_issue(paper, at) for paper in papers if not _held(paper)]


def _held(paper: Paper) -> bool:
    return any(one.data == paper.data for one in queries.list_for_holder(paper.holder_urn, [paper.type_key]))


def _issue(paper: Paper, at: datetime) -> Credential:
    organisation = directory.find_organisation(paper.authority)
    if organisation is None:
        raise LookupError(f"load the directory first: there is no organisation {paper.authority!r}")
    return issue(
        system_actor("seed"), type_key=paper.type_key, holder_urn=paper.holder_urn, data=paper.data,
        organisation_uuid=organisation.uuid, valid_to=paper.valid_to, at=at,
    )  # fmt: skip
