"""Addresses: those of OpenID Connect and OAuth, and the pages around them."""

from django.urls import include, path

from . import views

pages = [
    path(".well-known/openid-configuration", views.discovery, name="discovery"),
    path(".well-known/oauth-authorization-server", views.discovery),
    path("oidc/jwks", views.keys, name="keys"),
    path("oidc/authorize", views.authorize, name="authorize"),
    path("oidc/consent", views.consent, name="consent"),
    path("oidc/token", views.token, name="token"),
    path("oidc/userinfo", views.userinfo, name="userinfo"),
    path("oidc/revoke", views.revoke, name="revoke"),
    path("oidc/logout", views.logout, name="logout"),
    path("oidc/leave", views.leave, name="leave"),
    path("identity/upstream/", views.upstream.set_out, name="upstream"),
    path("identity/upstream/back", views.upstream.come_back, name="upstream-back"),
    path("identity/connections/", views.connections, name="connections"),
    path("identity/connections/<uuid:consent_uuid>/withdraw/", views.withdraw, name="withdraw-consent"),
]

urlpatterns = [path("", include((pages, "sso")))]
