"""A new edition from a folder: looked at, loaded once, refused with every fault at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.standards import queries, services
from zhengtong.resources.standards.models import CodeEdition, CodeTable
from zhengtong.resources.standards.providers import USES
from zhengtong.security.audit import queries as audit
from zhengtong.security.permissions.services import Denied

pytestmark = pytest.mark.django_db
HEAD = """table: {table}
version: "{version}"
valid_from: {start}
source: test
verified: true
"""
SEX = "code,name,name_en\n0,未知的性别,Unknown\n1,男,Male\n2,女性,Female\n9,未说明的性别,Not stated\n"


@pytest.fixture(autouse=True)
def loaded(db):
    services.load_code_tables()


@pytest.fixture
def folder(tmp_path: Path):
    def write(table="gbt2261_1_sex", version="2030", start="2030-01-01", items=SEX, head="", encoding="utf-8", **files):
        place = tmp_path / version
        place.mkdir(exist_ok=True)
        (place / "edition.yaml").write_text(HEAD.format(table=table, version=version, start=start) + head)
        (place / "items.csv").write_bytes(items.encode(encoding))
        for name, text in files.items():
            (place / f"{name}.{'yaml' if name == 'elements' else 'csv'}").write_text(text)
        return place

    return write


def load(place: Path):
    return services.load_edition(actor=system_actor("test"), folder=place, at=now())


def faults(place: Path) -> list[tuple[str, str, int]]:
    return [(fault.code, fault.file, fault.line) for fault in services.preview(place).faults]


def test_the_preview_says_what_would_change_and_changes_nothing(folder):
    seen = services.preview(folder())
    assert (seen.is_good, seen.before, seen.is_loaded) == (True, "1", False)
    assert [(old.name, new.name) for old, new in seen.diff.renamed] == [("男性", "男")]
    assert len(queries.list_editions("gbt2261_1_sex")) == 1


def test_an_edition_stands_from_its_day_on_and_a_second_load_changes_nothing(folder):
    place = folder()
    assert not load(place).is_loaded
    assert queries.find_code("gbt2261_1_sex", "1", on=date(2029, 12, 31)).label["zh"] == "男性"
    assert queries.find_code("gbt2261_1_sex", "1", on=date(2030, 1, 1)).label["zh"] == "男"
    assert queries.find_edition("gbt2261_1_sex", on=date(2031, 1, 1)).version == "2030"
    stamp = CodeTable.objects.get(key="gbt2261_1_sex").stamp
    assert load(place).is_loaded
    assert CodeTable.objects.get(key="gbt2261_1_sex").stamp == stamp
    table = CodeTable.objects.get(key="gbt2261_1_sex")
    assert [entry.action for entry in audit.list_for_object(table.urn)] == ["standards.edition.loaded"]


def test_a_gb18030_file_is_read_and_told(folder):
    seen = services.preview(folder(encoding="gb18030"))
    assert seen.is_good
    assert seen.reading.encodings == {"edition.yaml": "UTF-8", "items.csv": "GB18030"}
    assert [new.name for _old, new in seen.diff.renamed] == ["男"]


def test_what_an_operator_loaded_outlives_a_new_release(folder):
    place = folder()
    load(place)
    CodeTable.objects.filter(key="gbt2261_1_sex").update(digest="old")
    services.load_code_tables()
    assert queries.find_code("gbt2261_1_sex", "1", on=date(2030, 1, 1)).label["zh"] == "男"
    assert load(place).is_loaded


def test_an_older_edition_may_be_added_behind_a_newer_one(folder):
    load(folder(version="2030"))
    items = SEX.replace("男,Male", "男子,Male")
    assert services.preview(folder(version="2028", start="2028-01-01", items=items)).before == "1"
    load(folder(version="2028", start="2028-01-01", items=items))
    names = [queries.find_code("gbt2261_1_sex", "1", on=date(y, 6, 1)).label["zh"] for y in (2027, 2028, 2029, 2030)]
    assert names == ["男性", "男子", "男子", "男"]


def test_a_table_of_ones_own_is_made_with_its_first_edition(folder):
    head = "title: {zh: 街道, en: Streets}\nstandard: local\n"
    items = "code,name,parent_code\nA,甲,\nA1,甲一,A\n"
    load(folder(table="local_streets", items=items, head=head))
    assert [(code.code, code.level) for code in queries.path_of("local_streets", "A1", on=date(2030, 2, 1))] == [
        ("A", 1),
        ("A1", 2),
    ]
    assert faults(folder(table="unheard_of", version="x")) == [("unknown_table", "edition.yaml", 0)]


def test_an_item_may_end_before_its_edition(folder):
    items = "code,name,valid_to\n0,未知的性别,\n1,男性,\n2,女性,\n9,未说明的性别,2030-06-30\n"
    load(folder(items=items))
    assert "9" in queries.codes_valid_on("gbt2261_1_sex", date(2030, 6, 30))
    assert "9" not in queries.codes_valid_on("gbt2261_1_sex", date(2030, 7, 1))


def test_every_fault_of_a_folder_is_listed_at_once(folder):
    items = (
        "code,name,parent_code,level,colour\n1,男,2,1,\n2,女,1,1,\n1,又,,1,\n3,,,1,\n4,丁,9,1,\n5,戊,,many,\n6,己\n"
        f"7,{'长' * 101},,1,\n"
    )
    place = folder(items=items, changes="from_code,to_code,kind\n1,,merged\n77,1,renamed\n")
    found = faults(place)
    assert found == [
        ("unknown_column", "items.csv", 1), ("empty_code", "items.csv", 5), ("bad_value", "items.csv", 7),
        ("row_width", "items.csv", 8), ("too_long", "items.csv", 9), ("duplicate_code", "items.csv", 0),
        ("unknown_parent", "items.csv", 0), ("circular_parents", "items.csv", 0), ("change_kind", "changes.csv", 2),
        ("change_from", "changes.csv", 0),
    ]  # fmt: skip
    with pytest.raises(Invalid) as caught:
        load(place)
    assert len(caught.value.fields) == len(found)
    assert len(queries.list_editions("gbt2261_1_sex")) == 1


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("table: t\nversion: 1\nsource: s\n", "missing_head"),
        ("table: t\nversion: 1\nsource: s\nvalid_from: soon\n", "bad_value"),
        ("table: t\nversion: 1\nsource: s\nvalid_from: 2020-02-30\n", "unreadable"),
        ("table: [t]\nversion: 1\nsource: s\nvalid_from: 2020-02-03\n", "bad_value"),
        ("table: t\nversion: 1\nsource: s\nvalid_from: 2020-02-03\ncolour: red\n", "unknown_head"),
        ("table: t\nversion: 1\nsource: s\nvalid_from: 2020-02-03\ntitle: T\n", "bad_value"),
        ("- 1\n", "unreadable"), ("{", "unreadable"), ("", "unreadable"),
    ],
)  # fmt: skip
def test_a_faulty_head_is_told(folder, head, code):
    place = folder()
    (place / "edition.yaml").write_text(head)
    assert code in {fault.code for fault in services.preview(place).faults}


@pytest.mark.parametrize(
    "content", [b"\xff\xff\xff\xff", b"", b"code,name\n", b'code,name\n1,"x\n', b"code,name\n1,\x00\n"]
)
def test_garbage_for_items_is_told(folder, content):
    place = folder()
    (place / "items.csv").write_bytes(content)
    assert services.preview(place).faults


def test_missing_files_are_told(tmp_path):
    assert faults(tmp_path) == [("missing_file", "edition.yaml", 0), ("missing_file", "items.csv", 0)]


def test_an_edition_cannot_be_changed_nor_begin_on_the_day_of_another(folder):
    load(folder())
    assert faults(folder(items=SEX.replace("男", "先生"))) == [("duplicate_version", "edition.yaml", 0)]
    assert faults(folder(version="2030b", items=SEX)) == [("overlapping_editions", "edition.yaml", 0)]


# -- codes in use -----------------------------------------------------------------------------------------------------
class Holder:
    label = {"zh": "试用", "en": "trial"}

    def uses_of_element(self, identifier):
        return []

    def uses_of_table(self, key):
        return []

    def codes_in_use(self, table, codes):
        return {"9": 12} if "9" in codes else {}


@pytest.fixture
def holder():
    USES.register("trial", Holder())
    yield
    del USES._items["trial"]


WITHOUT_9 = SEX.replace("9,未说明的性别,Not stated\n", "")


def test_a_code_in_use_is_not_dropped_in_silence(folder, holder):
    place = folder(items=WITHOUT_9)
    (fault,) = services.preview(place).faults
    assert (fault.code, fault.subject) == ("dropped_in_use", "9")
    assert "12" in str(fault)
    with pytest.raises(Invalid):
        load(place)


@pytest.mark.parametrize(("change", "ends"), [("9,0,merged,notice 1", "0"), ("9,,abolished,notice 1", "")])
def test_a_code_in_use_ends_with_a_successor_or_by_word(folder, holder, change, ends):
    load(folder(items=WITHOUT_9, changes=f"from_code,to_code,kind,source\n{change}\n"))
    answer = queries.resolve("gbt2261_1_sex", "9", from_=date(2029, 1, 1), to=date(2030, 1, 1))
    assert ("".join(row.code for row in answer.ends), answer.is_certain) == (ends, True)
    assert answer.steps[0].source == "notice 1"


def test_a_code_nobody_uses_is_dropped_with_a_warning(folder):
    seen = load(folder(items=WITHOUT_9))
    assert seen.dropped == ("9",)
    assert queries.find_code("gbt2261_1_sex", "9").label["zh"] == "未说明的性别", "it keeps its name"


# -- elements, rights -------------------------------------------------------------------------------------------------
ELEMENTS = """theme: forestry
elements:
  - {id: tree-species, zh: 树种, en: Species of tree, type: text, length: "..60", def: {zh: 树的种类, en: The species}}
