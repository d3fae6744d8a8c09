"""An enterprise opens a restaurant: submitted, accepted, visited, reviewed by four authorities, decided, issued."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases import services
from zhengtong.applications.cases.services import EvidenceItem
from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.audit import services as audit
from zhengtong.security.identity import queries as identity
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.files import services as files

SERVICE = "open-restaurant"
REVIEWERS = {"food": "food", "fire": "fire", "drainage": "drainage", "signboard": "signboard"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Answers:
    """What the demo enterprise writes into the form; the registers know the rest."""

    BUSINESS: ClassVar[dict[str, Any]] = {
        "$answers": {"has_business_licence": True, "premises_ready": True},
        "area_m2": 320,
        "business_form": "restaurant",
        "food_items": ["hot", "cold"],
        "seats": 86,
        "kitchen_type": "camera",
        "kitchen_area_m2": 78,
        "fuel": "natural-gas",
        "food_safety_manager": "周敏",
        "has_grease_trap": True,
        "daily_wastewater_m3": 6.5,
        "has_signboard": True,
        "signboard_text": "好味来餐厅",
        "signboard_width_m": 6,
        "signboard_height_m": 1.2,
        "contact_name": "陈晓",
        "contact_mobile": "13800138000",
        "delivery": "electronic",
        "declaration": True,
    }


@dataclass(slots=True)
class Told:
    """What came of it, for printing and for programs."""

    case: Any = None
    outcome: str = ""
    reviews: int = 0
    credentials: list[Any] = field(default_factory=list)
    receipt: dict[str, Any] = field(default_factory=dict)
    query_password: str = ""
    timeline: list[tuple[datetime, str, str]] = field(default_factory=list)


def actor(username: str, capacity: str = "", *, at: datetime) -> Actor:
    """A demo account in its capacity, as if signed in with its one-time code."""
    account = identity.find_account(username)
    if account is None:
        raise LookupError(f"no demo account {username!r}")
    return identity.actor_for_account(account, capacity, at=at, mfa=True)


def representative(username: str, *, at: datetime) -> Actor:
    """The account acting as legal representative of its company."""
    account = identity.find_account(username)
    if account is None:
        raise LookupError(f"no demo account {username!r}")
    option = next(o for o in identity.list_capacities(account, at) if o.capacity == "representative")
    return identity.actor_for_account(account, option.key, at=at, mfa=True)


def current_version() -> Any:
    """The version of the story's service in force. Raises LookupError where the package is not published."""
    version = public_services.get_current_version(SERVICE)
    if version is None:
        raise LookupError(f"{SERVICE} is not published on this node")
    return version


def evidence_for(enterprise: Actor, data: dict[str, Any], *, at: datetime) -> list[EvidenceItem]:
    """A credential already held where there is one, a drawing for everything else."""
    items = []
    for requirement in public_services.applicable_requirements(current_version(), data):
        held = credentials.usable_as_evidence(enterprise.party_urn, requirement.credential_types, at)
        if held:
            items.append(EvidenceItem(requirement.key, credential_uuid=held[0].uuid))
            continue
        stored = files.store(io.BytesIO(PNG), f"{requirement.key}.png", actor=enterprise, at=at, purpose="evidence")
        items.append(EvidenceItem(requirement.key, file_uuid=stored.uuid))
    return items


def tell(*, start: datetime, note: Callable[[datetime, str, str], None] = lambda *_: None) -> Told:
    """Play the story from `start` on, a few working days long. Every act goes through the verb the pages use."""
    story, at = Told(), start

    def say(zh: str, en: str) -> None:
        story.timeline.append((at, zh, en))
        note(at, zh, en)

    enterprise = representative("chen", at=at)
    filed = services.submit_case(
        actor=enterprise,
        version_uuid=current_version().uuid,
        data=Answers.BUSINESS,
        evidence=evidence_for(enterprise, Answers.BUSINESS, at=at),
        at=at,
    )
    story.case, story.receipt, story.query_password = filed.case, filed.receipt, filed.query_password
    say(f"企业提交申请，办件编号 {filed.case.number}", f"The enterprise applies: case {filed.case.number}")

    at += timedelta(days=1)
    services.accept_case(actor=actor("window", at=at), case_uuid=filed.case.uuid, at=at)
    reviews = list(filed.case.reviews.order_by("id"))
    story.reviews = len(reviews)
    say(f"窗口受理，{len(reviews)} 个部门同时开始审查", f"The window accepts: {len(reviews)} reviews open at once")

    at += timedelta(days=1)
    _visit(filed.case, at=at)
    say("食品、消防两名工作人员联合现场核查", "Two officers, of food and fire, visit the premises together")
    for review in reviews:
        at += timedelta(hours=1)
        services.record_opinion(
            actor=actor(REVIEWERS[review.key], at=at), review_uuid=review.uuid, outcome="favourable",
            remarks="经审查，符合要求，同意。", at=at,
        )  # fmt: skip
        say(f"{review.title['zh']}：同意", f"{review.title['en']}: favourable")

    at += timedelta(days=1)
    decided = services.decide_case(
        actor=actor("lead", at=at), case_uuid=filed.case.uuid, granted=True,
        reasons="各部门审查意见均为同意，符合法定条件，准予许可。", at=at,
    )  # fmt: skip
    story.outcome = "granted" if decided.decision.is_granted else "denied"
    story.credentials = [credentials.get(uuid) for uuid in decided.decision.credential_uuids]
    say("牵头部门作出准予决定，签发证照", "The lead authority grants; the credentials are issued")

    services.collect(actor=enterprise, case_uuid=filed.case.uuid, at=at)
    services.rate_case(actor=enterprise, case_uuid=filed.case.uuid, score=5, remarks="一次办成，很方便。", at=at)
    say("企业在线收到决定并评价：非常满意", "The enterprise receives the decision online and rates: very satisfied")
    story.case.refresh_from_db()
    story.receipt = _sealed(story.receipt, at=at)
    return story


def _sealed(receipt: dict[str, Any], *, at: datetime, patience: float = 5.0) -> dict[str, Any]:
    """The receipt with its proof of inclusion. Sealing waits for whatever transaction is still open on the server."""
    end = time.monotonic() + patience
    while True:
        audit.seal(at=at)
        complete = audit.complete_receipt(receipt)
        if "proof" in complete or time.monotonic() > end:
            return complete
        time.sleep(0.2)


def _visit(case: Any, *, at: datetime) -> None:
    food, fire = actor("food", at=at), actor("fire", at=at)
    visit = services.schedule_visit(
        actor=food, case_uuid=case.uuid, officer_accounts=[a.account_uuid for a in (food, fire) if a.account_uuid],
        scheduled_at=at, place="广安区民生路 1 号", at=at,
    )  # fmt: skip
    services.record_visit(
        actor=food, visit_uuid=visit.uuid, findings="布局合理，设施设备符合要求，疏散通道畅通。", conducted_at=at, at=at
    )


def clocks_of(case: Any, *, at: datetime) -> list[Any]:
    """The case's clocks, for printing."""
    return deadlines.clocks_of(case.urn, at=at)


def review_rows(case: Any) -> list[Any]:
    return cases.review_facts(case.reviews.order_by("id"))
