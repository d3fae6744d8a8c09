"""Every page of hall and workbench, in every state of a case: at most 12 queries, with all that the frame asks.

The pages are those of the address book: one that is added is asked for here, or the test says what it lacks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import draft_restaurant
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import SERVICE, representative
from zhengtong.kernel.clock import now
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.audit import queries as audit
from zhengtong.security.audit import services as auditing
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in
from zhengtong.support.deadlines import queries as deadlines

from .standing import delegation, disputed, entity_of, granted_reading, matched, reported_quality, subscribed
from .states import STATES, every_state

pytestmark = pytest.mark.once
MOST_QUERIES = 12
SHELLS = ("hall", "workbench")
OFFICERS = (
    "window",
    "lead",
    "food",
    "fire",
    "drainage",
    "signboard",
    "minzheng",
    "renshe",
    "auditor",
    "security",
    "editor",
    "admin",
)
PEOPLE = (("chen", "representative"), ("chen", ""), ("agent", "agent"), ("wang", ""))

# What a page is asked with beside its plain address.
VARIANTS: dict[str, tuple[str, ...]] = {
    "hall:cases": ("?box=open", "?box=done", "?before=999999"),
    "hall:messages": ("?before=999999",),
    "workbench:queue": (
        *("?box=todo", "?box=todo&skip=30", "?box=open", "?box=done"),
        *("?box=all", "?box=all&before=999999"),
    ),
    "workbench:find": ("?q=91999999202600012A", "?q=nothing"),
    "workbench:permissions": ("?action=cases.case.decide", "?action=cases.case.decide&number={number}"),
    "workbench:standards-table": ("?parent=511600", "?q=区&on=1985"),
    "workbench:standards-resolve": ("?code=512925&from=1985",),
    "workbench:quality-reports": ("?box=sent", "?before=999999"),
    "workbench:register-quality-rule": ("?division=511602", "?after=1"),
    "workbench:register-statistics": ("?division=511602", "?division=000000"),
    "workbench:disputes": ("?box=answered", "?box=raised", "?before=999999"),
    "workbench:register-record": ("?on=2026-11-01", "?on=2026-11-01&known=2026-11-02", "?on=never"),
    "workbench:log": ("?object={urn}", "?before=999999"),
    "workbench:case": ("?view={credential}", "?lang=en"),
}


def _routes() -> dict[str, URLPattern]:
    """Every named page of the two shells, by `shell:name`."""
    found = {}
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace in SHELLS:
            assert all(isinstance(p, URLPattern) for p in resolver.url_patterns), "nested addresses: follow them here"
            found |= {f"{resolver.namespace}:{p.name}": p for p in resolver.url_patterns}
    return found


ROUTES = _routes()


@dataclass(frozen=True)
class World:
    """What the addresses name."""

    cases: dict[str, Case]
    drafts: list[UUID]
    lent: UUID
    disputed: UUID
    granted: UUID
    reported: UUID
    subscription: UUID
    match: UUID

    def values(self, converter: str) -> Iterable[Any]:
        """Everything a part of an address may stand for, where it does not depend on the case."""
        known: dict[str, Any] = {
            "service_key": ("open-restaurant", "senior-card"),
            "draft_uuid": self.drafts,
            "delegation_uuid": [self.lent],
            "key": ("gbt2260", "gbt4754"),
            "identifier": ("uscc", "id-number"),
            "register_key": ("legal-entities",),
            "record_uuid": [entity_of(self.cases["granted"])],
            "dispute_uuid": [self.disputed],
            "grant_uuid": [self.granted],
            "rule_key": ("representative-number-missing", "nothing"),
            "report_uuid": [self.reported],
            "subscription_uuid": [self.subscription],
            "match_uuid": [self.match],
            "step_key": [s.key for s in public_services.form_of(public_services.get_current_version(SERVICE)).steps],
            "credential_uuid": [c.uuid for c in credentials.list_for_holder(self.cases["granted"].applicant_urn)][:2],
        }
        assert converter in known, f"say in World what <{converter}> of an address stands for"
        return known[converter]

    def of_case(self, case: Case, converter: str) -> Iterable[Any]:
        if converter == "case_uuid":
            return [case.uuid]
        if converter == "paper_uuid":
            return case.papers.values_list("uuid", flat=True)
        if converter == "file_uuid":
            return case.evidence.exclude(file_uuid=None).values_list("file_uuid", flat=True)[:1]
        if converter == "credential_uuid":
            return case.evidence.exclude(credential_uuid=None).values_list("credential_uuid", flat=True)[:1]
        if converter == "clock_uuid":
            return [clock.uuid for clock in deadlines.clocks_of(case.urn, at=now())][:3]
        if converter == "entry_uuid":
            return [e.uuid for e in audit.list_for_object(case.urn) if e.action in cases.RECEIPT_ACTIONS]
        return self.values(converter)

    def addresses(self, name: str) -> Iterator[tuple[str, str]]:
        """(state, address) of a page for everything it may be asked for."""
        converters = list(ROUTES[name].pattern.converters)
        if {"case_uuid", "paper_uuid"} & set(converters):
            for state, case in self.cases.items():
                yield from ((state, a) for a in self._filled(name, case, [self.of_case(case, c) for c in converters]))
        else:
            case = self.cases["granted"]
            yield from (("", a) for a in self._filled(name, case, [self.values(c) for c in converters]))

    def _filled(self, name: str, case: Case, parts: list[Iterable[Any]]) -> Iterator[str]:
        held = case.evidence.exclude(credential_uuid=None).values_list("credential_uuid", flat=True).first()
        for chosen in itertools.product(*parts):
            address = reverse(name, args=chosen)
            yield address
            for variant in VARIANTS.get(name, ()):
                yield address + variant.format(number=case.number, urn=case.urn, credential=held)


@pytest.fixture(scope="module")
def world(seeded_database: str) -> World:
    made = every_state()
    auditing.seal(at=now())
    enterprise, answered = representative("chen", at=now()), made["supplement_begun"].uuid
    supplement = services.start_supplement(actor=enterprise, case_uuid=answered, at=now())
    asked, given = disputed(made["granted"]).uuid, granted_reading(made["granted"]).uuid
    reported, taken = reported_quality().uuid, subscribed(made["granted"]).uuid
    drafts, likely = [draft_restaurant(now()), supplement], matched(made["granted"]).uuid
    return World(made, drafts, delegation().uuid, asked, given, reported, taken, likely)


@pytest.fixture(scope="module")
def visitors(world: World) -> dict[str, list[tuple[str, Client]]]:
    return {"hall": [(who, _enter(who, as_)) for who, as_ in PEOPLE], "workbench": [(o, _enter(o)) for o in OFFICERS]}


def _enter(username: str, capacity: str = "") -> Client:
    client, account = Client(), identity.find_account(username)
    key = next((o.key for o in identity.list_capacities(account, now()) if o.capacity == capacity), "")
    sign_in(client, account, key)
    return client


def test_the_stories_reach_every_state(world: World) -> None:
    from zhengtong.applications.cases.models import Status

    for case in world.cases.values():
        case.refresh_from_db()
    assert {case.status for case in world.cases.values()} == set(Status)
    assert len(world.cases) == len(STATES)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_page_asks_few_queries(name: str, world: World, visitors: dict[str, list[tuple[str, Client]]]) -> None:
    seen, too_many = set(), {}
    for (state, address), (who, client) in itertools.product(world.addresses(name), visitors[name.partition(":")[0]]):
        status, asked = _ask(client, address)
        if len(asked) > MOST_QUERIES:
            status, asked = _ask(client, address)  # again: what never changes is kept by each process
        seen.add(status)
        if status == 405:
            return  # an act, not a page
        if len(asked) > MOST_QUERIES:
            too_many[f"{who} {state} {address} ({status})"] = asked
    assert seen <= {200, 302, 403, 404, 422}
    assert seen & {200, 302}, f"nobody may see {name}: add somebody who may"
    most = max(too_many, key=lambda place: len(too_many[place]), default="")
    counted = sorted(((len(asked), place) for place, asked in too_many.items()), reverse=True)[:10]
    assert not too_many, f"{counted}\n" + "\n".join(too_many[most])


def _ask(client: Client, address: str) -> tuple[int, list[str]]:
    """The status, and what the database was asked."""
    connection.queries_log.clear()  # it is bounded, and would warn
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
        _ = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return answer.status_code, [query["sql"][:150] for query in asked.captured_queries]
