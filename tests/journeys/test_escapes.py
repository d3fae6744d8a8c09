"""Nobody gets at what is another's: every address that has a policy, asked with real ids by everybody who may not.

Sideways: another company's case, another authority's, the same hand in another capacity. Upwards: an officer without
the role, without the second factor; an applicant at the workbench. What is sent is undone again.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from zhengtong.applications.cases.models import Case, Review
from zhengtong.applications.cases.tests.conftest import draft_restaurant, file_card
from zhengtong.config.story.restaurant import PNG
from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import china_date, now
from zhengtong.resources.credentials.models import Credential
from zhengtong.resources.registers.models import Dispute, Match, QualityReport, ReadGrant, Subscription
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory.models import Organisation
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity import services
from zhengtong.security.identity.models import LegalEntity, Recovery, Representation, Verification
from zhengtong.security.identity.tests import factories as make
from zhengtong.security.permissions import queries, reviewed
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.models import Delegation, RoleBinding
from zhengtong.security.permissions.providers import POLICIES
from zhengtong.security.permissions.queries import Route
from zhengtong.security.permissions.reaching import lawful_purposes
from zhengtong.security.sso.tests.factories import make_client
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.forms.models import Draft

from .standing import delegation, disputed, entity_of, granted_reading, matched, reported_quality, subscribed
from .states import STATES

# A route outside this list that takes an id is asked with the ids below; its policy decides who is let in.
pytestmark = pytest.mark.once
ROUTES = [r for r in queries.list_routes() if r.policy not in ("public", "") and not r.prefix]
REFUSED = {401, 403, 404}
TO_PROVE_ONESELF = ("/accounts/login/", "/accounts/2fa/")


@dataclass
class Visitor:
    name: str
    client: Client
    actor: Actor


@dataclass
class World:
    """What lies on the node, and who comes."""

    visitors: list[Visitor]
    cases: list[Case]
    drafts: list[Draft]

    def ids(self, route: Route) -> Iterator[tuple[dict[str, Any], Any]]:
        """(parts of the address and of the body, the thing the policy is asked about) for every thing there is."""
        if "credential_uuid" in route.path and "case_uuid" not in route.path:
            yield from (({"credential_uuid": c.uuid}, c) for c in Credential.objects.order_by("id")[:2])
        elif route.policy.startswith("cases.review.") and route.policy != "cases.review.list":
            for review in Review.objects.filter(case__in=self.cases, key__in=("fire", "eligibility")):
                yield {"case_uuid": review.case.uuid, "review_uuid": review.uuid, "review": review.uuid}, review
        elif named := next((part for part in self._named() if part in route.path), ""):
            yield from (({named: one.uuid}, one) for one in self._named()[named])
        elif {"dispute_uuid", "grant_uuid", "register_key"} & set(_converters(route.path)):
            yield from self._of_registers(route)
        elif {"case_uuid", "paper_uuid"} & set(_converters(route.path)):
            yield from ((self._of_case(case), case) for case in self.cases)
        else:
            yield {}, None

    def _named(self) -> dict[str, Iterable[Any]]:
        """Things of which an address names one alone."""
        return {
            "draft_uuid": self.drafts, "delegation_uuid": Delegation.objects.all(),
            "agency_uuid": Representation.objects.filter(kind="agent"), "recovery_uuid": Recovery.objects.all(),
            "verification_uuid": Verification.objects.all(), "report_uuid": QualityReport.objects.all(),
            "match_uuid": Match.objects.all(),
        }  # fmt: skip

    def _of_registers(self, route: Route) -> Iterator[tuple[dict[str, Any], Any]]:
        if "dispute_uuid" in route.path:
            yield from (({"dispute_uuid": d.uuid}, d) for d in Dispute.objects.all())
        elif "grant_uuid" in route.path:
            yield from (({"register_key": g.register, "grant_uuid": g.uuid}, g) for g in ReadGrant.objects.all())
        elif "subscription_uuid" in route.path:
            taken = Subscription.objects.all()
            yield from (({"register_key": one.register, "subscription_uuid": one.uuid}, one) for one in taken)
        elif "snapshot_uuid" in route.path:
            yield {"register_key": "legal-entities", "snapshot_uuid": uuid.uuid4(), "name": "manifest.json"}, None
        else:
            yield {
                "register_key": "legal-entities", "record_uuid": entity_of(self.cases[0]),
                "rule_key": "representative-number-missing",
            }, None  # fmt: skip

    def _of_case(self, case: Case) -> dict[str, Any]:
        evidence = case.evidence.exclude(file_uuid=None).first()
        held = case.evidence.exclude(credential_uuid=None).first()
        return {
            "case_uuid": case.uuid,
            "purpose": LAWFUL,
            "paper_uuid": case.papers.first().uuid,
            "file_uuid": evidence.file_uuid,
            "credential_uuid": held.credential_uuid if held else uuid.uuid4(),
            "clock_uuid": deadlines.clocks_of(case.urn, at=now())[0].uuid,
            "entry_uuid": next(iter(audit.list_for_object(case.urn))).uuid,
        }


def _visitors() -> Iterator[Visitor]:
    yield Visitor("a stranger", Client(), ANONYMOUS)
    rival = make.make_representative("对手", entity_name="对手餐饮有限公司")
    chen = identity.find_account("chen")
    company = make.Someone(rival.actor, chen, entity=LegalEntity.objects.get(name__contains="好味来"))
    outsider = make.make_agent(company, "senior-card")
    idle = make.make_official(())
    people = [
        ("a resident", identity.find_account("wang"), "resident"),
        ("the representative as a resident", chen, "resident"),
        ("the representative", chen, _as("chen", "representative")),
        ("the agent", identity.find_account("agent"), _as("agent", "agent")),
        ("an agent for another service", outsider.account, str(Representation.objects.latest("id").uuid)),
        ("another company", rival.account, str(Representation.objects.get(entity=rival.entity).uuid)),
        ("an official without a role", idle.account, ""),
    ]
    demo = ("window", "lead", "fire", "minzheng", "auditor", "security", "editor", "admin")
    people += [(name, identity.find_account(name), "") for name in demo]
    for name, account, capacity in people:
        yield _enter(name, account, capacity)
    yield from _reaching()
    yield _enter("lead without second factor", identity.find_account("lead"), "", mfa=False)
    for name, authority in (("a system", "market-regulation"), ("a system of another authority", "forestry")):
        scopes = ("credentials.read", "reviews.read", "reviews.decide", "registers.bulk")
        actor, token = make_client(authority, scopes, organisation=authority)
        headers = {"Authorization": f"Bearer {token}"}
        yield Visitor(name, Client(raise_request_exception=False, headers=headers), actor)


def _reaching() -> Iterator[Visitor]:
    """Supervisors near and far, and a reviewer who is cleared for nothing but what is open."""
    for name, path, extent in (
        ("a supervisor of the district", "51/5116/511602", "subtree"),
        ("a supervisor of the city", "51/5116", "subtree"),
        ("a supervisor of the city's own bureaus", "51/5116", "division"),
        ("a supervisor of another district", "51/5116/511603", "subtree"),
        ("a supervisor of another city", "51/5107", "subtree"),
    ):
        office = _office(path)
        yield _bound(name, "supervisor", office, extent=extent)
    yield _bound("a reviewer not cleared", "reviewer", "market-regulation", clearance=0)


def _office(path: str) -> str:
    key = f"office-{path.rpartition('/')[2]}"
    Organisation.objects.get_or_create(
        key=key, defaults={"name": key, "name_en": key, "official_name": key, "division_id": path}
    )
    return key


def _bound(name: str, role: str, organisation: str, **reach: Any) -> Visitor:
    someone = make.make_official(role, organisation, name=name)
    RoleBinding.objects.filter(post_uuid=someone.actor.posts[0].uuid).update(**reach)
    return _enter(name, someone.account, "")


def _as(username: str, capacity: str) -> str:
    options = identity.list_capacities(identity.find_account(username), now())
    return next(option.key for option in options if option.capacity == capacity)


def _enter(name: str, account: Any, capacity: str, *, mfa: bool = True) -> Visitor:
    client = Client(raise_request_exception=False)
    make.sign_in(client, account, capacity, mfa=mfa)
    return Visitor(name, client, identity.actor_for_account(account, capacity, at=now(), mfa=mfa))


@pytest.fixture(scope="module")
def world(seeded_database: str) -> World:
    cases = [STATES["partly_reviewed"](), file_card(now())]
    delegation()
    disputed(cases[0])
    granted_reading(cases[0])
    reported_quality()
    matched(cases[0])
    subscribed(cases[0])
    draft = draft_restaurant(now())
    _recovery()
    return World(list(_visitors()), cases, [Draft.objects.get(uuid=draft)])


def _recovery() -> None:
    """The window asks that the account of somebody who stands before it be recovered, and verified to level 3."""
    holder = make.make_resident("丢失了手机的人")
    window = identity.actor_for_account(identity.find_account("window"), at=now(), mfa=True)
    services.request_recovery(
        actor=window, username=holder.account.username, name=holder.person.name, id_number=holder.person.id_number,
        reason="lost", at=now(),
    )  # fmt: skip
    services.request_verification(
        actor=window, username=holder.account.username, name=holder.person.name, id_number=holder.person.id_number,
        document=services.Document("resident_card", china_date(now()) + timedelta(days=365)), at=now(),
    )  # fmt: skip


def _converters(path: str) -> list[str]:
    return [part.rpartition(":")[2] for part in re.findall(r"<([^>]+)>", path)]


CODES = {"key": "gbt2260", "identifier": "uscc"}  # of the standards: open to every official


def _address(route: Route, ids: dict[str, Any]) -> str:
    given = {"service_key": "open-restaurant", "step_key": "contact", "session_id": 10**9, **CODES, **ids}
    given.setdefault("consent_uuid", uuid.uuid4())
    missing = [name for name in _converters(route.path) if name not in given]
    assert not missing, f"say in World.ids what <{missing[0]}> of {route.path} stands for"
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: str(given[found.group(1)]), route.path)


def _may(visitor: Visitor, route: Route, thing: Any) -> bool:
    """Whether the policy before the route lets this visitor at this thing, for a purpose that is lawful if it asks."""
    if isinstance(thing, Draft):
        mine = (thing.hand_urn, thing.party_urn) == (visitor.actor.urn, visitor.actor.party_urn)
        return mine and permissions.could(visitor.actor, route.policy)
    if thing is None or not POLICIES.get(route.policy).is_about(thing):
        return permissions.could(visitor.actor, route.policy)
    purpose = LAWFUL if lawful_purposes(POLICIES.get(route.policy).predicate) else ""
    return permissions.allows(visitor.actor, route.policy, thing, purpose=purpose)


LAWFUL = "case-handling"
# Sound bodies for every operation: what is refused is refused for the person's sake.
WORDS = "经审查，申请材料与实际情况不符，依法办理。"
FIELDS: dict[str, Any] = {
    "service_key": "open-restaurant", "data": {}, "reason": WORDS, "reasons": WORDS, "remarks": WORDS,
    "items": [{"requirement_key": "form", "what": WORDS}], "granted": False, "outcome": "unfavourable",
    "status": "revoked", "purpose": "licensing", "matter": WORDS, "key": {"uscc": "91999999202600012A"},
    "keys": [{"uscc": "91999999202600012A"}], "claims": {"name": "好味来"},
    "fields": ["name"], "subscription": str(uuid.UUID(int=0)),
}  # fmt: skip


def _ask(visitor: Visitor, method: str, address: str, body: dict[str, Any]) -> int:
    """The status of the answer, 401 for being sent to sign in or to prove oneself; whatever was done is undone."""
    # Programs are refused in a few words: the page about a refusal would take most of the time.
    more: dict[str, Any] = {"headers": {"Idempotency-Key": uuid.uuid4().hex, "Accept": "application/json"}}
    if address.endswith("/changes"):
        address += f"?subscription={FIELDS['subscription']}"
    if method != "GET":
        more["data"] = {**{k: str(v) for k, v in body.items()}, "idempotency_key": uuid.uuid4().hex}
        if address == "/api/v1/files":
            more["data"] = {"file": SimpleUploadedFile("paper.png", PNG, "image/png")}
        elif address.startswith("/api/"):
            more |= {"data": FIELDS, "content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(visitor.client, method.lower())(address, **more)
        _ = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.close()
        transaction.set_rollback(True)
    to = answer.headers.get("Location", "") if answer.status_code == 302 else ""
    return 401 if to.startswith(TO_PROVE_ONESELF) else answer.status_code


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.row)
def test_nobody_gets_at_what_is_anothers(route: Route, world: World) -> None:
    asked = list(itertools.product(world.ids(route), world.visitors))
    let_in = [(visitor, ids) for (ids, thing), visitor in asked if _may(visitor, route, thing)]
    assert let_in, "nobody may come in: the ids may be wrong"
    methods = [m for m in _methods(route) if _ask(let_in[0][0], m, _address(route, let_in[0][1]), let_in[0][1]) != 405]
    escapes, refused = [], 0
    for ((ids, thing), visitor), method in itertools.product(asked, methods):
        if not _may(visitor, route, thing):
            status = _ask(visitor, method, _address(route, ids), ids)
            refused += status in (401, 403)
            if status not in REFUSED:
                escapes.append(f"{visitor.name}: {method} {_address(route, ids)}: {status}")
    assert not escapes, "\n".join(escapes[:10])
    assert refused, "nobody was refused, they only did not find it: the address may be wrong"


def _methods(route: Route) -> list[str]:
    return route.methods.split(",") if route.methods else ["GET", "POST"]


# Where a case lies, how secret it is, and who then finds it, opens it and has it in his list.
DISTRICT, CITY_WIDE = "a supervisor of the district", "a supervisor of the city"
REACHED = (
    ({}, {DISTRICT, CITY_WIDE, "lead", "window"}),
    ({"division_path": "51/5116/511603"}, {CITY_WIDE, "a supervisor of another district", "lead", "window"}),
    ({"division_path": "51/5116"}, {CITY_WIDE, "a supervisor of the city's own bureaus", "lead", "window"}),
    ({"division_path": "51/5107/510704"}, {"a supervisor of another city", "lead", "window"}),
    ({"division_path": "51/51160"}, {"lead", "window"}),
    ({"secrecy": 2}, set()),
    ({"secrecy": 0}, {DISTRICT, CITY_WIDE, "lead", "window", "a reviewer not cleared"}),
)


@pytest.mark.parametrize(
    ("lies", "reached_by"),
    REACHED,
    ids=lambda value: str(sorted(value))[:40],  # the same in every process
)
def test_a_case_is_found_and_opened_only_where_a_role_reaches(
    lies: dict[str, Any], reached_by: set[str], world: World
) -> None:
    case = world.cases[0]
    near = ("supervisor", "not cleared", "lead", "window")
    visitors = [v for v in world.visitors if any(word in v.name for word in near) and v.actor.mfa]
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**lies)
        opened = {v.name for v in visitors if v.client.get(f"/workbench/cases/{case.uuid}/").status_code == 200}
        found = {v.name for v in visitors if v.client.get(f"/workbench/find/?q={case.number}").status_code == 302}
        listed = {v.name for v in visitors if case.number in v.client.get("/workbench/?box=all").content.decode()}
        queue = {
            v.name for v in visitors if case.number in v.client.get("/api/v1/cases/queue?box=all").content.decode()
        }
        transaction.set_rollback(True)
    assert opened == found == listed == queue == reached_by


@pytest.mark.parametrize(("purpose", "status"), [("supervision", 403), ("curiosity", 403), ("", 422), (LAWFUL, 200)])
def test_unmasked_data_open_for_a_lawful_purpose_only(purpose: str, status: int, world: World) -> None:
    case = world.cases[0]
    window = next(visitor for visitor in world.visitors if visitor.name == "window")
    with transaction.atomic():
        sent = {"purpose": purpose, "reason": WORDS, "idempotency_key": uuid.uuid4().hex}
        answer = window.client.post(f"/workbench/cases/{case.uuid}/reveal/", sent)
        transaction.set_rollback(True)
    assert answer.status_code == status


def test_the_answers_are_those_of_the_reviewed_rows() -> None:
    """What is walked here is what people reviewed, route by route."""
    rows = reviewed.answers().routes
    assert {route.row for route in ROUTES} == {row for row, policy in rows.items() if policy != "public"} - {"/cms/*"}
