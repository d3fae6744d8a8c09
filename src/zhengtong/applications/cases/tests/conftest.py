"""A filed case on a node with its first data."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest

from zhengtong.applications.cases.models import Case
from zhengtong.config.story.restaurant import Answers, actor, evidence_for, representative
from zhengtong.kernel.clock import CHINA

START = datetime(2026, 11, 16, 10, 0, tzinfo=CHINA)  # a Monday


def file_case(at: datetime = START, **answers: Any) -> Case:
    """The demo enterprise applies for its restaurant; `answers` replace those of the story."""
    from zhengtong.applications.cases import services
    from zhengtong.applications.public_services import queries as public_services

    enterprise = representative("chen", at=at)
    data = {k: v for k, v in (Answers.BUSINESS | answers).items() if v is not None}
    return services.submit_case(
        actor=enterprise,
        version_uuid=public_services.get_current_version("open-restaurant").uuid,
        data=data,
        evidence=evidence_for(enterprise, data, at=at),
        at=at,
    ).case


def act_as(username: str, at: datetime = START) -> Any:
    return actor(username, at=at)


def hand(username: str, capacity: str, at: datetime = START) -> Any:
    """A demo account in the first capacity of this kind."""
    from zhengtong.security.identity import queries as identity

    account = identity.find_account(username)
    key = next(o.key for o in identity.list_capacities(account, at) if o.capacity == capacity)
    return identity.actor_for_account(account, key, at=at, mfa=True)


@pytest.fixture
def filed(seeded) -> Case:
    return file_case()


@pytest.fixture
def accepted(filed: Case) -> Case:
    from zhengtong.applications.cases import services

    services.accept_case(actor=act_as("window"), case_uuid=filed.uuid, at=START)
    filed.refresh_from_db()
    return filed


def visit(case: Case, at: datetime = START) -> None:
    """Two officers, one of each authority, arrange their joint visit and record it."""
    from zhengtong.applications.cases import services

    food, fire = act_as("food", at), act_as("fire", at)
    made = services.schedule_visit(
        actor=food, case_uuid=case.uuid, officer_accounts=[food.account_uuid, fire.account_uuid], scheduled_at=at,
        place="演示路18号", at=at,
    )  # fmt: skip
    services.record_visit(actor=fire, visit_uuid=made.uuid, findings="布局合理，设施齐全。", conducted_at=at, at=at)


def draft_restaurant(at: datetime) -> UUID:
    """A draft of the demo enterprise with all its evidence, ready to be filed."""
    from zhengtong.applications.cases import services
    from zhengtong.applications.public_services import queries as public_services
    from zhengtong.config.story.restaurant import PNG, SERVICE
    from zhengtong.support.forms import services as forms

    enterprise, version = representative("chen", at=at), public_services.get_current_version(SERVICE)
    draft = forms.save_draft(
        actor=enterprise, service_key=SERVICE, version_uuid=version.uuid, data=Answers.BUSINESS, step="contact", at=at
    )
    for item in evidence_for(enterprise, Answers.BUSINESS, at=at):
        given = {"actor": enterprise, "draft_uuid": draft.uuid, "requirement_key": item.requirement_key}
        if item.credential_uuid:
            services.attach_credential(**given, credential_uuid=item.credential_uuid)
        else:
            services.attach_file(**given, stream=BytesIO(PNG), name="图纸.png", at=at)
    return draft.uuid


def file_card(at: datetime = START) -> Case:
    """A resident applies for the senior card: a public service (GB/T 39046: 20), no licence."""
    from zhengtong.applications.cases import services
    from zhengtong.applications.public_services import queries as public_services
    from zhengtong.config.story.restaurant import PNG
    from zhengtong.support.files import services as files

    resident = actor("wang", at=at)
    stored = files.store(BytesIO(PNG), "portrait.png", actor=resident, at=at, purpose="evidence")
    data = {
        "age_group": "65-79", "residence": "registered", "residence_address": "广安区演示路1号2单元301",
        "contact_mobile": "13900000000", "wants_printed_card": False, "declaration": True, "$answers": {"age": 70},
    }  # fmt: skip
    return services.submit_case(
        actor=resident,
        version_uuid=public_services.get_current_version("senior-card").uuid,
        data=data,
        evidence=[services.EvidenceItem("portrait", file_uuid=stored.uuid)],
        at=at,
    ).case
