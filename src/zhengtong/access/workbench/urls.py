"""The officers' workbench (工作台)."""

from django.urls import path

from zhengtong.applications.cases import urls as cases
from zhengtong.resources.standards import urls as standards

from . import credentials, log, rights, security

app_name = "workbench"
urlpatterns = [
    *cases.workbench,
    *standards.workbench,
    path("permissions/", rights.page, name="permissions"),
    path("permissions/delegations/", rights.delegate, name="delegate"),
    path("permissions/delegations/<uuid:delegation_uuid>/end/", rights.end_delegation, name="delegation-end"),
    path("credentials/", credentials.found, name="credentials"),
    path("credentials/<uuid:credential_uuid>/", credentials.detail, name="credential"),
    path("credentials/<uuid:credential_uuid>/end/", credentials.end, name="credential-end"),
    path("security/", security.overview, name="security"),
    path("log/", log.search, name="log"),
    path("log/person/", log.find_person, name="log-person"),
    path("log/export/", log.export, name="log-export"),
]
