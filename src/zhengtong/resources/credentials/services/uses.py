"""Who used a credential: as evidence in a case, opened by an official, downloaded, checked by the public."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import ANONYMOUS, Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries, rules
from ..models import Credential, Use

_NOTE = """
    INSERT INTO credentials_use
        (credential_id, kind, actor_urn, organisation_uuid, case_urn, purpose, day, count, last_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s)
    ON CONFLICT (credential_id, kind, actor_urn, case_urn, day)
    DO UPDATE SET count = credentials_use.count + 1, last_at = excluded.last_at
"""


@verb
def record_use(actor: Actor, *, uuid: UUID, case_urn: str, purpose: str, at: datetime) -> None:
    """The holder refers to a credential instead of uploading a copy (在线政务服务规定 7). Once a case and day.

    Raises Conflict where it is not in force, Denied where the actor does not act for the holder.
    """
    credential = queries.get(uuid)
    permissions.require(actor, "credentials.credential.use", credential)
    if credential.state_on(china_date(at)) is not rules.State.VALID:
        raise Conflict(_("该证照目前无效，不能作为申请材料。"), remedy=_("请改为上传其他证明材料。"))
    note(credential, Use.Kind.EVIDENCE, actor, at=at, case_urn=case_urn, purpose=purpose)
    audit.record(actor, "credentials.credential.used", credential, at=at, purpose=purpose, case_urn=case_urn)


def record_check(code: str, *, at: datetime) -> None:
    """Somebody asked the public page about this code: counted by day, without a trace of who it was."""
    credential = queries.find_by_code(code)
    if credential:
        note(credential, Use.Kind.CHECKED, ANONYMOUS, at=at)


def note(
    credential: Credential, kind: str, actor: Actor, *, at: datetime, case_urn: str = "", purpose: str = ""
) -> None:
    """One row per kind, user, case and day; further uses count up."""
    organisation = next(iter(actor.organisation_uuids), None) if actor.is_official else None
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            [credential.pk, str(kind), actor.urn, organisation, case_urn, purpose[:300], china_date(at), at],
        )
