"""What a system is told of a person: only what its scopes say and the person agreed to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.ids import make_urn
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity

from .. import rules
from ..models import SignIn, System
from .bearers import Bearer
from .id_tokens import issuer, sign
from .logouts import sid_of
from .subjects import subject_of, subject_of_person


def person_of(sign_in: SignIn, at: datetime) -> Actor | None:
    """The person in the capacity of the sign-in; None when the account is locked, or the capacity ended or limited."""
    account = identity.find_account(make_urn("identity", "account", sign_in.account_uuid))
    if account is None or not account.is_active:
        return None
    actor = identity.actor_for_account(account, sign_in.capacity_key, at=at, mfa=sign_in.mfa)
    return actor if rules.is_tellable(actor) and capacity_key_of(actor, at) == sign_in.capacity_key else None


def capacity_key_of(actor: Actor, at: datetime) -> str:
    """The key of the capacity in which somebody acts, as `actor_for_account` wants it."""
    account = identity.find_account(actor.urn)
    options = identity.list_capacities(account, at) if account else []
    same = (o for o in options if o.capacity is actor.capacity and o.party_urn == actor.party_urn)
    return next((option.key for option in same), "")


def claims_of(sign_in: SignIn, person: Actor, scopes: Collection[str], at: datetime) -> dict[str, Any]:
    """`sub`, how sure (acr) and by what (amr); name, capacity and for whom where the scopes say so. Never an identity
    number."""
    told: dict[str, Any] = {"sub": subject_of(sign_in.system, sign_in.account_uuid), "amr": sign_in.methods}
    if person.assurance:
        told["acr"] = rules.acr_of(person.assurance)
    if rules.PROFILE in scopes:
        told["name"] = person.display_name
    if rules.CAPACITY in scopes:
        told |= {"capacity": str(person.capacity), "organisations": _organisations(person)}
        if person.is_applicant and person.capacity is not Capacity.RESIDENT:
            told["acting_for"] = _acting_for(sign_in.system, person, at)
    return told


def _organisations(person: Actor) -> list[dict[str, str]]:
    """The authorities of an official, the entity of a representative or agent."""
    if person.is_official:
        found = directory.organisations_by_uuid(person.organisation_uuids).values()
        return [{"code": o.uscc or o.key, "key": o.key, "name": o.name} for o in found]
    parties = identity.parties_by_urn([person.party_urn]).values()
    return [{"code": party.identifier, "name": party.name} for party in parties if not party.is_person]


def _acting_for(system: System, person: Actor, at: datetime) -> dict[str, str]:
    """For whom a representative or agent acts: the entity with its code, the person by the subject this system knows
    him by. A person's name is read for it, on record under “who read my data”."""
    party = identity.get_party(person.party_urn)
    if not party.is_person:
        return {"type": party.kind, "code": party.identifier, "name": party.name}
    purpose = f"代为登录：{system.title['zh']}"
    data = identity.reveal_person(person.party_urn, actor=person, purpose=purpose, at=at)
    return {"type": party.kind, "sub": subject_of_person(system, person.party_urn), "name": data.name}


def identity_token(sign_in: SignIn, person: Actor, scopes: Collection[str], access: str, at: datetime) -> str:
    """The signed identity token (OpenID Connect Core 2), ten minutes long."""
    now = int(at.timestamp())
    half = hashlib.sha256(access.encode()).digest()[:16]
    fixed = {
        "iss": issuer(), "aud": sign_in.system.key, "iat": now, "exp": now + int(rules.ID_TOKEN_LASTS.total_seconds()),
        "auth_time": int(sign_in.authenticated_at.timestamp()),
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }  # fmt: skip
    if sign_in.nonce:
        fixed["nonce"] = sign_in.nonce
    if sign_in.session_mark:
        fixed["sid"] = sid_of(sign_in.system, sign_in.session_mark)
    return sign({**fixed, **claims_of(sign_in, person, scopes, at)})


def user_info(bearer: Bearer, at: datetime) -> dict[str, Any] | None:
    """The claims again, with the identity number where that was granted: one entry under “who read my data” each time.

    None when the token is of no person, or the person's account or capacity has ended.
    """
    sign_in = bearer.token.sign_in
    person = person_of(sign_in, at) if sign_in else None
    if sign_in is None or person is None:
        return None
    sign_in.system = bearer.system
    told = claims_of(sign_in, person, bearer.token.scopes, at)
    account = identity.find_account(person.urn)
    own = identity.person_urn_of(account) if account else ""
    if rules.ID_NUMBER in bearer.token.scopes:
        if own:
            told["id_number"] = _number_of(own, bearer, at)
        if told.get("acting_for", {}).get("type") == "person":
            told["acting_for"]["id_number"] = _number_of(person.party_urn, bearer, at)
    return told


def _number_of(person_urn: str, bearer: Bearer, at: datetime) -> str:
    return identity.reveal_person(person_urn, actor=bearer.actor, purpose=bearer.system.purpose, at=at).id_number
