import json

import pytest

from zhengtong.resources.standards import rules


def read(text: str) -> rules.Table:
    return rules.read_csv_table(text, key="t", standard="", title={"zh": "表", "en": "Table"}, provenance="ours")


def test_a_csv_table_is_read_with_its_tree():
    table = read("code,name,name_en,parent_code,level\nA,农业,Agriculture,,1\n01,种植,,A,2\n")
    assert [row.code for row in table.rows] == ["A", "01"]
    assert table.rows[1].parent_code == "A"
    assert rules.leaves(table.rows) == {"01"}


def test_a_code_that_stands_twice_is_refused():
    with pytest.raises(rules.FaultyTable, match="0711 stands twice"):
        read("code,name,name_en\n0711,陆地石油开采,\n0711,海洋石油开采,\n")


def test_a_code_before_its_parent_is_refused():
    with pytest.raises(rules.FaultyTable, match="before its parent A"):
        read("code,name,name_en,parent_code,level\n01,种植,,A,2\nA,农业,,,1\n")


def test_the_digest_changes_with_the_provenance_alone():
    entry = {"key": "k", "standard": "", "title": {}, "provenance": "source: x", "items": [["1", "男性", "Male"]]}
    (seen,) = rules.read_small_tables(json.dumps([entry]))
    (doubted,) = rules.read_small_tables(json.dumps([{**entry, "provenance": "from memory, unverified"}]))
    assert seen.digest != doubted.digest
    assert (seen.is_verified, doubted.is_verified) == (True, False)
    assert not doubted.rows[0].is_verified
