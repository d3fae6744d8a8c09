"""Set up the people of the demonstration. Runs again without harm: who stands already is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.contrib.auth.hashers import make_password

from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.transactions import verb

from .. import demo_people as demo
from ..models import Account, LegalEntity, Person
from .agencies import enter_agency
from .people import create_official, create_person, recognise_entity


@verb
def seed_demo(*, at: datetime) -> int:
    """Residents, one company with representative and agent, officials with posts, roles and one-time passwords.

    Returns how many accounts are new. Needs the organisations. Raises demo_people.DemoOff.
    """
    demo.require_demo()
    actor = system_actor("demo")
    standing = set(Account.objects.values_list("username", flat=True))
    residents = [person for person in demo.RESIDENTS if person.username not in standing]
    officials = [official for official in demo.OFFICIALS if official.username not in standing]
    for person in residents:
        _resident(actor, person, at)
    for official in officials:
        _official(actor, official, at)
    new = [person.username for person in residents] + [official.username for official in officials]
    # One hash for all: hashing is slow on purpose, and everybody may know this password.
    Account.objects.filter(username__in=new).update(password=make_password(demo.PASSWORD))
    if not LegalEntity.objects.filter(uscc=demo.COMPANY_USCC).exists():
        _company(actor, at)
    return len(new)


def _resident(actor: Actor, person: demo.DemoPerson, at: datetime) -> None:
    account = Account.objects.create_user(person.username, password=None)
    create_person(
        actor=actor, account=account, name=person.name, id_number=person.id_number, phone=person.phone,
        email=person.email, assurance_level=Person.Assurance.SEEN, person_uuid=person.uuid, at=at,
    )  # fmt: skip


def _official(actor: Actor, official: demo.DemoOfficial, at: datetime) -> None:
    account = create_official(
        actor=actor, username=official.username, password=None, name=official.name,
        organisation_key=official.organisation_key, title=dict(official.title), roles=official.roles,
        is_head=official.is_head, at=at,
    )  # fmt: skip
    secret = encrypt(demo.totp_secret(official.username))
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": secret})


def _company(actor: Actor, at: datetime) -> None:
    chen, agent = (Person.objects.get(uuid=person.uuid) for person in demo.RESIDENTS[:2])
    entity = recognise_entity(
        actor=actor, uscc=demo.COMPANY_USCC, name=demo.COMPANY_NAME, entity_uuid=demo.COMPANY_UUID,
        legal_representative_uuid=chen.uuid, at=at,
    )  # fmt: skip
    until = at + timedelta(days=365)
    enter_agency(actor=actor, party=entity, agent=agent, scope=list(demo.AGENT_SCOPE), valid_to=until, at=at)
