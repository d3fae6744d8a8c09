"""How the sign-in library (allauth) speaks and keeps secrets here."""

from __future__ import annotations

import base64
import io
import time
from typing import Any, ClassVar

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.clock import now
from zhengtong.kernel.redaction import find, is_discreet
from zhengtong.kernel.texts import localised
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import queries as directory

RECENTLY = 300  # seconds


class AccountAdapter(DefaultAccountAdapter):
    """Our words; no e-mail: an account has no address."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("此账号已停用，请联系系统管理员。"),
        "username_password_mismatch": _("用户名或密码不正确。请核对后重试；连续输错 5 次将暂时锁定。"),
        "too_many_login_attempts": _("尝试次数过多，请稍等几分钟再试。"),
        "incorrect_password": _("密码不正确，请重新输入。"),
        "enter_current_password": _("当前密码不正确，请重新输入。"),
        "incorrect_code": _("动态口令不正确或已过期，请输入验证器上当前显示的 6 位数字。"),
        "username_taken": _("此用户名已被使用，请换一个。"),
        "username_blacklisted": _("此用户名不可使用，请换一个。"),
        "rate_limited": _("操作过于频繁，请稍等几分钟再试。"),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent by the library: messages go through support.notifications."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """As `send_mail`."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of giving password or code: who signs in to set up a code is not asked twice."""
        request = context.request
        records = get_authentication_records(request, request.user)
        if any(time.time() - record["at"] < RECENTLY for record in records):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """A name that is no number of a person: names stand in the clear. Raises ValidationError."""
        if any(find(username)):
            raise ValidationError(_("用户名不要使用身份证号、手机号或银行卡号，请换一个。"))
        return str(super().clean_username(username, shallow))

    def is_safe_url(self, url: str | None) -> bool:
        """Where to go next stands in an address: within this site, and never with somebody's number in it."""
        return bool(super().is_safe_url(url)) and is_discreet(url or "")

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return True


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of one-time passwords lie encrypted; an official keeps the second factor."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("工作人员账号必须保留动态口令或至少一把通行密钥，最后一种不能停用。"),
        "cannot_generate_recovery_codes": _("请先设置动态口令或通行密钥，再生成备用码。"),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(base64.b64decode(encrypted_text))

    def get_totp_issuer(self) -> str:
        return localised(settings.ZT_NODE_NAME)

    def build_totp_svg(self, url: str) -> str:
        image = io.BytesIO()
        segno.make(url, error="m").save(image, kind="svg", xmldecl=False, scale=5, border=4)
        return image.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """An official keeps one-time codes or a passkey: recovery codes alone are no second factor."""
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        if others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            return True
        return not directory.list_appointments_of(authenticator.user.uuid, now())

    def _get_site_name(self) -> str:
        """As a device shows it beside the passkey."""
        return localised(settings.ZT_NODE_NAME)
