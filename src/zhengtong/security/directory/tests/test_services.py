import csv
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.security.audit.models import Entry
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.models import RoleBinding
from zhengtong.security.permissions.services import Denied

from .. import queries, services
from ..models import Division, Organisation
from . import factories as make

AT = make.LONG_AGO
SYSTEM = make.SYSTEM


@pytest.mark.django_db
def test_divisions_load_whole_and_again_without_change() -> None:
    assert services.load_divisions(actor=SYSTEM, at=AT) == 3351
    assert services.load_divisions(actor=SYSTEM, at=AT) == 0
    Division.objects.filter(path="51/5116/511602").update(name="旧名")
    assert services.load_divisions(actor=SYSTEM, at=AT) == 1
    assert [d.name for d in queries.list_divisions_path("511602")] == ["四川省", "广安市", "广安区"]
    assert len(queries.list_child_divisions()) == 31
    counties = [d.name for d in queries.list_child_divisions("5116")]
    assert counties == ["广安区", "华蓥市", "邻水县", "前锋区", "武胜县", "岳池县"], "sorted by pinyin"
    assert queries.get_division("441900").level == Division.Level.CITY
    assert [d.level for d in queries.list_child_divisions("441900")] == [3], "东莞 stands once more for its towns"


@pytest.mark.django_db
def test_towns_come_on_demand() -> None:
    make.ensure_directory()
    loaded = services.load_towns("511602", actor=SYSTEM, at=AT)
    assert loaded == Division.objects.filter(level=4).count() > 10
    assert services.load_towns("511602", actor=SYSTEM, at=AT) == 0
    assert {town.path.rpartition("/")[0] for town in queries.list_child_divisions("511602")} == {"51/5116/511602"}
    with pytest.raises(NotFound, match="999999"):
        services.load_towns("999999", actor=SYSTEM, at=AT)


@pytest.mark.django_db
def test_every_town_of_the_country_finds_its_county() -> None:
    services.load_divisions(actor=SYSTEM, at=AT)
    counties = set(Division.objects.filter(level=3).values_list("path", flat=True))
    with open(queries.DATA / "divisions_town_2023.csv", encoding="utf-8") as file:
        missing = {row["county6"] for row in csv.DictReader(file)} - {path[-6:] for path in counties}
    assert not missing


@pytest.mark.django_db
def test_an_unknown_code_is_answered_with_a_remedy() -> None:
    with pytest.raises(NotFound, match="123456") as caught:
        queries.get_division("123456")
    assert "GB/T 2260" in str(caught.value.remedy)


