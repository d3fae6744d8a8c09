"""Links by which somebody chooses a password: signed, never stored, void once the password has changed."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from .models import Account


class PasswordLinks(PasswordResetTokenGenerator):
    """A token holds for one account in one state. Of a locked account none holds."""

    key_salt = "zhengtong.identity.password-link"

    @property
    def hours(self) -> int:
        return int(settings.PASSWORD_RESET_TIMEOUT) // 3600

    def check_token(self, user: Account | None, token: str | None) -> bool:
        return bool(user and user.is_active and super().check_token(user, token))


class RecoveryLinks(PasswordLinks):
    """As on a slip of recovery: how long it serves stands with the recovery."""

    key_salt = "zhengtong.identity.recovery-link"


LINKS = PasswordLinks()
RECOVERY_LINKS = RecoveryLinks()
