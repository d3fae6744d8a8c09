"""What every change of a credential that stands asks first."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound

from ..models import Credential


def locked(uuid: UUID) -> Credential:
    found = Credential.objects.select_for_update(of=("self",)).select_related("type__layout", "layout")
    credential = found.filter(uuid=uuid).first()
    if credential is None:
        raise NotFound(_("没有找到该证照。"), remedy=_("请核对证照编号或查验码。"))
    return credential


def must_stand(credential: Credential) -> None:
    if credential.status != Credential.Status.VALID:
        raise Conflict(
            _("该证照已终止（%s），不能再次办理。") % credential.get_status_display(),
            remedy=_("请查看该证照的最新版本。"),
        )


LONGEST_REASON = 1000  # characters


def must_have(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("请说明原因。"), fields=[FieldError("reason", _("请说明原因，持证人将看到。"), _("原因"))])
    if len(reason.strip()) > LONGEST_REASON:
        said = _("原因最多 %d 个字，请写得简短一些。") % LONGEST_REASON
        raise Invalid(said, fields=[FieldError("reason", said, _("原因"))])
