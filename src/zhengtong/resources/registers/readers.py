"""Who reads, and what that opens: the organisations in whose name somebody may, and the grants they were given.

The one place where a read is judged. What is to be asked of it besides (division, secrecy, purpose) belongs into the
policy `registers.record.read`: it is asked about a `Reading` of each organisation with its purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID, uuid4

from django.db.models import Q

from zhengtong.kernel.actors import Actor
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions

from . import answers
from .definition.model import Definition
from .models import ReadGrant
from .policies import Reading
from .purposes import Purpose
from .sights import Reach, reach_from

READ, VERIFY = answers.READ, "registers.record.verify"


def organisations(actor: Actor, action: str, urn: str = "", purpose: str = "") -> frozenset[UUID]:
    """The organisations in whose name the actor may do this. Raises Denied where there is none."""
    own = actor.organisation_uuids | ({actor.organisation_uuid} if actor.organisation_uuid else frozenset())
    found = frozenset(one for one in own if permissions.allows(actor, action, Reading(urn, one, purpose)))
    if not found:
        permissions.require(actor, action, Reading(urn, next(iter(own), uuid4()), purpose))
    return found


def reach_of(definition: Definition, organisation_uuids: Iterable[UUID], purpose: Purpose, on: date) -> Reach:
    """What these organisations see for the purpose: their own fields, and those granted to them. Two queries."""
    uuids = list(organisation_uuids)
    keys = frozenset(one.key for one in directory.organisations_by_uuid(uuids).values())
    grants = standing(on).filter(register=definition.key, consumer_uuid__in=uuids, purposes__contains=[purpose.key])
    return reach_from(definition, keys, grants.values_list("authority", "fields"))


def standing(on: date):  # type: ignore[no-untyped-def]
    """Grants in force on the day."""
    return ReadGrant.objects.filter(Q(until=None) | Q(until__gte=on), since__lte=on, revoked_at=None)
