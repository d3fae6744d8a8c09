"""Verbs: check, publish and retire packages; load the local list of items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.kernel.events import services as events
from zhengtong.kernel.transactions import verb
from zhengtong.resources.credentials import services as credentials
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.support.workflow import services as workflow

from . import definitions, items, taxonomy
from .events import ServicePublished, ServiceRetired
from .indexing import forget, index_services
from .items import ItemsFaulty
from .models import Event, PublicService, ServiceVersion
from .package.checks import check
from .package.faults import Fault, PackageFaulty
from .package.reading import GUIDES, PROCESS, Package, read_package
from .package.starting import new_package

__all__ = [
    "Fault", "ItemsFaulty", "Package", "PackageFaulty", "check_package", "load_events", "load_items", "load_package",
    "new_package", "publish", "retire",
]  # fmt: skip


class VersionTaken(Conflict):
    """The package's version number was published with another content."""

    code = "version-taken"
    title = _("该版本号已发布过，内容不同")


def load_package(folder: Path) -> Package:
    """Read a package. Raises PackageFaulty for a file that cannot be read; the content is not checked."""
    package = read_package(Path(folder))
    if package.faults:
        raise PackageFaulty(package.faults)
    return package


def check_package(folder: Path) -> list[Fault]:
    """Every fault of a package at once; none means that it can be published. Never raises for what is inside."""
    return check(read_package(Path(folder)))


@verb
def publish(*, actor: Actor, folder: Path, at: datetime) -> ServiceVersion:
    """Make an immutable version of a package and put it in force. The same content again changes nothing.

    Raises PackageFaulty with every fault, VersionTaken, Denied. The version that was in force is retired; its cases
    stay on it.
    """
    package = read_package(Path(folder))
    _lock_key(package.key)
    permissions.require(actor, "public_services.version.publish")
    service = _service_for(package)
    same = service.current_version
    if same and same.digest == package.digest:
        return same
    faults = check(package)
    if faults:
        raise PackageFaulty(faults)
    _check_number(service, package)
    version = _new_version(service, package, actor, at)
    audit.record(actor, "public_services.version.published", version, at=at, detail=_detail(version))
    events.publish(ServicePublished(str(service.uuid), str(version.uuid), service.key, version.number))
    return version


@verb
def retire(*, actor: Actor, key: str, at: datetime) -> PublicService:
    """Take a service out of use: no new applications; cases under way end under their version.

    An imported item keeps its guide page («information only»). Raises NotFound, Conflict, Denied.
    """
    service = PublicService.objects.select_for_update().filter(key=key).first()
    permissions.require(actor, "public_services.version.retire")
    if service is None:
        raise NotFound(_("没有这个事项。"), remedy=_("可用“zt package list”查看全部事项。"))
    version = service.current_version
    if version is None:
        raise Conflict(_("该事项没有在用的版本。"), remedy=_("无需停用。"))
    version.retire(at)
    service.current_version = None
    service.status = PublicService.Status.ACTIVE if service.item_code else PublicService.Status.RETIRED
    service.save(update_fields=["current_version", "status"])
    index_services([service])
    audit.record(actor, "public_services.version.retired", version, at=at, detail=_detail(version))
    events.publish(ServiceRetired(str(service.uuid), str(version.uuid), service.key))
    return service


@verb
def load_items(*, actor: Actor, at: datetime, path: Path = items.SHIPPED) -> int:
    """Load or refresh a local list of service items; returns how many are in it. Services run by packages stay theirs.

    Raises ItemsFaulty naming each line at fault.
    """
    permissions.require(actor, "public_services.item.load")
    rows = items.read_items(path)
    organisations = {organisation.name: organisation.uuid for organisation in directory.list_organisations()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('public_services.items'))")
    load_events()
    loaded = items.store(rows, organisations, settings.ZT_NODE_DIVISION)
    index_services(loaded)
    detail = {"rows": len(rows), "file": Path(path).name}
    audit.record(actor, "public_services.item.loaded", None, at=at, detail=detail)
    return len(rows)


def load_events() -> int:
    """Load or refresh the business and life events that are shipped."""
    seeds = taxonomy.event_seeds()
    for seed in seeds:
        values = {name: getattr(seed, name) for name in ("kind", "title", "description", "icon", "order")}
        Event.objects.update_or_create(key=seed.key, defaults=values)
    return len(seeds)