"""


def test_elements_of_ones_own_are_loaded_and_fixed(tmp_path):
    (tmp_path / "elements.yaml").write_text(ELEMENTS)
    assert [element.identifier for element in load(tmp_path).elements] == ["tree-species"]
    assert queries.get_element("tree-species").representation == "c..60"
    assert load(tmp_path).elements == []
    (tmp_path / "elements.yaml").write_text(ELEMENTS.replace("60", "80"))
    assert faults(tmp_path) == [("element_stands", "elements.yaml", 0)]
    (tmp_path / "elements.yaml").write_text(ELEMENTS.replace("60", "80").replace("id:", "version: 2, id:"))
    load(tmp_path)
    assert [element.version for element in queries.list_element_versions("tree-species")] == [2, 1]
    services.load_code_tables()
    assert queries.get_element("tree-species").max_length == 80


def test_faulty_elements_are_all_told(tmp_path):
    (tmp_path / "elements.yaml").write_text(ELEMENTS + "  - {id: x}\n  - {id: tree-species, type: moon}\n")
    seen = services.preview(tmp_path)
    assert not seen.is_good
    assert {name for name, _text in seen.reading.element_faults} == {"x", "tree-species"}
    with pytest.raises(Invalid):
        load(tmp_path)


def test_only_the_operator_loads(folder, seeded):
    from zhengtong.config.story.restaurant import actor

    with pytest.raises(Denied):
        services.load_edition(actor=actor("admin", at=now()), folder=folder(), at=now())
    assert CodeEdition.objects.filter(table__key="gbt2261_1_sex").count() == 1
