import pytest

from zhengtong.kernel.errors import NotFound
from zhengtong.resources.standards import queries, services
from zhengtong.resources.standards.models import CodeItem, CodeTable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loaded(db):
    return services.load_code_tables()


def test_every_shipped_table_is_loaded(loaded):
    assert len(loaded) == 22
    assert (loaded["gbt4754"], loaded["gbt3304"], loaded["gbt2260"]) == (1971, 58, 3217)
    assert CodeTable.objects.get(key="gbt39046_item_type").is_verified
    assert not CodeTable.objects.get(key="gbt2261_1_sex").is_verified
    assert [i.code for i in CodeItem.objects.filter(table__key="gbt3304", is_verified=False)] == ["97", "98"]


def test_the_levels_of_the_industries_are_those_of_the_standard():
    levels = [CodeItem.objects.filter(table__key="gbt4754", level=level).count() for level in (1, 2, 3, 4)]
    assert levels == [20, 97, 473, 1381]


def test_groups_and_classes_stand_below_their_own_prefix():
    """The source had 13 that did not (8421 below 832, …)."""
    deep = CodeItem.objects.filter(table__key="gbt4754", level__gte=3).values_list("code", "parent_code")
    assert [code for code, parent in deep if parent != code[:-1]] == []


def test_a_second_load_changes_nothing_and_costs_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert services.load_code_tables() == {}


def test_a_table_altered_by_hand_is_mended_by_the_next_edition():
    CodeTable.objects.filter(key="gbt2261_1_sex").update(digest="old")
    CodeItem.objects.filter(table__key="gbt2261_1_sex", code="1").update(name="雄")
    assert services.load_code_tables() == {"gbt2261_1_sex": 4}
    assert queries.find_code("gbt2261_1_sex", "1").label == {"zh": "男性", "en": "Male"}


def test_names_come_in_the_language_they_have():
    assert queries.labels_of("gbt4754", ["6210", "0712", "9999"]) == {
        "6210": {"zh": "正餐服务", "en": "Full-service restaurants"},
        "0712": {"zh": "海洋石油开采"},
    }


def test_the_path_leads_from_the_section_to_the_class():
    assert [code.code for code in queries.path_of("gbt4754", "6210")] == ["H", "62", "621", "6210"]
    assert queries.path_of("gbt4754", "none") == []


def test_children_and_leaves():
    assert [code.code for code in queries.list_codes("gbt4754", parent="62")] == ["621", "622", "623", "624", "629"]
    assert len(queries.list_codes("gbt4754", parent="")) == 20
    assert len(queries.list_codes("gbt4754", leaves_only=True)) == 1381


@pytest.mark.parametrize("words", ["6210", "正餐", "zcfw", "ZCFW", "full-service"])
def test_a_class_is_found_by_code_name_initials_and_english(words):
    assert queries.search_codes("gbt4754", words)[0].code == "6210"


def test_search_ranks_the_exact_name_first_and_keeps_to_the_limit():
    assert queries.search_codes("gbt4754", "快餐服务")[0].code == "6220"
    assert len(queries.search_codes("gbt4754", "服务", limit=5)) == 5
    assert queries.search_codes("gbt4754", "   ") == []
    assert queries.search_codes("gbt4754", "%") == []


def test_an_unknown_table_is_named():
    with pytest.raises(NotFound, match="gbt0000"):
        queries.get_table("gbt0000")
    assert queries.list_codes("gbt0000") == []
    assert len(queries.list_tables()) == 22
