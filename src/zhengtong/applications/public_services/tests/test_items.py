"""The local list: 1,135 real items become services, and packages take over theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from zhengtong.kernel.errors import NotFound
from zhengtong.support.search import queries as search

from .. import items, queries, services
from ..models import PublicService
from ..package.checks import check
from ..queries import Filters
from ..services import ItemsFaulty
from .factories import AT, EDITOR, copy_of, edit, read, starter

pytestmark = pytest.mark.usefixtures("house")
SENIOR = "512B0357300000-511602000000-000-11511301008778490F-1-00"


@pytest.fixture
def loaded(house: None) -> None:
    assert services.load_items(actor=EDITOR, at=AT) == 1135


def publish(key: str) -> PublicService:
    return services.publish(actor=EDITOR, folder=Path(settings.ZT_PACKAGES) / key, at=AT).service


@pytest.mark.usefixtures("loaded")
def test_every_item_is_a_service_of_an_authority() -> None:
    assert queries.count_services() == PublicService.objects.count() == 1135
    assert not PublicService.objects.filter(organisation_uuid=None).exists()
    service = queries.find_service_by_item(SENIOR)
    assert (service.key, service.lang, service.is_information_only) == ("512b0357300000", "zh", True)
    assert (service.audience, service.topics, service.event_keys) == (["person"], ["elderly"], ["growing-old"])


@pytest.mark.usefixtures("loaded")
def test_twelve_items_share_a_basic_code_and_still_have_an_address_of_their_own() -> None:
    assert PublicService.objects.values("key").distinct().count() == 1135
    assert PublicService.objects.filter(key__contains="-511602").count() > 10


@pytest.mark.usefixtures("loaded")
def test_loading_again_changes_nothing() -> None:
    before = list(PublicService.objects.order_by("id").values())
    services.load_items(actor=EDITOR, at=AT)
    assert list(PublicService.objects.order_by("id").values()) == before


@pytest.mark.usefixtures("loaded")
def test_they_are_found_by_name_department_and_pinyin() -> None:
    for words in ("失业登记", "sydj", "区人社局 失业"):
        titles = [hit.payload["title"]["zh"] for hit in search.search("services", words, 10)]
        assert "失业登记" in titles


@pytest.mark.usefixtures("loaded")
def test_a_package_takes_over_its_item_and_keeps_it() -> None:
    service = publish("senior-card")
    assert queries.find_service_by_item(SENIOR) == service
    assert queries.get_service("512b0357300000") == queries.get_service("senior-card") == service
    assert PublicService.objects.count() == 1135
    services.load_items(actor=EDITOR, at=AT)
    service.refresh_from_db()
    assert (service.key, service.title["en"], service.lang) == ("senior-card", "Apply for a senior card", "")
    assert next(hit.key for hit in search.search("services", "老年人优待证", 3)) == "senior-card"
    assert "512b0357300000" not in {hit.key for hit in search.search("services", "优待证", 50)}


@pytest.mark.usefixtures("loaded")
def test_a_retired_package_leaves_the_guide_page_of_the_item() -> None:
    publish("senior-card")
    service = services.retire(actor=EDITOR, key="senior-card", at=AT)
    assert (service.status, service.is_information_only) == ("active", True)
    assert queries.get_guide(service, "en").is_information_only


@pytest.mark.usefixtures("loaded")
def test_a_joint_service_covers_items_without_taking_them_over() -> None:
    service = publish("open-restaurant")
    covered = queries.list_covered(service)
    assert len(covered) == 4
    assert all(queries.list_covering(item) == [service] for item in covered)
    assert PublicService.objects.count() == 1136


@pytest.mark.usefixtures("loaded")
def test_codes_that_the_list_does_not_know(tmp_path: Path) -> None:
    package = copy_of(tmp_path, "senior-card")
    edit(package, lambda m: m.update(item="000000-X", covers=["111111-X"]))
    assert [fault.path for fault in check(read(package)) if fault.code == "item-unknown"] == [
        "service.yaml#/item", "service.yaml#/covers/0",
    ]  # fmt: skip


@pytest.mark.usefixtures("loaded")
def test_an_item_has_one_package(tmp_path: Path) -> None:
    publish("senior-card")
    package = starter(tmp_path)
    edit(package, lambda m: m.update(item=SENIOR))
    assert [fault.code for fault in check(read(package))] == ["item-taken"]


# -- lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("loaded")
def test_paging_by_key_goes_through_everything_once() -> None:
    for key in ("senior-card", "hr-services-filing"):
        publish(key)
    seen, after = [], ""
    while True:
        page = queries.list_services(Filters(after=after, limit=7 if not seen else 100))
        seen += page.services
        if not (after := page.next):
            break
    assert len(seen) == len({service.pk for service in seen}) == 1135
    assert [service.key for service in seen[:2]] == ["hr-services-filing", "senior-card"], (
        "first what can be applied for"
    )
    assert seen == sorted(seen, key=lambda s: (s.is_information_only, s.sort_key, s.pk))


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("after", ["nonsense", "-1", "9" * 30, "999999999", "٣"])
def test_a_cursor_that_means_nothing_begins_at_the_beginning(after: str) -> None:
    assert queries.list_services(Filters(after=after)).services == queries.list_services().services


@pytest.mark.usefixtures("loaded")
def test_filters() -> None:
    publish("senior-card")
    department = next(d for d in queries.list_departments() if d.name == "区民政局")
    assert queries.count_services(Filters(organisation_uuid=department.organisation_uuid)) == department.count == 21
    counts = [queries.count_services(Filters(audience=audience)) for audience in ("person", "legal_entity")]
    assert sum(counts) > 1135 > max(counts), "some are for both"
    assert [s.key for s in queries.list_services(Filters(online_only=True)).services] == ["senior-card"]
    assert queries.count_services(Filters(task_type="05")) == 9
    assert queries.list_services(Filters(topic="elderly", audience="person")).services[0].key == "senior-card"
    assert queries.list_services_of_event("growing-old")[0].key == "senior-card"


@pytest.mark.usefixtures("loaded")
def test_departments_topics_and_hot_services_cost_few_queries(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(2):
        departments = queries.list_departments()
    assert (len(departments), departments[0].name, sum(d.count for d in departments)) == (34, "区行政审批局", 1135)
    with django_assert_max_num_queries(1):
        topics = queries.list_topics("person")
    assert all(topic.count for topic in topics)
    with django_assert_max_num_queries(1):
        assert len(queries.list_hot_services(6)) == 6
    with django_assert_max_num_queries(2):
        assert len(queries.summary_cards(queries.list_services().services)) == 20


@pytest.mark.usefixtures("loaded")
def test_events_have_services() -> None:
    assert {event.kind for event in queries.list_events()} == {"business", "life"}
    for event in queries.list_events():
        assert queries.list_services_of_event(event.key), event.key
    assert queries.get_event("growing-old").title["en"] == "Growing old"
    with pytest.raises(NotFound):
        queries.get_event("nothing")


# -- bad lists --------------------------------------------------------------------------------------------------------
HEAD = "department,main_item,item_name,basic_code,full_item_code,task_type_code\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "区民政局,,收养登记,1,1-1,7\n,,收养登记,2,2-1,7\n", "3"),
        (HEAD + "区民政局,,收养登记,1,1-1,77\n", "2"),
        (HEAD + "区民政局,,收养登记,1,1-1,7\n区民政局,,婚姻登记,2,1-1,7\n", "1-1"),
        (HEAD + f"区民政局,,{'很' * 301},1,1-1,7\n", "2"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ItemsFaulty) as refusal:
        services.load_items(actor=EDITOR, at=AT, path=path)
    assert [fault.path for fault in refusal.value.fields] == [line]
    assert not PublicService.objects.exists()


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", "部门".encode("gbk")])
def test_a_file_that_is_no_list(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(content)
    with pytest.raises(ItemsFaulty):
        items.read_items(path)
    with pytest.raises(ItemsFaulty):
        items.read_items(tmp_path / "missing.csv")
