"""Passkeys: the library's pages with our questions, time limits and last-factor rule."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as library_totp
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as library
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode

from ..middleware import factor_first
from ..models import Account
from ..sign_in import passkeys
from ..sign_in.adapters import MfaAdapter

SECURITY = reverse_lazy("identity:security")


class AddPasskey(AddWebAuthnView):
    """The question is put when the page is shown; its answer comes with the name."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super(AddWebAuthnView, self).get_context_data(**kwargs)
        return {**shown, "question": passkeys.ask_to_register(self.request)}


class RemovePasskey(RemoveWebAuthnView):
    """An official keeps one second factor; two removals at once are put in line."""

    success_url = SECURITY
    request: Any

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=self.request.user.pk)
            adapter = MfaAdapter()
            if adapter.can_delete_authenticator(self.get_object()):
                return super().form_valid(form)
        messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
        return HttpResponseRedirect(str(SECURITY))


class DeactivateTotp(DeactivateTOTPView):
    """As `RemovePasskey`, for the one-time codes."""

    success_url = SECURITY

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=request.user.pk)
            return super().post(request, *args, **kwargs)


class RenamePasskey(EditWebAuthnView):
    success_url = SECURITY


class SecondFactor(AuthenticateView):
    """After the password, or the word of the provider above: a code, a backup code, or a passkey in its time."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        question = passkeys.stamped(self.request, shown["js_data"]["request_options"])
        possible = Authenticator.Type.WEBAUTHN in kinds and passkeys.are_possible(self.request)
        first = get_authentication_records(self.request, self.stage.login.user)[-1:]
        return {
            **shown, "question": question if possible else None, "has_totp": Authenticator.Type.TOTP in kinds,
            "from_above": [record.get("method") for record in first] == ["socialaccount"],
        }  # fmt: skip


class ReauthenticateByPasskey(ReauthenticateWebAuthnView):
    """Before something grave. On a fault the same page again, with the fault."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = super(ReauthenticateWebAuthnView, self).get_context_data(**kwargs)
        options = library.begin_authentication(self.request.user)  # type: ignore[arg-type]
        return {**shown, "question": passkeys.stamped(self.request, options)}

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))


class LoginByPasskey(LoginWebAuthnView):
    """Without name and password. GET by the page's script puts the question; everything else leads to the sign-in."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().get(request, *args, **kwargs)
        if isinstance(answer, JsonResponse):
            passkeys.stamped(request, {})
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        for fault in form.error_list:
            messages.error(self.request, fault.message)
        further = get_next_redirect_url(self.request)
        query = f"?{urlencode({'next': further})}" if further else ""
        return HttpResponseRedirect(f"{reverse('account_login')}{query}")

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        return perform_passwordless_login(self.request, authenticator, login)


add_passkey = factor_first(AddPasskey.as_view())
remove_passkey = factor_first(RemovePasskey.as_view())
rename_passkey = factor_first(RenamePasskey.as_view())
activate_totp = factor_first(library_totp.activate_totp)
deactivate_totp = factor_first(DeactivateTotp.as_view())
show_recovery_codes = factor_first(recovery_codes.view_recovery_codes)
make_recovery_codes = factor_first(recovery_codes.generate_recovery_codes)
download_recovery_codes = factor_first(recovery_codes.download_recovery_codes)
second_factor = SecondFactor.as_view()
reauthenticate_by_passkey = ReauthenticateByPasskey.as_view()
sign_in_by_passkey = LoginByPasskey.as_view()
