"""What a password must be (GB/T 22239, level 3: length, three of four kinds of characters)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .. import rules


class LengthAndKinds:
    """At least ten characters, of at least three kinds."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002
        if len(password) < rules.MIN_PASSWORD:
            raise ValidationError(_("密码至少 %d 位。") % rules.MIN_PASSWORD, code="password_too_short")
        if rules.kinds_of_characters(password) < rules.MIN_KINDS:
            raise ValidationError(
                _("密码须包含大写字母、小写字母、数字、符号中的至少三种。"), code="password_too_few_kinds"
            )

    def get_help_text(self) -> str:
        return _("至少 10 位，包含大写字母、小写字母、数字、符号中的至少三种。")


class NotTheUsername:
    """The password does not contain the user name."""

    def validate(self, password: str, user: Any = None) -> None:
        name = getattr(user, "username", "") or ""
        if len(name) >= 3 and name.lower() in password.lower():
            raise ValidationError(_("密码不能包含用户名。"), code="password_too_similar")

    def get_help_text(self) -> str:
        return _("不要包含用户名。")


class NotObvious:
    """The password holds no word that everybody connects with the node: its names, the product's, the office's."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002
        words = rules.obvious_words(settings.ZT_NODE_DIVISION, *settings.ZT_NODE_NAME.values())
        if found := next((word for word in words if word in password.lower()), ""):
            raise ValidationError(_("密码不要包含“%s”这样容易猜到的词。") % found, code="password_too_obvious")

    def get_help_text(self) -> str:
        return _("不要包含系统、地区或岗位的名称。")


class NotCommon(CommonPasswordValidator):
    """The password is none of the twenty thousand most common ones."""

    def validate(self, password: str, user: Any = None) -> None:
        try:
            super().validate(password, user)
        except ValidationError:
            raise ValidationError(_("这个密码太常见，容易被猜中，请换一个。"), code="password_too_common") from None

    def get_help_text(self) -> str:
        return _("不要使用常见密码。")