@pytest.mark.django_db
def test_organisations_load_and_again() -> None:
    make.ensure_directory()
    assert services.load_organisations(actor=SYSTEM, at=AT) == 34
    assert Organisation.objects.count() == 34
    found = queries.find_organisation("market-regulation")
    assert found.title == {"zh": "区市监局", "en": "District Market Regulation Bureau"}
    assert found.division_id == "51/5116/511602"
    assert queries.organisations_by_uuid([found.uuid, uuid.uuid4()]) == {found.uuid: found}
    assert queries.get_organisation(found.uuid) == found
    with pytest.raises(NotFound):
        queries.get_organisation(uuid.uuid4())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "said"), [("uscc", "115113010087784900", "第 2 行"), ("name_en", "", "name_en")]
)
def test_a_faulty_list_of_organisations_is_refused_whole(tmp_path, column, value, said) -> None:
    make.ensure_directory()
    with open(queries.DATA / "organisations.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[0] = {**rows[0], column: value, "name_en" if column == "uscc" else "name": "Changed"}
    with open(tmp_path / "faulty.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(Invalid, match=said):
        services.load_organisations(actor=SYSTEM, at=AT, path=tmp_path / "faulty.csv")
    assert not Organisation.objects.filter(name="Changed").exists()


@pytest.mark.django_db
def test_a_post_is_filled_and_vacated(django_assert_num_queries) -> None:
    post, account = make.make_post(is_head=True), uuid.uuid4()
    services.appoint(actor=SYSTEM, post_uuid=post.uuid, account_uuid=account, holder_name="李*", at=AT)
    with pytest.raises(Conflict):
        services.appoint(actor=SYSTEM, post_uuid=post.uuid, account_uuid=account, holder_name="李*", at=AT)
    with django_assert_num_queries(1):
        [held] = queries.list_posts_of(account, AT + timedelta(days=1))
    assert (held.uuid, held.is_head, held.division_path) == (post.uuid, True, "51/5116/511602")
    assert held.organisation_uuid == post.organisation.uuid
    services.release(actor=SYSTEM, post_uuid=post.uuid, account_uuid=account, at=AT + timedelta(days=2))
    assert queries.list_posts_of(account, AT + timedelta(days=3)) == []
    assert queries.list_posts_of(account, AT - timedelta(days=1)) == []
    assert queries.holder_names([account]) == {account: "李*"}, "papers keep their signatory"
    with pytest.raises(NotFound):
        services.release(actor=SYSTEM, post_uuid=post.uuid, account_uuid=account, at=AT)
    assert Entry.objects.filter(action__startswith="directory.official.").count() == 2


@pytest.mark.django_db
def test_only_the_administrator_changes_the_directory() -> None:
    post = make.make_post()
    with pytest.raises(Denied):
        services.create_post(
            actor=ANONYMOUS, organisation_uuid=post.organisation.uuid, title={"zh": "岗", "en": "Post"}, at=AT
        )
    with pytest.raises(Denied):
        services.load_divisions(actor=ANONYMOUS, at=AT)
    with pytest.raises(Invalid, match="英文"):
        services.create_post(actor=SYSTEM, organisation_uuid=post.organisation.uuid, title={"zh": "岗"}, at=AT)
    assert queries.list_posts_in(post.organisation.uuid) == [post]
    assert queries.get_post(post.uuid) == post


def test_areas_of_the_past_are_known_and_the_synthetic_one_only_in_a_demo(settings) -> None:
    for demo in (True, False):
        settings.ZT_DEMO = demo
        areas = queries.known_areas()
        assert {"110103", "511602", "810000"} <= areas, "崇文区 was abolished, its people keep their numbers"
        assert ("999999" in areas) is demo


def appoint(post, account):
    return services.appoint(
        actor=make.SYSTEM, post_uuid=post.uuid, account_uuid=account, holder_name="某某", at=make.LONG_AGO
    )


def bind(role, post):
    return permissions.bind_role(actor=make.SYSTEM, role=role, post_uuid=post.uuid, at=make.LONG_AGO)


@pytest.mark.django_db
def test_nobody_administers_and_audits_in_two_posts() -> None:
    desk, archive, both = make.make_post(), make.make_post(title="档案"), uuid.uuid4()
    bind("administrator", desk)
    appoint(desk, both)
    appoint(archive, both)
    with pytest.raises(Conflict, match="同一人"):
        bind("auditor", archive)
    elsewhere = make.make_post(title="审计")
    bind("auditor", elsewhere)
    with pytest.raises(Conflict, match="同一人"):
        appoint(elsewhere, both)
    appoint(elsewhere, uuid.uuid4())
    services.release(actor=make.SYSTEM, post_uuid=desk.uuid, account_uuid=both, at=make.LONG_AGO)
    bind("auditor", archive)


@pytest.mark.django_db(transaction=True)
def test_of_two_bindings_at_once_the_second_sees_the_first() -> None:
    post, refused = make.make_post(), []

    def second() -> None:
        try:
            bind("auditor", post)
        except Conflict as fault:
            refused.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        bind("administrator", post)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "the second must wait for the first"
    thread.join(10)
    assert len(refused) == 1
    assert list(RoleBinding.objects.values_list("role", flat=True)) == ["administrator"]
