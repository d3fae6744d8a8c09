"""The open interface: /api/v1/, with its description at /api/v1/openapi.json."""

from django.urls import path

from .api import api

urlpatterns = [path("v1/", api.urls)]
