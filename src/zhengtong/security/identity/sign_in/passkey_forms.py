"""The library's forms of passkeys in our words. The answer of the browser comes as one hidden field."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import EditWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .. import rules
from . import passkeys
from .forms import Dressed

_LONGEST_NAME = 50
_NAME_HELP = _("方便日后辨认，例如“办公室电脑”“我的手机”。")


def _answer() -> forms.CharField:
    return forms.CharField(
        max_length=passkeys.LONGEST,
        widget=forms.HiddenInput,
        error_messages={"required": _("没有收到通行密钥的应答。请启用浏览器的 JavaScript，然后重试。")},
    )


class _Answering(Dressed, forms.Form):
    """Shows the faults of the hidden field as faults of the whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["credential"]
        field.error_messages["required"] = _("没有收到通行密钥的应答。请启用浏览器的 JavaScript，然后重试。")
        field.label = ""

    @property
    def error_list(self) -> list[Any]:
        return [type(e)("" if e.path == "credential" else e.path, e.message, e.label) for e in super().error_list]


class AddPasskeyForm(_Answering):
    name = forms.CharField(max_length=_LONGEST_NAME)
    credential = _answer()
    labels: ClassVar = {"name": _("名称")}
    helps: ClassVar = {"name": _NAME_HELP}
    attributes: ClassVar = {"name": {"autocomplete": "off"}}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        device = rules.describe_device(context.request.headers.get("User-Agent", ""))
        kwargs["initial"] = {"name": device, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean_credential(self) -> dict[str, Any]:
        answer = passkeys.parsed(self.cleaned_data["credential"])
        if "name" in self.cleaned_data:  # else the same key would have to be made twice
            passkeys.register(context.request, answer)
        return answer


class AuthenticatePasskeyForm(_Answering):
    """As second factor, or again before something grave. A refused answer is witnessed."""

    credential = _answer()
    reauthenticated = passwordless = False

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_credential(self) -> Authenticator:
        """Whose passkey it is. Answers are not counted: none can be guessed, and so nobody is kept out by another."""
        try:
            answer = passkeys.parsed(self.cleaned_data["credential"])
            authenticator = passkeys.authenticate(context.request, answer, self.user)
        except ValidationError:
            signals.authentication_failed.send(
                sender=Authenticator, request=context.request, user=self.user, authenticator=None,
                reauthentication=self.reauthenticated, method="passkey",
            )  # fmt: skip
            raise
        return authenticator

    def save(self) -> None:
        post_authentication(
            context.request, self.cleaned_data["credential"],
            reauthenticated=self.reauthenticated, passwordless=self.passwordless,
        )  # fmt: skip


class LoginPasskeyForm(AuthenticatePasskeyForm):
    passwordless = True


class ReauthenticatePasskeyForm(AuthenticatePasskeyForm):
    reauthenticated = True


class RenamePasskeyForm(Dressed, EditWebAuthnForm):
    labels: ClassVar = {"name": _("名称")}
    helps: ClassVar = {"name": _NAME_HELP}
    attributes: ClassVar = {"name": {"maxlength": str(_LONGEST_NAME), "autocomplete": "off"}}

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()[:_LONGEST_NAME]
