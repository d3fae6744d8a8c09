"""The applicants' hall (网上办事大厅)."""

from django.urls import path

from zhengtong.applications.cases import urls as cases

from . import data, views

app_name = "hall"
urlpatterns = [
    path("", views.home, name="home"),
    path("credentials/", views.credential_list, name="credentials"),
    path("credentials/<uuid:credential_uuid>.pdf", views.credential_pdf, name="credential-pdf"),
    path("credentials/<uuid:credential_uuid>/receipt.json", views.credential_receipt, name="credential-receipt"),
    path("messages/", views.message_list, name="messages"),
    path("messages/read/", views.messages_read, name="messages-read"),
    path("data/", data.own, name="data"),
    path("data/dispute/", data.dispute, name="data-dispute"),
    path("reads/", views.reads, name="reads"),
    *cases.hall,
]
