"""What stands beside the records: grants of reading, disputes, and about how many records there are."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions import services as permissions

from . import rows
from .catalogue import definitions
from .models import Dispute, Match, MatchRun, ReadGrant, Subscription

M = TypeVar("M", bound=Model)
PAGE = 30


def list_grants(register: str, *, limit: int = PAGE, before: int | None = None) -> list[ReadGrant]:
    """Who was let read fields of the register, the newest first, revoked ones too."""
    return _page(ReadGrant.objects.filter(register=register), limit, before)


def list_subscriptions(register: str, *, limit: int = PAGE, before: int | None = None) -> list[Subscription]:
    """Who takes the register in bulk, the newest first, ended ones too."""
    return _page(Subscription.objects.select_related("grant").filter(register=register), limit, before)


def list_disputes(
    actor: Actor, *, raised: bool = False, is_open: bool = True, limit: int = PAGE, before: int | None = None
) -> list[Dispute]:
    """Disputes that the actor's authority answers, or (`raised`) that its office raised; the newest first."""
    if raised:
        found = Dispute.objects.filter(organisation_uuid__in=actor.organisation_uuids)
    else:
        found = permissions.filter(actor, "registers.dispute.answer", Dispute.objects.all())
        found = found.filter(status="open") if is_open else found.exclude(status="open")
    return _page(found, limit, before)


def get_dispute(dispute_uuid: UUID) -> Dispute:
    """Raises NotFound."""
    found = Dispute.objects.filter(uuid=dispute_uuid).first()
    if found is None:
        raise NotFound(_("没有这项疑义。"))
    return found


def disputes_of(record_uuid: UUID, *, limit: int = PAGE) -> list[Dispute]:
    """Every dispute about the record, the newest first."""
    return _page(Dispute.objects.filter(record_uuid=record_uuid), limit, None)


def list_disputes_of_party(party_urn: str, *, limit: int = PAGE) -> list[Dispute]:
    """What the party disputed about itself, the newest first."""
    return _page(Dispute.objects.filter(party_urn=party_urn), limit, None) if party_urn else []


# -- duplicates -------------------------------------------------------------------------------------------------------
def list_matches(
    actor: Actor, *, status: str = "open", register: str = "", limit: int = PAGE, after: tuple[float, int] | None = None
) -> list[Match]:
    """Pairs that the actor's authority judges: those to judge, the likeliest first, behind `after` (score, key); those
    judged, the latest first."""
    found = permissions.filter(actor, "registers.match.decide", Match.objects.filter(status=status))
    found = found.filter(register=register) if register else found
    if status != "open":
        return list(found.order_by("-decided_at", "-pk")[:limit])
    if after is not None:
        found = found.filter(Q(score__lt=after[0]) | Q(score=after[0], pk__gt=after[1]))
    return list(found.order_by("-score", "pk")[:limit])


def get_match(match_uuid: UUID) -> Match:
    """Raises NotFound."""
    found = Match.objects.filter(uuid=match_uuid).first()
    if found is None:
        raise NotFound(_("没有这一对疑似重复的记录。"))
    return found


def differing_fields(match: Match) -> frozenset[str]:
    """The fields in which the two records have not the same value; an encrypted one by its blind index."""
    definition = definitions()[match.register]
    found = rows.select(definition, "uuid = ANY (%s)", [[match.first_uuid, match.second_uuid]])
    if len(found) != 2:
        return frozenset()
    first, second = (row.values for row in found)
    return frozenset(one.name for one in definition.fields if first[one.name] != second[one.name])


def list_match_runs(register: str = "", *, limit: int = PAGE) -> list[MatchRun]:
    """Searches for duplicates, the newest first."""
    found = MatchRun.objects.filter(register=register) if register else MatchRun.objects.all()
    return list(found.order_by("-pk")[:limit])


def _page(found: QuerySet[M], limit: int, before: int | None) -> list[M]:
    return list((found.filter(pk__lt=before) if before is not None else found).order_by("-pk")[:limit])


_ESTIMATES = """
SELECT t.name, coalesce(sum(greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)), 0)::bigint
FROM unnest(%s::text[]) AS t (name) JOIN pg_class c ON c.relkind = 'r' AND (c.oid = t.name::regclass
  OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = t.name::regclass)) GROUP BY t.name
"""


def estimates() -> dict[str, int]:
    """About how many records each register holds, from PostgreSQL's own statistics. One query."""
    tables = {one.table: one.key for one in definitions().values()}
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATES, [list(tables)])
        return {tables[name]: int(count) for name, count in cursor.fetchall()}
