"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass

from zhengtong.kernel.events.services import Event


@dataclass(frozen=True)
class ServicePublished(Event):
    """A version of a service has been published: its guide and form are in force."""

    name = "public_services.version.published"
    service_uuid: str
    version_uuid: str
    key: str
    number: int


@dataclass(frozen=True)
class ServiceRetired(Event):
    """A service takes no new applications. Cases under way end under their version."""

    name = "public_services.version.retired"
    service_uuid: str
    version_uuid: str
    key: str
