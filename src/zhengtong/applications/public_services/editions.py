"""What never changes of a version (a trigger refuses it), kept per process: the large texts are read once.

The row itself, with its status and its service, is read freshly each time. What is kept is shared: nobody may alter it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from zhengtong.support.forms import services as forms

from .models import ServiceVersion

FIXED = ("manifest", "form", "guide", "templates", "files", "organisations")
MOST = 128  # versions kept


def versions() -> QuerySet[ServiceVersion]:
    """Versions with their services, without what `complete` adds."""
    return ServiceVersion.objects.select_related("service").defer(*FIXED)


def complete(version: ServiceVersion) -> ServiceVersion:
    """The version with everything it says."""
    version.__dict__.update(_fixed(version.uuid, version.digest))
    return version


def form_of(version: ServiceVersion) -> forms.Form:
    """The compiled form; of an edition that is not stored yet, compiled from what it holds."""
    if version.pk is None:
        return forms.compile_form(version.form)
    return _form(version.uuid, version.digest)


@lru_cache(maxsize=MOST)
def pinned(uuid: UUID) -> ServiceVersion:
    """The version without its service and its status, neither of which a case that stands on it asks for."""
    moving = ("service", "status", "retired_at")
    return ServiceVersion.objects.defer(*moving).get(uuid=uuid)


@lru_cache(maxsize=MOST)
def _fixed(uuid: UUID, digest: str) -> dict[str, Any]:  # a fresh uuid for each version; the digest guards restores
    return ServiceVersion.objects.values(*FIXED).get(uuid=uuid, digest=digest)


@lru_cache(maxsize=MOST)
def _form(uuid: UUID, digest: str) -> forms.Form:
    return forms.compile_form(_fixed(uuid, digest)["form"])