# -- the steps --------------------------------------------------------------------------------------------------------
def _lock_key(key: str) -> None:
    """Two publications of the same service come one after the other, also when there is no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"public_services.publish:{key}"])


def _service_for(package: Package) -> PublicService:
    """The service of the package: its own, the imported item it takes over, or a new one."""
    code = package.manifest.get("item")
    found = PublicService.objects.select_for_update(of=("self",)).select_related("current_version")
    service = found.filter(key=package.key).first() or (found.filter(item_code=code).first() if code else None)
    return service or PublicService(key=package.key)


def _check_number(service: PublicService, package: Package) -> None:
    """Raises VersionTaken unless the number is above all that were published."""
    newest = service.versions.order_by("-number").first() if service.pk else None
    if newest and package.manifest["version"] <= newest.number:
        raise VersionTaken(
            _("第 %(number)d 版已经发布，内容与此不同。") % {"number": newest.number},
            remedy=_("请把 service.yaml 中的 version 改为 %(next)d。") % {"next": newest.number + 1},
        )


def _new_version(service: PublicService, package: Package, actor: Actor, at: datetime) -> ServiceVersion:
    manifest, old_key = package.manifest, service.key
    authorities = _authorities(manifest)
    _describe(service, package, authorities[manifest["lead_authority"]])
    if service.current_version:
        service.current_version.retire(at)
    _declare_credentials(package, actor, at)
    version = ServiceVersion.objects.create(
        service=service, number=manifest["version"], manifest=manifest, form=package.json(manifest["form"]),
        guide={lang: package.text(name) or "" for lang, name in GUIDES.items()},
        templates={name: package.text(name) for name in package.files if name.endswith(".typ")},
        process_definition_uuid=_process(package, authorities),
        organisations={key: str(organisation.uuid) for key, organisation in authorities.items()},
        digest=package.digest, published_at=at, published_by_urn=actor.urn,
    )  # fmt: skip
    service.current_version = version
    service.save(update_fields=["current_version"])
    forget(old_key)
    index_services([service])
    return version


def _authorities(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The organisations by the keys of the package; the check has seen to it that all exist."""
    known = {organisation.key: organisation for organisation in directory.list_organisations()}
    return {key: known[key] for key in definitions.authorities_of(manifest)}


def _process(package: Package, authorities: Mapping[str, Any]) -> UUID:
    """The process of the version: the package's own BPMN, or its reviews compiled."""
    manifest = package.manifest
    names = {key: organisation.title for key, organisation in authorities.items()}
    xml = package.files.get(PROCESS) or workflow.compile_reviews(manifest, authority_names=names)
    steps = [review.key for review in definitions.reviews_of(manifest)]
    return workflow.define(manifest["key"], manifest["version"], xml, steps=steps).uuid


def _declare_credentials(package: Package, actor: Actor, at: datetime) -> None:
    """Make known the credential types that the package issues, with their fields and templates."""
    for credential in definitions.credentials_of(package.manifest):
        credentials.declare_type(
            actor=actor,
            key=credential.key,
            title=credential.title,
            type_code=credential.type_code,
            validity_months=credential.validity_months,
            fields=[{"key": field.key, "title": field.title} for field in credential.fields],
            holder_kind=definitions.holder_kind(package.manifest["audience"]),
            template=package.text(credential.template) or "",
            at=at,
        )


def _describe(service: PublicService, package: Package, lead: Any) -> None:
    """Bring the service's own columns up to the manifest; an imported item keeps its old address as a second one."""
    manifest = package.manifest
    service.key = manifest["key"]
    service.item_code = manifest.get("item") or service.item_code
    service.title, service.summary, service.lang = manifest["title"], manifest["summary"], ""
    service.organisation_uuid, service.department_name = lead.uuid, lead.name
    service.division_code = service.division_code or settings.ZT_NODE_DIVISION
    service.task_type = manifest["service_type"]
    service.audience = list(manifest["audience"])
    service.topics = list(manifest.get("topics") or _usual_topics(manifest, lead.name))
    service.event_keys = list(manifest.get("events") or ())
    service.covers = list(manifest.get("covers") or ())
    service.is_hot = bool(manifest.get("is_hot"))
    service.sort_key = items.sort_key(manifest["title"]["zh"])
    service.status = PublicService.Status.ACTIVE
    service.save()


def _usual_topics(manifest: dict[str, Any], department: str) -> Iterable[str]:
    return taxonomy.topics_of(manifest["title"]["zh"], department, manifest["audience"])


def _detail(version: ServiceVersion) -> dict[str, Any]:
    return {"service": version.service.key, "number": version.number, "digest": version.digest}
