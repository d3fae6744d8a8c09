"""Addresses of identity. Of the sign-in library only the pages we have dressed are reachable."""

from allauth.account import views as library
from django.urls import include, path

from . import views

accounts = [
    path("login/", library.login, name="account_login"),
    path("logout/", library.logout, name="account_logout"),
    path("signup/", library.signup, name="account_signup"),
    path("inactive/", library.account_inactive, name="account_inactive"),
    path("reauthenticate/", library.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.change_password, name="account_change_password"),
    path("password/reset/", views.password_help, name="account_reset_password"),
    path("2fa/", views.to_security, name="mfa_index"),
    path("2fa/authenticate/", views.second_factor, name="mfa_authenticate"),
    path("2fa/totp/activate/", views.activate_totp, name="mfa_activate_totp"),
    path("2fa/recovery-codes/", views.show_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", views.make_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", views.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("2fa/totp/deactivate/", views.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/webauthn/", views.to_security, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", views.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", views.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("2fa/webauthn/reauthenticate/", views.reauthenticate_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", views.rename_passkey, name="mfa_edit_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
]

pages = [
    path("after-sign-in/", views.after_sign_in, name="after-sign-in"),
    path("accounts/password/choose/<uuid:account_uuid>/<str:token>/", views.choose_password, name="choose-password"),
    path("accounts/recover/<uuid:recovery_uuid>/<str:token>/", views.recover, name="recover-account"),
    path("identity/capacity/", views.capacity, name="capacity"),
    path("identity/security/", views.security, name="security"),
    path("identity/session/stay/", views.stay, name="stay"),
    path("identity/session/until/", views.session_until, name="session-until"),
    path("identity/sessions/end-others/", views.end_other_sessions, name="end-other-sessions"),
    path("identity/sessions/<int:session_id>/end/", views.end_session, name="end-session"),
    path("workbench/identity/", views.confirm, name="confirm"),
    path("workbench/identity/verification/", views.verification, name="verification"),
    path(
        "workbench/identity/verification/<uuid:verification_uuid>/decide/",
        views.decide_verification,
        name="decide-verification",
    ),
    path(
        "workbench/identity/verification/<uuid:verification_uuid>/withdraw/",
        views.withdraw_verification,
        name="withdraw-verification",
    ),
    path("workbench/identity/recovery/", views.recovery, name="recovery"),
    path("workbench/identity/recovery/<uuid:recovery_uuid>/decide/", views.decide_recovery, name="decide-recovery"),
    path("workbench/identity/recovery/<uuid:recovery_uuid>/slip/", views.recovery_slip, name="recovery-slip"),
    path("identity/recovery/<uuid:recovery_uuid>/withdraw/", views.withdraw_recovery, name="withdraw-recovery"),
    path("workbench/identity/care/", views.care, name="care"),
    path("workbench/identity/care/<uuid:agency_uuid>/end/", views.end_care, name="end-care"),
    path("hall/agencies/", views.agencies, name="agencies"),
    path("hall/agencies/grant/", views.grant, name="grant-agency"),
    path("hall/agencies/<uuid:agency_uuid>/revoke/", views.revoke, name="revoke-agency"),
]

urlpatterns = [
    path("accounts/", include(accounts)),
    path("", include((pages, "identity"))),
]
