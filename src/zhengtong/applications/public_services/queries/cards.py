"""Summary cards: what a service is at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhengtong.kernel.texts import Texts
from zhengtong.security.directory import queries as directory

from .. import definitions, rules
from ..models import PublicService


@dataclass(frozen=True, slots=True)
class Card:
    """The summary card of a service: who, how long, how often in person, how much, where. None: not known."""

    service: PublicService
    title: Texts
    summary: Texts
    department: str
    department_en: str
    audience: tuple[str, ...]
    task_type: str
    is_online: bool
    is_joint: bool
    acceptance_days: int | None
    promised_days: int | None
    statutory_days: int | None
    visits: int | None
    is_free: bool | None
    fee_fen: int | None
    result: tuple[Texts, ...]
    place: Mapping[str, Any]
    contact: Mapping[str, Any]
    lang: str
    version_number: int | None
    published_at: datetime | None


def summary_card(service: PublicService) -> Card:
    """One card. For a list use `summary_cards`."""
    return summary_cards([service])[0]


def summary_cards(services: Sequence[PublicService]) -> list[Card]:
    """The cards of services that were loaded with their versions: one query for the organisations."""
    uuids = {service.organisation_uuid for service in services if service.organisation_uuid}
    organisations: dict[Any, Any] = {**directory.organisations_by_uuid(uuids)}
    return [_card(service, organisations.get(service.organisation_uuid)) for service in services]


def _card(service: PublicService, organisation: Any) -> Card:
    version = service.current_version
    manifest = version.manifest if version else {}
    decision = definitions.decision_of(manifest) if manifest else None
    fees = manifest.get("fees") or []
    return Card(
        service=service, title=service.title, summary=service.summary,
        department=organisation.name if organisation else service.department_name,
        department_en=getattr(organisation, "name_en", "") if organisation else "",
        audience=tuple(service.audience), task_type=service.task_type, is_online=version is not None,
        is_joint=manifest.get("kind") == rules.JOINT,
        acceptance_days=decision.acceptance_days if decision else None,
        promised_days=decision.promised_days if decision else None,
        statutory_days=decision.statutory_days if decision else None,
        visits=(manifest.get("visits") or {}).get("count", 0) if version else None,
        is_free=not fees if version else None,
        fee_fen=sum(fee["amount_fen"] for fee in fees) if version else None,
        result=_results(manifest), place=manifest.get("place") or {}, contact=manifest.get("contact") or {},
        lang=service.lang, version_number=version.number if version else None,
        published_at=version.published_at if version else None,
    )  # fmt: skip


def _results(manifest: Mapping[str, Any]) -> tuple[Texts, ...]:
    if not manifest:
        return ()
    credentials = tuple(credential.title for credential in definitions.credentials_of(manifest))
    return credentials or ((manifest["result"],) if manifest.get("result") else ())
