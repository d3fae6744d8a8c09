"""The officers' workbench (工作台)."""

from django.urls import path

from zhengtong.applications.cases import urls as cases
from zhengtong.resources.standards import urls as standards

from . import credentials, log, rights, security
from .registers import (
    disputes,
    grants,
    maps,
    matches,
    quality,
    reading,
    reports,
    statistics,
    subscriptions,
    writing,
)

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
    path("registers/", reading.overview, name="registers"),
    path("registers/<slug:register_key>/", reading.definition, name="register"),
    path("registers/<slug:register_key>/find/", reading.find, name="register-find"),
    path("map/", maps.page, name="map"),
    path("map/provinces/", maps.provinces, name="map-provinces"),
    path("registers/<slug:register_key>/subscriptions/", subscriptions.listed, name="register-subscriptions"),
    path(
        "registers/<slug:register_key>/subscriptions/<uuid:subscription_uuid>/revoke/",
        subscriptions.revoke,
        name="register-subscription-revoke",
    ),
    path("registers/<slug:register_key>/grants/", grants.listed, name="register-grants"),
    path("registers/<slug:register_key>/grants/give/", grants.give, name="register-grant-give"),
    path("registers/<slug:register_key>/grants/<uuid:grant_uuid>/revoke/", grants.revoke, name="register-grant-revoke"),
    path("registers/<slug:register_key>/records/<uuid:record_uuid>/", reading.record, name="register-record"),
    path("registers/<slug:register_key>/records/<uuid:record_uuid>/reveal/", reading.reveal, name="register-reveal"),
    path("registers/<slug:register_key>/records/<uuid:record_uuid>/change/", writing.change, name="register-change"),
    path("registers/<slug:register_key>/records/<uuid:record_uuid>/dispute/", writing.dispute, name="register-dispute"),
    path("matches/", matches.listed, name="matches"),
    path("matches/<uuid:match_uuid>/", matches.detail, name="match"),
    path("matches/<uuid:match_uuid>/reveal/", matches.reveal, name="match-reveal"),
    path("matches/<uuid:match_uuid>/judge/", matches.judge, name="match-judge"),
    path("registers/<slug:register_key>/quality/", quality.page, name="register-quality"),
    path("registers/<slug:register_key>/quality/<slug:rule_key>/", quality.rule, name="register-quality-rule"),
    path("registers/<slug:register_key>/report/", reports.send, name="register-report"),
    path("registers/<slug:register_key>/statistics/", statistics.page, name="register-statistics"),
    path("registers/<slug:register_key>/statistics/csv/", statistics.as_csv, name="register-statistics-csv"),
    path("quality-reports/", reports.listed, name="quality-reports"),
    path("quality-reports/<uuid:report_uuid>/", reports.detail, name="quality-report"),
    path("quality-reports/<uuid:report_uuid>/answer/", reports.answer, name="quality-report-answer"),
    path("disputes/", disputes.listed, name="disputes"),
    path("disputes/<uuid:dispute_uuid>/", disputes.detail, name="dispute"),
    path("disputes/<uuid:dispute_uuid>/reveal/", disputes.reveal, name="dispute-reveal"),
    path("disputes/<uuid:dispute_uuid>/answer/", disputes.answer, name="dispute-answer"),
]
