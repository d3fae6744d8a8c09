"""The officers' workbench (工作台)."""

from django.urls import path

from zhengtong.applications.cases import urls as cases

from . import views

app_name = "workbench"
urlpatterns = [
    *cases.workbench,
    path("permissions/", views.permissions_page, name="permissions"),
    path("log/", views.log, name="log"),
]
