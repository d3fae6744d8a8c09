"""The web application that granian serves."""

import gc
import os
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import resolve

from zhengtong.config.intake import Intake
from zhengtong.config.secret import require_secret
from zhengtong.kernel.design.middleware.proxies import visitor_of
from zhengtong.kernel.limits.rules import network_of
from zhengtong.kernel.redaction import guard_standard_error

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengtong.config.settings")
require_secret()
guard_standard_error()


def _network(environ: dict[str, Any]) -> str:
    header = environ.get("HTTP_X_FORWARDED_FOR", "")
    return network_of(visitor_of(header, settings.ZT_TRUSTED_PROXIES) or environ.get("REMOTE_ADDR", ""))


application = Intake(
    get_wsgi_application(), at_work=settings.ZT_WEB_THREADS, most=settings.ZT_MAX_REQUEST_BYTES, network_of=_network,
    released=connections.close_all,
)  # fmt: skip
resolve("/healthz")  # loads every room's addresses and pages now, not in the first person's request
# What is loaded now stays: it need not be walked through again at each collection (an eighth of a request's time).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
