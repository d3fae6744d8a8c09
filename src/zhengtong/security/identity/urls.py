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
    path("password/change/", library.password_change, name="account_change_password"),
    path("password/reset/", views.password_help, name="account_reset_password"),
    path("2fa/", views.to_security, name="mfa_index"),
    path("2fa/", include("allauth.mfa.urls")),
]

pages = [
    path("after-sign-in/", views.after_sign_in, name="after-sign-in"),
    path("accounts/password/choose/<uuid:account_uuid>/<str:token>/", views.choose_password, name="choose-password"),
    path("identity/capacity/", views.capacity, name="capacity"),
    path("identity/security/", views.security, name="security"),
    path("identity/sessions/<int:session_id>/end/", views.end_session, name="end-session"),
    path("workbench/identity/", views.confirm, name="confirm"),
    path("hall/agencies/", views.agencies, name="agencies"),
    path("hall/agencies/grant/", views.grant, name="grant-agency"),
    path("hall/agencies/<uuid:agency_uuid>/revoke/", views.revoke, name="revoke-agency"),
]

urlpatterns = [
    path("accounts/", include(accounts)),
    path("", include((pages, "identity"))),
]
