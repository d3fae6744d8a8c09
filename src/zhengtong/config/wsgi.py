"""The web application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from zhengtong.config.secret import require_secret

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengtong.config.settings")
require_secret()
application = get_wsgi_application()
resolve("/healthz")  # loads every room's addresses and pages now, not in the first person's request
# What is loaded now stays: it need not be walked through again at each collection (an eighth of a request's time).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
