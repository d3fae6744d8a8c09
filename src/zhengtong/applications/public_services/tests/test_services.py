"""Publishing and retiring: immutable versions, witnessed, announced, and only by those who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from zhengtong.kernel.errors import Conflict, NotFound
from zhengtong.kernel.events.models import OutboxRow
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity.tests.factories import make_official, make_resident
from zhengtong.security.permissions.services import Denied
from zhengtong.support.search import queries as search

from .. import queries, services
from ..models import PublicService, ServiceVersion
from ..services import PackageFaulty, VersionTaken
from .factories import AT, EDITOR, change, copy_of, edit, starter

pytestmark = pytest.mark.usefixtures("house")


def publish(folder: Path) -> ServiceVersion:
    return services.publish(actor=EDITOR, folder=folder, at=AT)


def outbox(name: str) -> int:
    return OutboxRow.objects.filter(name=name).count()


def test_a_package_becomes_a_version(tmp_path: Path) -> None:
    version = publish(copy_of(tmp_path))
    service = queries.get_service("open-restaurant")
    assert service.current_version == version
    assert (version.number, version.status, len(version.digest)) == (1, "published", 64)
    assert (service.task_type, service.audience) == ("01", ["legal_entity"])
    assert service.event_keys == ["starting-a-restaurant"]
    assert service.department_name == "区市监局"
    assert set(version.organisations) == {"market-regulation", "fire-rescue", "housing", "urban-management"}
    assert set(version.templates) == {"credential.typ", "signboard.typ"}
    (entry,) = audit.list_for_object(version.urn)
    assert (entry.action, entry.detail["digest"]) == ("public_services.version.published", version.digest)
    assert outbox("public_services.version.published") == 1


def test_its_credentials_are_declared_and_it_can_be_found(tmp_path: Path) -> None:
    publish(copy_of(tmp_path))
    assert credentials.types_by_key(["food-business-licence"])["food-business-licence"].validity_months == 60
    for words in ("餐饮", "restaurant", "kbcyd", "招牌"):
        assert "open-restaurant" in {hit.key for hit in search.search("services", words)}


def test_the_same_content_again_changes_nothing(tmp_path: Path) -> None:
    package = starter(tmp_path)
    first = publish(package)
    assert publish(package) == first
    assert ServiceVersion.objects.count() == outbox("public_services.version.published") == 1


def test_another_content_needs_another_number(tmp_path: Path) -> None:
    package = starter(tmp_path)
    first = publish(package)
    change(package, "guide.en.md", ("It is checked.", "It is checked with care."))
    with pytest.raises(VersionTaken) as refusal:
        publish(package)
    assert "version" in str(refusal.value.remedy)
    assert "2" in str(refusal.value.remedy)
    change(package, "service.yaml", ("version: 1", "version: 2"))
    second = publish(package)
    first.refresh_from_db()
    assert (first.status, first.retired_at, second.number) == ("retired", AT, 2)
    assert queries.get_service("small-service").current_version == second
    assert queries.get_version(first.uuid).manifest["version"] == 1, "a case stays on the version it was filed under"
    assert (queries.is_current(first), queries.is_current(second)) == (False, True)


@pytest.mark.parametrize("number", [1, 2])
def test_numbers_only_grow(tmp_path: Path, number: int) -> None:
    package = starter(tmp_path)
    change(package, "service.yaml", ("version: 1", "version: 3"))
    publish(package)
    change(package, "service.yaml", ("version: 3", f"version: {number}"))
    with pytest.raises(VersionTaken):
        publish(package)


def test_a_faulty_package_leaves_nothing_behind(tmp_path: Path) -> None:
    package = starter(tmp_path)
    edit(package, lambda m: m.update(lead_authority="moon", service_type="77"))
    with pytest.raises(PackageFaulty) as refusal:
        publish(package)
    assert {fault.code for fault in refusal.value.faults} >= {"authority-unknown", "service-type-unknown"}
    assert "moon" in str(refusal.value)
    assert not PublicService.objects.exists()


def test_load_package_reads_and_does_not_judge(tmp_path: Path) -> None:
    package = starter(tmp_path)
    edit(package, lambda m: m.update(lead_authority="moon"))
    assert services.load_package(package).manifest["lead_authority"] == "moon"
    (package / "run.py").write_text("")
    with pytest.raises(PackageFaulty):
        services.load_package(package)


# -- never changed ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change_", [{"digest": "0" * 64}, {"manifest": {}}, {"number": 9}, {"published_by_urn": "x"}])
def test_the_database_refuses_to_change_a_version(tmp_path: Path, change_: dict[str, object]) -> None:
    version = publish(starter(tmp_path))
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        ServiceVersion.objects.filter(pk=version.pk).update(**change_)


def test_nor_to_delete_it(tmp_path: Path) -> None:
    version = publish(starter(tmp_path))
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM applications_public_services_serviceversion WHERE id = %s", [version.pk])


# -- who may ----------------------------------------------------------------------------------------------------------
def test_only_editors_of_services_publish_and_retire(tmp_path: Path) -> None:
    package = starter(tmp_path)
    for somebody in (make_resident().actor, make_official("reviewer").actor):
        with pytest.raises(Denied):
            services.publish(actor=somebody, folder=package, at=AT)
        with pytest.raises(Denied):
            services.load_items(actor=somebody, at=AT)
    editor = make_official("service_editor", "administrative-approval").actor
    version = services.publish(actor=editor, folder=package, at=AT)
    assert version.published_by_urn == editor.urn
    with pytest.raises(Denied):
        services.retire(actor=make_official("decider").actor, key="small-service", at=AT)
    services.retire(actor=editor, key="small-service", at=AT)


# -- retiring ---------------------------------------------------------------------------------------------------------
def test_a_retired_service_takes_no_applications(tmp_path: Path) -> None:
    version = publish(starter(tmp_path))
    service = services.retire(actor=EDITOR, key="small-service", at=AT)
    assert (service.status, service.current_version) == ("retired", None)
    assert queries.get_current_version("small-service") is None
    assert not queries.list_services().services
    assert not search.search("services", "第一项服务")
    assert audit.list_for_object(version.urn)[0].action == "public_services.version.retired"
    assert outbox("public_services.version.retired") == 1
    with pytest.raises(Conflict):
        services.retire(actor=EDITOR, key="small-service", at=AT)
    with pytest.raises(NotFound):
        services.retire(actor=EDITOR, key="no-such-service", at=AT)


def test_it_comes_back_with_the_next_version(tmp_path: Path) -> None:
    package = starter(tmp_path)
    publish(package)
    services.retire(actor=EDITOR, key="small-service", at=AT)
    with pytest.raises(VersionTaken):
        publish(package)
    change(package, "service.yaml", ("version: 1", "version: 2"))
    assert publish(package).service.status == "active"


# -- a process of its own ---------------------------------------------------------------------------------------------
def test_a_package_may_bring_its_own_process(tmp_path: Path) -> None:
    from zhengtong.support.workflow import queries as workflow
    from zhengtong.support.workflow import services as processes

    package = starter(tmp_path)
    manifest = services.load_package(package).manifest
    own = processes.compile_reviews(manifest).replace(b'name="\xe6\xa0\xb8\xe5\xaf\xb9"', b'name="own"')
    (package / "process.bpmn").write_bytes(own)
    version = publish(package)
    assert workflow.get_bpmn(version.process_definition_uuid) == own


# -- two at once ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_version(tmp_path: Path) -> None:
    package = starter(tmp_path)

    def run(_number: int) -> int:
        try:
            return publish(package).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(run, range(4)))) == 1
    assert ServiceVersion.objects.count() == 1


def test_every_shipped_package_is_published_by_the_seed() -> None:
    for folder in sorted(Path(settings.ZT_PACKAGES).glob("*/service.yaml")):
        publish(folder.parent)
    assert queries.count_services(queries.Filters(online_only=True)) == 3
