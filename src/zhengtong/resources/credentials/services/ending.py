"""End a credential before its time, and tell its holder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions
from zhengtong.support.notifications import services as notifications

from ..events import CredentialRevoked
from ..models import Credential
from .standing import locked, must_have, must_stand

Status = Credential.Status


@verb
def revoke(actor: Actor, *, uuid: UUID, reason: str, at: datetime, status: str = Status.REVOKED) -> Credential:
    """End a credential: revoked 吊销 (a penalty), annulled 撤销 (it should not have been granted) or cancelled 注销.

    Raises NotFound, Conflict (it has ended already), Invalid (no reason), Denied.
    """
    credential = locked(uuid)
    permissions.require(actor, "credentials.credential.revoke", credential)
    must_stand(credential)
    must_have(reason)
    if status not in (Status.REVOKED, Status.ANNULLED, Status.CANCELLED):
        raise Invalid(_("终止方式应为吊销、撤销或注销。"), fields=[FieldError("status", _("请选择终止方式。"))])
    credential.end(status, reason.strip(), at)
    credential.save(update_fields=["status", "ended_reason", "ended_at"])
    audit.record(actor, "credentials.credential.revoked", credential, at=at, detail={"status": str(status)})
    events.publish(
        CredentialRevoked(
            credential_uuid=str(uuid),
            type_key=credential.type.key,
            holder_urn=credential.holder_urn,
            status=str(status),
        )
    )
    _tell_holder(credential, at=at)
    return credential


_ENDED: dict[str, tuple[str, str]] = {
    Status.REVOKED: ("吊销", "revoked"),
    Status.ANNULLED: ("撤销", "annulled"),
    Status.CANCELLED: ("注销", "cancelled"),
}


def _tell_holder(credential: Credential, *, at: datetime) -> None:
    """In the holder's box, with the reason and who decided it."""
    zh, en = _ENDED[credential.status]
    title, issuer = credential.title, credential.issuer_name
    notifications.send(
        recipient_urn=credential.holder_urn,
        kind="credentials.credential.revoked",
        subject={"zh": f"您的{title['zh']}已被{zh}", "en": f"Your {title['en']} has been {en}"},
        body={
            "zh": f"{issuer['zh']}已{zh}证照 {credential.number}。原因：{credential.ended_reason}。",
            "en": f"{issuer['en']} has {en} credential {credential.number}. Reason: {credential.ended_reason}",
        },
        link="/hall/credentials/",
        service_key=credential.service_key,
        at=at,
    )
