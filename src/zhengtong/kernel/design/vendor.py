"""Which browser libraries are there. They are fetched at set-up and are no part of the repository."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders


@cache
def has_vendor_file(path: str) -> bool:
    return bool(finders.find(path)) or (Path(settings.STATIC_ROOT) / path).is_file()
