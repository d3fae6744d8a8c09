"""People and officials for the tests of every room; `sign_in` opens a session without password and one-time code."""

from __future__ import annotations

import itertools
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.test import Client

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_uscc
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import queries, services
from ..models import Account, LegalEntity, Person, Representation

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SYSTEM = system_actor("tests")
_serial = itertools.count(int(time.time() * 1000) % 100_000_000)


@dataclass(frozen=True)
class Someone:
    """Actor and account, and what stands behind them. Unpacks as `actor, account`."""

    actor: Actor
    account: Account
    person: Person | None = None
    entity: LegalEntity | None = None
    organisation_uuid: uuid.UUID | None = None

    def __iter__(self):
        return iter((self.actor, self.account))


def _person(name: str, account: Account) -> Person:
    number = synthetic_id_number(next(_serial) % 1000, born=date(1950, 1, 1) + timedelta(days=next(_serial) % 20_000))
    person = Person(account=account, name=name, assurance_level=2)
    person.set_id_number(number)
    person.set_phone(f"139{next(_serial) % 100_000_000:08d}")
    person.save()
    return person


def _account(prefix: str) -> Account:
    return Account.objects.create(username=f"{prefix}-{next(_serial)}", password="!")


def make_resident(name: str = "王演示") -> Someone:
    """A resident with account and person."""
    account = _account("resident")
    person = _person(name, account)
    return Someone(queries.actor_for_account(account, "resident", at=LONG_AGO, mfa=True), account, person)


def make_representative(name: str = "陈演示", *, entity_name: str = "演示餐饮有限公司", uscc: str = "") -> Someone:
    """A legal representative acting for his legal entity."""
    account = _account("representative")
    person = _person(name, account)
    entity = services.recognise_entity(
        actor=SYSTEM,
        uscc=uscc or synthetic_uscc(next(_serial)),
        name=entity_name,
        legal_representative_uuid=person.uuid,
        at=LONG_AGO,
    )
    key = str(Representation.objects.get(person=person, entity=entity).uuid)
    return Someone(queries.actor_for_account(account, key, at=LONG_AGO, mfa=True), account, person, entity)


def make_agent(of: Someone, *scope: str, name: str = "李演示", until: datetime | None = None) -> Someone:
    """An agent of the legal entity of `of`, for the services in `scope` (none: all)."""
    assert of.entity
    account = _account("agent")
    agency = Representation.objects.create(
        person=_person(name, account),
        entity=of.entity,
        kind=Representation.Kind.AGENT,
        scope=list(scope) or ["*"],
        valid_from=LONG_AGO,
        valid_to=until or datetime(2100, 1, 1, tzinfo=UTC),
        granted_by_urn=of.actor.urn,
    )
    actor = queries.actor_for_account(account, str(agency.uuid), at=LONG_AGO, mfa=True)
    return Someone(actor, account, agency.person, of.entity)


def make_official(
    role: str | tuple[str, ...] = "reviewer", organisation_key: str = "market-regulation", *, name: str = "赵演示"
) -> Someone:
    """An official with a post of the organisation that holds the role or roles; second factor shown."""
    ensure_directory()
    roles = (role,) if isinstance(role, str) else role
    account = services.create_official(
        actor=SYSTEM,
        username=f"official-{next(_serial)}",
        password="!",
        name=name,
        organisation_key=organisation_key,
        title={"zh": "演示岗位", "en": "Demonstration post"},
        roles=roles,
        at=LONG_AGO,
    )
    organisation = directory.find_organisation(organisation_key)
    actor = queries.actor_for_account(account, "official", at=LONG_AGO, mfa=True)
    return Someone(actor, account, organisation_uuid=organisation.uuid if organisation else None)


def sign_in(client: Client, account: Account | Someone, capacity: str = "", *, mfa: bool = True) -> None:
    """Open a session as after password and one-time code. `capacity`: a key of `list_capacities`; for a `Someone`
    acting for an entity the default is that capacity."""
    if isinstance(account, Someone):
        someone, account = account, account.account
        if someone.entity and not capacity:
            rows = Representation.objects.filter(person=someone.person, entity=someone.entity)
            capacity = str(rows.latest("id").uuid)
    client.force_login(account, backend="zhengtong.security.identity.sign_in.backends.AccountBackend")
    session = client.session
    if capacity:
        session["capacity"] = capacity
    if mfa:
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": time.time()}]
        session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(account.pk)
    session.save()
