"""Somebody of every kind, in every relation to real things in every state: who tries the cells of the matrix."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection

from zhengtong.applications.cases.models import Case, Review
from zhengtong.applications.cases.policies import Intent
from zhengtong.applications.cases.tests.conftest import act_as
from zhengtong.kernel.actors import ANONYMOUS, Actor, Capacity, PostRef, system_actor
from zhengtong.kernel.clock import china_date, now
from zhengtong.kernel.ids import parse_urn
from zhengtong.resources.credentials.models import Credential
from zhengtong.resources.registers import services as registers
from zhengtong.resources.registers.models import Dispute, Match, MatchRun, QualityReport, ReadGrant, Subscription
from zhengtong.resources.registers.policies import Reading, Write
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity.models import Account, Person, Recovery, Representation, Verification
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.binding import columns
from zhengtong.security.permissions.models import Delegation, RoleBinding
from zhengtong.security.permissions.providers import ROLES, Extent, Reach, Secrecy
from zhengtong.security.permissions.scopes import APPLICANTS, CLIENT, NO_ROLE, NOTHING
from zhengtong.security.sso.providers import SCOPES

HERE, FAR, CITY = "51/5116/511602", "51/5107/510704", "51/5116"
FOREIGN = uuid.UUID("5c0ffee0-0000-4000-8000-000000000002")  # an organisation of another division
ABOVE = uuid.UUID("5c0ffee0-0000-4000-8000-000000000003")  # an organisation of the city to which the division belongs
SOMEBODY, NOBODY_S = "urn:zhengtong:511602-e:identity:account:", "urn:zhengtong:511602-e:identity:legal_entity:"
SERVICE = "open-restaurant"
# What a scope says about the role at the post; elsewhere it reaches as far as the role itself says.
REACHES = {
    "above": Reach(Extent.SUBTREE), "curbed": Reach(Extent.DIVISION), "uncleared": Reach(Extent.SUBTREE, Secrecy.OPEN),
}  # fmt: skip


@dataclass
class Traits:
    """What the scopes need to know of a thing. `hand`: whom it is about."""

    obj: Any
    organisation: uuid.UUID | None = None
    reviewing: uuid.UUID | None = None
    party: str = ""
    hands: dict[str, str] = field(default_factory=dict)  # scope → URN of the account
    hand_uuid: uuid.UUID | None = None


class Standing:
    """Posts with each role in each organisation, made once; actors are plain values."""

    def __init__(self, roles: Iterable[str]) -> None:
        self.roles = tuple(roles)
        self.posts: dict[tuple[str, uuid.UUID, Reach], PostRef] = {}
        self.elsewhere = directory.find_organisation("forestry").uuid

    def post(self, role: str, organisation: uuid.UUID, reach: Reach | None = None) -> PostRef:
        """A post of the organisation that carries the role, as far as it reaches; none for an official without any."""
        declared = ROLES.find(role)
        reach = reach or (declared.reach if declared else Reach())
        if (role, organisation, reach) not in self.posts:
            path = {FOREIGN: FAR, ABOVE: CITY}.get(organisation, HERE)
            made = self.posts[role, organisation, reach] = PostRef(uuid.uuid4(), organisation, path)
            if role != NO_ROLE:
                RoleBinding.objects.create(
                    role=role, post_uuid=made.uuid, since=now(), bound_by_urn="system:matrix", **columns(reach)
                )
        return self.posts[role, organisation, reach]

    def actor(self, scope: str, kind: str, traits: Traits) -> Actor:
        """Somebody of the kind, in the scope."""
        if kind == "anonymous":
            return ANONYMOUS
        if kind == "system":
            return system_actor("matrix")
        if kind == CLIENT:
            owner = traits.organisation if scope == "serving" else FOREIGN
            urn = f"urn:zhengtong:511602-e:sso:system:{FOREIGN}"
            return Actor(urn, Capacity.CLIENT, scopes=frozenset(SCOPES), organisation_uuid=owner)
        hand = traits.hands.get(scope) or f"{SOMEBODY}{uuid.uuid5(FOREIGN, scope + kind)}"
        account = traits.hand_uuid if scope == "oneself" else uuid.uuid5(FOREIGN, scope + kind)
        if kind in APPLICANTS:
            party = traits.party if scope in ("party", "within", "outside") else f"{NOBODY_S}{FOREIGN}"
            scopes = {"within": {SERVICE}, "outside": {"senior-card"}}.get(scope, {"*"})
            return Actor(
                hand, Capacity(kind), account, party, mfa=True,
                agency_scope=frozenset(scopes if kind == "agent" else ()),
            )  # fmt: skip
        return Actor(hand, Capacity.OFFICIAL, account, posts=self._posts(scope, kind, traits), mfa=scope != "unproved")

    def _posts(self, scope: str, role: str, traits: Traits) -> tuple[PostRef, ...]:
        own = traits.organisation or self.elsewhere
        if scope == "lent":
            return self.post(role, self.elsewhere), self.post(NO_ROLE, own)
        where = {"elsewhere": self.elsewhere, "abroad": FOREIGN, "reviewing": traits.reviewing, "official": own}
        where |= {"above": ABOVE, "curbed": ABOVE}
        return (self.post(role, where.get(scope) or own, REACHES.get(scope)),)


def things(cases: dict[str, Case]) -> dict[str, dict[str, Traits]]:
    """noun → state → a real thing in that state, of the world the stories made."""
    return {
        NOTHING: {NOTHING: Traits(None)},
        "cases.case": {state: _case(case) for state, case in cases.items()},
        "cases.intent": {"new": Traits(Intent(SERVICE))},
        "cases.review": dict(_reviews(cases)),
        "credentials.credential": dict(_credentials(cases["granted"])),
        "registers.write": {"new": _write(cases["granted"])},
        "registers.reading": {"new": _reading(cases["granted"])},
        "registers.grant": {state: _grant(state, cases["granted"]) for state in ("standing", "revoked")},
        "registers.quality_report": dict(_quality_reports()),
        "registers.match": {status: _match(status, cases["granted"]) for status in Match.Status.values},
        "registers.subscription": {s: _subscription(s, cases["granted"]) for s in ("standing", "revoked")},
        "registers.dispute": {state: _dispute(state, cases["granted"]) for state in Dispute.Status.values},
        "identity.person": {_assurance(p): _person(p) for p in Person.objects.exclude(account=None)},
        "identity.account": {"open": _account(Account.objects.get(username="wang"))},
        "identity.recovery": {"open": _recovery(Account.objects.get(username="wang"))},
        "identity.verification": {"open": _verification(Person.objects.get(account__username="wang"))},
        "identity.representation": dict(_representations()),
        "permissions.delegation": {"running": _delegation()},
    }


def _case(case: Case) -> Traits:
    case.refresh_from_db()
    opinion = case.reviews.exclude(closed_by_urn="").first()
    other = next(o for o in case.review_organisations if o != case.lead_organisation_uuid)
    hands = {"submitter": case.submitted_by_urn, "accepter": case.accepted_by_urn}
    hands["adviser"] = opinion.closed_by_urn if opinion else ""
    return Traits(case, case.lead_organisation_uuid, other, case.applicant_urn, hands)


def _reviews(cases: dict[str, Case]) -> Iterable[tuple[str, Traits]]:
    reviews = Review.objects.select_related("case")
    found = {
        "waiting": reviews.get(case=cases["in_review"], key="drainage"),
        "open": reviews.get(case=cases["in_review"], key="fire"),
        "transferred": reviews.get(case=cases["in_review"], key="signboard"),
        "closed": reviews.get(case=cases["granted"], key="fire"),
        "cancelled": reviews.get(case=cases["withdrawn"], key="fire"),
    }
    to = f"{SOMEBODY}{uuid.uuid5(FOREIGN, 'assignee')}"
    found["transferred"].assigned_urn, found["waiting"].state = to, Review.State.WAITING
    for state, review in found.items():
        review.save(update_fields=["assigned_urn", "state"])
        yield (
            state,
            Traits(
                review,
                review.organisation_uuid,
                hands={"assignee": review.assigned_urn, "submitter": review.case.submitted_by_urn},
            ),
        )
        assert review.state == ("open" if state == "transferred" else state)


def _credentials(case: Case) -> Iterable[tuple[str, Traits]]:
    """The one that was issued, and copies of it that have ended in every way."""
    issued = Credential.objects.filter(case_urn=case.urn).order_by("id").first()
    for status, serial in zip(Credential.Status.values, itertools.count(1)):
        copy = Credential.objects.get(pk=issued.pk)
        copy.pk, copy.uuid, copy.status = None, uuid.uuid4(), status
        copy.identifier, copy.verification_code = f"{issued.identifier[:100]}-{serial}", f"MATRIX{serial}"
        copy.save()
        yield status, Traits(copy, copy.organisation_uuid, party=copy.holder_urn)


def _write(case: Case) -> Traits:
    organisation = case.lead_organisation_uuid
    return Traits(Write("", frozenset({organisation})), organisation)


def _reading(case: Case) -> Traits:
    organisation = case.lead_organisation_uuid
    return Traits(Reading("", organisation, "licensing"), organisation)


def _grant(state: str, case: Case) -> Traits:
    revoked = now() if state == "revoked" else None
    made = ReadGrant.objects.create(
        register="legal-entities", authority="market-regulation", provider_uuid=case.lead_organisation_uuid,
        consumer_uuid=FOREIGN, fields=["phone"], purposes=["licensing"], basis="x", since=now().date(),
        granted_by_urn="system:matrix", granted_at=now(), revoked_at=revoked,
    )  # fmt: skip
    return Traits(made, made.provider_uuid)


def matched(case: Case, status: str = "open") -> Match:
    """The company that applied, and another that may be the same; the lead authority has to judge."""
    first = entity_of(case)
    with connection.cursor() as cursor:
        taken = list(Match.objects.values_list("second_uuid", flat=True))
        cursor.execute(
            "SELECT uuid FROM register_legal_entities WHERE uuid <> %s AND uuid <> ALL (%s) ORDER BY id LIMIT 1",
            [first, taken],
        )
        found = cursor.fetchone()
    run = MatchRun.objects.create(
        register="legal-entities", rules="", status="finished", steps=1, mark=1, actor_urn="system:tests",
        started_at=now(), finished_at=now(),
    )  # fmt: skip
    return Match.objects.create(
        register="legal-entities", first_uuid=first, second_uuid=found[0] if found else uuid.uuid4(), score=20,
        is_sure=False, ways={"name": "one_edit"}, authority_uuid=case.lead_organisation_uuid, found_at=now(), run=run,
        status=status, survivor_uuid=first if status == "merged" else None,
    )  # fmt: skip


def _match(status: str, case: Case) -> Traits:
    made = matched(case, status)
    return Traits(made, made.authority_uuid)


def subscribed(case: Case, state: str = "standing") -> Subscription:
    """A system of the lead authority takes the names of companies."""
    own, revoked = case.lead_organisation_uuid, now() if state == "revoked" else None
    return Subscription.objects.create(
        register="legal-entities", consumer_uuid=own, provider_uuid=own, fields=["name"], purpose="licensing",
        matter="x", opened_by_urn="system:matrix", opened_at=now(), revoked_at=revoked,
    )  # fmt: skip


def _subscription(state: str, case: Case) -> Traits:
    made = subscribed(case, state)
    return Traits(made, made.provider_uuid)


def _dispute(state: str, case: Case) -> Traits:
    made = Dispute.objects.create(
        register="legal-entities", record_uuid=uuid.uuid4(), field="phone", stated="19900000000", reason="x",
        authority="market-regulation", authority_uuid=case.lead_organisation_uuid, raised_by_urn="system:matrix",
        raised_at=now(), status=state,
    )  # fmt: skip
    return Traits(made, made.authority_uuid)


def _quality_reports() -> Iterator[tuple[str, Traits]]:
    for state in QualityReport.Status.values:
        yield state, _quality_report(state)


def _quality_report(state: str) -> Traits:
    made = QualityReport.objects.create(
        register="legal-entities", authority="market-regulation", run_day=china_date(now()), text="演示", status=state,
        authority_uuid=directory.find_organisation("market-regulation").uuid, sent_by_urn="system:matrix",
        sent_at=now(),
    )  # fmt: skip
    return Traits(made, made.authority_uuid)


def reported_quality() -> QualityReport:
    """The registers are looked at, statistics are made, and the market regulator is told what fails of its own."""
    node = system_actor("tests")
    registers.run_quality(actor=node, register="legal-entities", at=now())
    registers.make_statistics(actor=node, register="legal-entities", at=now())
    return registers.send_report(
        actor=act_as("lead", now()), register="legal-entities", authority="market-regulation",
        rules=["representative-number-missing"], text="请核查更正（演示）", at=now(),
    )  # fmt: skip


def entity_of(case: Case) -> uuid.UUID:
    """The record of the company that applied."""
    return parse_urn(case.applicant_urn).uuid


def disputed(case: Case) -> Dispute:
    """The fire brigade doubts the telephone of the company that applied; the market regulator has to answer."""
    return registers.dispute_value(
        actor=act_as("fire", now()), register="legal-entities", record_uuid=entity_of(case), field="phone",
        stated="19900000000", reason="号码打不通", at=now(),
    )  # fmt: skip


def granted_reading(case: Case) -> ReadGrant:
    """The market regulator lets another office read the telephones of companies."""
    return registers.grant_reading(
        actor=act_as("lead", now()), register="legal-entities", authority="market-regulation", fields=["phone"],
        consumer_uuid=directory.find_organisation("fire-rescue").uuid, purposes=["licensing"], basis="消防法", at=now(),
    )  # fmt: skip


def _assurance(person: Person) -> str:
    return Person.Assurance(person.assurance_level).name.lower()


def _person(person: Person) -> Traits:
    return Traits(person, party=person.urn, hands={"oneself": person.account.urn}, hand_uuid=person.account.uuid)


def _account(account: Account) -> Traits:
    return Traits(account, hands={"oneself": account.urn}, hand_uuid=account.uuid)


def _recovery(account: Account) -> Traits:
    asker = f"{SOMEBODY}{uuid.uuid5(FOREIGN, 'asker')}"
    made = Recovery.objects.create(
        account=account, holder_urn=account.urn, reason="lost", requested_by_urn=asker, requested_at=now(),
        expires_at=now() + timedelta(days=1),
    )  # fmt: skip
    return Traits(made, hands={"asker": asker, "oneself": account.urn}, hand_uuid=account.uuid)


def _verification(person: Person) -> Traits:
    asker = f"{SOMEBODY}{uuid.uuid5(FOREIGN, 'asker')}"
    made = Verification.objects.create(
        person=person, holder_urn=person.account.urn, way="window", document="resident_card", requested_by_urn=asker,
        requested_at=now(), expires_at=now() + timedelta(hours=2),
    )  # fmt: skip
    return Traits(made, hands={"asker": asker, "oneself": person.account.urn}, hand_uuid=person.account.uuid)


def _representations() -> Iterable[tuple[str, Traits]]:
    by_kind: dict[str, Callable[[], Representation]] = {
        "power": lambda: Representation.objects.get(kind="agent", revoked_at=None, principal=None),
        "by_law": lambda: Representation.objects.filter(kind="legal_representative").first(),
    }
    wang, agent = (Person.objects.get(account__username=name) for name in ("wang", "agent"))
    by_kind |= {
        state: partial(
            Representation.objects.create,
            person=agent, principal=wang, kind=kind, basis="court_ruling", scope=["*"], valid_from=now(),
            valid_to=now() + timedelta(days=1), granted_by_urn="system:matrix",
        )
        for state, kind in (("personal", "agent"), ("guardian", "guardian"))
    }  # fmt: skip
    for state, find in by_kind.items():
        row = find()
        account = row.person.account
        yield state, Traits(row, party=row.party.urn, hands={"oneself": account.urn}, hand_uuid=account.uuid)


def _delegation() -> Traits:
    given, lead = delegation(), Account.objects.get(username="lead")
    return Traits(given, hands={"oneself": lead.urn}, hand_uuid=lead.uuid)


def delegation() -> Delegation:
    """The head of the lead authority lets its window clerk decide for three days."""
    actor, window = act_as("lead", now()), Account.objects.get(username="window")
    return permissions.delegate(
        actor=actor, post_uuid=actor.posts[0].uuid, actions=["cases.case.decide"], receiver_uuid=window.uuid,
        since=now(), until=now() + timedelta(days=3), reason="出差", at=now(),
    )  # fmt: skip
