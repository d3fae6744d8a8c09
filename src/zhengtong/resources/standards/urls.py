"""Addresses of this room: `workbench` for officials; the access layer includes them."""

from django.urls import path

from .views import workbench as pages

workbench = [
    path("standards/", pages.tables, name="standards"),
    path("standards/tables/<slug:key>/", pages.table, name="standards-table"),
    path("standards/tables/<slug:key>/diff/", pages.diff, name="standards-diff"),
    path("standards/tables/<slug:key>/resolve/", pages.resolve, name="standards-resolve"),
    path("standards/elements/", pages.elements, name="standards-elements"),
    path("standards/elements/<slug:identifier>/", pages.element, name="standards-element"),
]
