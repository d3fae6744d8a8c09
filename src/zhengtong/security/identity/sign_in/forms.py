"""The forms of the sign-in library in our words, and the resident's registration with real-name data."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as LibraryActivateTotpForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import FieldError

from .. import queries, services
from ..models import Account, Person
from . import guesses

_PASSWORD_HELP = _("至少 10 位，包含大写字母、小写字母、数字、符号中的至少三种；不要包含用户名。")


class Dressed:
    """A form that looks like ours: labels, help, ids by which the list of faults at the top finds the fields."""

    labels: ClassVar[dict[str, Any]] = {}
    helps: ClassVar[dict[str, Any]] = {}
    attributes: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "f-%s")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")
            field.error_messages["required"] = _("请填写此项。")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs.update({"class": "input", **self.attributes.get(name, {})})

    @property
    def error_list(self) -> list[FieldError]:
        """Every fault in the order of the fields, for the list at the top of the page."""
        faults: dict[str, list[str]] = self.errors  # type: ignore[attr-defined]
        whole = [FieldError("", message) for message in faults.get("__all__", [])]
        return whole + [
            FieldError(name, message, field.label)
            for name, field in self.fields.items()  # type: ignore[attr-defined]
            for message in faults.get(name, [])
        ]


_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20", "class": "input input--short"}
_CODE_HELP = _("打开手机上的验证器应用，输入本站账号当前显示的 6 位数字。数字每 30 秒换一次，换了就输入新的。")


class LoginForm(Dressed, account.LoginForm):
    labels: ClassVar = {"login": _("用户名"), "password": _("密码")}


class ChangePasswordForm(Dressed, account.ChangePasswordForm):
    labels: ClassVar = {"oldpassword": _("当前密码"), "password1": _("新密码"), "password2": _("再次输入新密码")}
    helps: ClassVar = {"password1": _PASSWORD_HELP}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return _same_twice(self, cleaned)


class ChoosePasswordForm(Dressed, account.SetPasswordForm):
    """A password by link, without the former one."""

    labels: ClassVar = {"password1": _("新密码"), "password2": _("再次输入新密码")}
    helps: ClassVar = {"password1": _PASSWORD_HELP}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return _same_twice(self, cleaned)


class ReauthenticateForm(Dressed, account.ReauthenticateForm):
    labels: ClassVar = {"password": _("密码")}


def _same_twice(form: Any, cleaned: dict[str, Any]) -> dict[str, Any]:
    """The library's own sentence for two different passwords, in our words."""
    if "password2" in form.errors:
        form.errors["password2"] = form.error_class([_("两次输入的密码不一致，请重新输入。")])
    return cleaned


class SignupForm(Dressed, account.SignupForm):
    """A resident opens an account: real-name level 1 (stated; the number's form is checked)."""

    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    id_number = forms.CharField(max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel"}))
    field_order: ClassVar = ["username", "name", "id_number", "phone", "password1", "password2"]
    labels: ClassVar = {
        "username": _("用户名"),
        "name": _("姓名"),
        "id_number": _("身份证号"),
        "phone": _("手机号（选填）"),
        "password1": _("密码"),
        "password2": _("再次输入密码"),
    }
    helps: ClassVar = {
        "username": _("登录时使用，至少 3 个字符。"),
        "name": _("与身份证件一致。"),
        "id_number": _("18 位，仅用于核对身份，加密保存，页面上只显示首尾几位。"),
        "phone": _("用于接收办件通知。"),
        "password1": _PASSWORD_HELP,
    }
    attributes: ClassVar = {"phone": {"inputmode": "tel"}}

    def clean(self) -> dict[str, Any]:
        cleaned = _same_twice(self, super().clean())
        data = {key: cleaned.get(key, "") for key in ("name", "id_number", "phone")}
        for fault in services.check_person(**data, at=now()):
            if fault.path not in self.errors:
                self.add_error(fault.path, str(fault.message))
        standing = None if "id_number" in self.errors else queries.find_person(data["id_number"])
        if standing and standing.account_id and standing.assurance_level >= Person.Assurance.SEEN:
            self.add_error(
                "id_number",
                _("该证件号码不能用于登记新用户。如您已有账号请直接登录；如有疑问，请携带证件到政务服务大厅窗口办理。"),
            )
        return cleaned

    @transaction.atomic
    def save(self, request: HttpRequest) -> Account:
        """Account and person together, or neither."""
        return super().save(request)

    def signup(self, request: HttpRequest, user: Account) -> None:  # noqa: ARG002
        data = {key: self.cleaned_data[key] for key in ("name", "id_number", "phone")}
        services.register_resident(account=user, **data, at=now())


class CountedCode(Dressed):
    """A code counts once, in whichever process, and guesses are counted in the log, which all processes share: five
    from one network in a quarter of an hour, thirty from everywhere in an hour. Who only knows the name gets no guess
    at all: the password comes first; and a passkey is never kept out."""

    user: Account
    authenticator: Authenticator
    labels: ClassVar = {"code": _("动态口令")}
    helps: ClassVar = {"code": _CODE_HELP}
    attributes: ClassVar = {"code": _CODE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists():
            field = self.fields["code"]  # type: ignore[attr-defined]
            field.label, field.help_text = _("备用码"), _("每个备用码只能用一次。")

    def clean_code(self) -> str:
        """Under the account's lock; a refusal is raised after the commit, so that its entry in the log stays."""
        code, refusal = "", None
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=self.user.pk)
            try:
                guesses.require_open(self.user, context.request, now())
                code = self._used_once(super().clean_code())  # type: ignore[misc]
            except forms.ValidationError as fault:
                refusal = fault
        if refusal:
            raise refusal
        return code

    def _used_once(self, code: str) -> str:
        """The step whose code it is, not the step in which it is given: the clocks may be one step apart."""
        if self.authenticator.type == Authenticator.Type.TOTP:
            data = self.authenticator.data
            counter = _counter_of(decrypt(data["secret"]), code)
            if counter is None or counter <= data.get("last_counter", -1):
                raise forms.ValidationError(_("这个动态口令刚刚用过，请等验证器显示新的数字后再输入。"))
            self.authenticator.data = {**data, "last_counter": counter}
            self.authenticator.save(update_fields=["data"])
            self.authenticator.record_usage()
        return code


class AuthenticateForm(CountedCode, mfa.AuthenticateForm):
    """The second factor after the password."""


class ReauthenticateCodeForm(CountedCode, mfa.ReauthenticateForm):
    """The second factor again, before something grave."""


def _counter_of(secret: str, code: str) -> int | None:
    """The latest step in tolerance with this code."""
    steps = (step for step in totp.yield_hotp_counters_from_time() if step >= 0)
    given = normalize_user_code(code)
    return max((s for s in steps if totp.format_hotp_value(totp.hotp_value(secret, s)) == given), default=None)


class ActivateTotpForm(Dressed, LibraryActivateTotpForm):
    labels: ClassVar = {"code": _("验证器显示的 6 位数字")}
    attributes: ClassVar = {"code": _CODE}
