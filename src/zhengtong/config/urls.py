"""Every address of the node. Only `config` knows all rooms; each room brings its own `urls`."""

from importlib.util import find_spec

from django.urls import include, path

from zhengtong.config.health import healthz

urlpatterns = [path("healthz", healthz)] + [
    path(prefix, include(f"{room}.urls"))
    for room, prefix in (
        ("zhengtong.kernel.design", "design/"),
        ("zhengtong.security.signing", "pki/"),
        ("zhengtong.security.identity", ""),
        ("zhengtong.security.sso", ""),
        ("zhengtong.support.forms", "forms/"),
        ("zhengtong.access.openapi", "api/"),
        ("zhengtong.access.workbench", "workbench/"),
        ("zhengtong.access.hall", "hall/"),
        ("zhengtong.access.portal", ""),  # last: Wagtail serves what is left
    )
    if find_spec(f"{room}.urls")
]

handler400 = handler403 = handler404 = "zhengtong.kernel.design.views.refuse"
handler500 = "zhengtong.kernel.design.views.fail"
