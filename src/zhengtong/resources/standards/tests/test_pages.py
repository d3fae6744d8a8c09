"""The pages of code tables, the open interface and the commands, each asked as its users ask."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner
from django.test import Client

from zhengtong.access.hall.tests.test_pages import MOST_QUERIES, enter
from zhengtong.config.cli import standards as commands
from zhengtong.resources.standards import services
from zhengtong.resources.standards.rules.days import parse_day

PLACE = "/workbench/standards/"
API = "/api/v1/standards/"


@pytest.fixture
def loaded(seeded):
    services.load_code_tables()


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("", 200, "国民经济行业分类"),
        ("tables/gbt2260/", 200, "四川省"),
        ("tables/gbt2260/?parent=511600", 200, "华蓥市"),
        ("tables/gbt2260/?q=guangan", 200, "这一天没有符合的代码"),
        ("tables/gbt2260/?q=岳池&on=1985", 200, "512923"),
        ("tables/gbt2260/?version=1985-12&parent=510000", 200, "南充地区"),
        ("tables/gbt2260/?on=19xx", 422, "1985-12-31"),
        ("tables/gbt2260/?version=1900", 404, "2023-06"),
        ("tables/gbt2260/?after=%00x&q=%00", 400, ""),
        ("tables/gbt2260/?on=1949", 200, "该日没有施行的版本"),
        ("tables/moon/", 404, "moon"),
        ("tables/gbt2260/diff/", 200, "丰林县"),
        ("tables/gbt2260/diff/?old=2023-06&new=2019-04", 200, "2019-04 与 2023-06 的差异"),
        ("tables/gbt2260/diff/?old=x", 404, "没有版本"),
        ("tables/gbt3304/diff/", 404, "只有一个版本"),
        ("tables/gbt2260/resolve/", 200, "512925"),
        ("tables/gbt2260/resolve/?code=512925&from=1985", 200, "现为 511602 广安区"),
        ("tables/gbt2260/resolve/?code=511602&from=1985", 200, "在所问的日期无效"),
        ("tables/gbt2260/resolve/?code=x", 200, "从未有过代码"),
        ("tables/gbt2260/resolve/?code=512925&from=x&to=y", 422, "1985-12-31"),
        ("elements/", 200, "birth-date"),
        ("elements/?q=信用代码", 200, "uscc"),
        ("elements/?theme=moon", 200, "没有符合的数据元"),
        ("elements/uscc/", 200, "办事表单"),
        ("elements/restaurant-food-items/?version=1", 200, "热食类食品制售"),
        ("elements/moon/", 404, "moon"),
        ("elements/uscc/?version=9", 404, "没有这个版本"),
    ],
)
def test_a_page_says_what_was_asked(loaded, address, status, said, django_assert_max_num_queries):
    lead = enter("lead")
    lead.get(PLACE + address)  # what never changes is kept by each process
    with django_assert_max_num_queries(MOST_QUERIES):
        page = lead.get(PLACE + address)
    assert page.status_code == status
    assert said in " ".join(page.content.decode().split())


def test_pages_are_for_officials(loaded):
    assert Client().get(PLACE).status_code in (302, 401, 403)
    assert enter("chen").get(PLACE).status_code == 403


def test_every_code_is_reached_page_by_page(loaded):
    lead, seen, address = enter("lead"), [], PLACE + "tables/gbt2260/?q=区"
    for _page in range(20):
        page = lead.get(address)
        seen += [code.code for code in page.context["page"].codes]
        if not page.context["page"].next:
            break
        address = PLACE + f"tables/gbt2260/?q=区&after={page.context['page'].next}"
    assert len(seen) == len(set(seen)) > 900
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("text", "day"),
    [("1985", date(1985, 12, 31)), ("198502", date(1985, 2, 28)), ("1985-12", date(1985, 12, 31)),
     ("19850230", None), ("1985-02-03", date(1985, 2, 3)), ("1985-13", None), ("0000", None),
     ("１９８５", None), ("x", None)],
)  # fmt: skip
def test_days_as_people_write_them(text, day):
    assert parse_day(text) == day


# -- the open interface -----------------------------------------------------------------------------------------------
def ask(address: str, **query: object) -> dict:
    answer = Client().get(API + address, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_everybody_may_ask_the_open_interface(loaded):
    assert len(ask("tables")) == 22
    assert ask("tables/gbt2260")["editions"][0]["version"] == "2023-06"
    page = ask("tables/gbt2260/codes", parent="511600", on="2026-11-30", limit=2)
    assert [code["code"] for code in page["codes"]] == ["511602", "511603"]
    following = ask("tables/gbt2260/codes", parent="511600", limit=2, after=page["next"])
    assert following["codes"][0]["code"] == "511621"
    assert ask("tables/gbt2260/codes/420600", on="2000-01-01")["label"] == {"zh": "襄樊市"}
    assert ask("tables/gbt2260/codes/420600")["label"] == {"zh": "襄阳市"}
    assert ask("tables/gbt2260/diff", old="2019-04", new="2023-06")["unchanged"] == 3144
    assert ask("elements", q="uscc")["elements"][0]["representation"] == "an18"
    assert ask("elements/id-number")["spec"]["number"] == "cn-id"


def test_the_open_interface_follows_a_code(loaded):
    answer = ask("tables/gbt2260/resolve", code="512925", **{"from": "1985-12-31"})
    assert (answer["outcome"], answer["ends"]) == ("replaced", [{"code": "511602", "name": "广安区"}])
    assert [step["is_inferred"] for step in answer["steps"]] == [True, True]
    assert "广安区" in answer["text"]["en"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("tables/moon", 404), ("tables/moon/codes", 404), ("tables/gbt2260/codes/none", 404),
        ("tables/gbt2260/codes?on=soon", 422), ("tables/gbt2260/codes?limit=0", 422), ("tables/gbt2260/diff", 422),
        ("tables/gbt2260/diff?old=a&new=b", 404), ("tables/gbt2260/resolve", 422), ("elements/moon", 404),
        ("tables/gbt2260/codes?after=%00.%00&q=%00", 400), ("elements/uscc?version=0", 422),
        ("elements?after=%00", 400),
        ("tables/gbt2260/codes/%00", 400), ("tables/gbt2260/codes?after=99999999999999.x", 200),
    ],
)  # fmt: skip
def test_bad_questions_get_a_clear_answer(loaded, address, status):
    assert Client().get(API + address).status_code == status


# -- the commands -----------------------------------------------------------------------------------------------------
@pytest.fixture
def zt(loaded, monkeypatch):
    monkeypatch.setattr("zhengtong.config.cli.package.django_setup", lambda **_: None)

    def run(*words: str, text: str = ""):
        done = CliRunner().invoke(commands.command, ["--lang", "en", *words], input=text)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def test_the_commands_list_show_and_compare(zt):
    code, said = zt("list", "--json")
    assert (code, {row["key"] for row in json.loads(said)} >= {"gbt2260", "gbt4754"}) == (0, True)
    assert "an18" in zt("list", "--elements")[1]
    assert zt("show", "gbt2260", "--code", "512925", "--on", "1985")[1].split() == [
        "510000",
        "四川省",
        "512900",
        "南充地区",
        "512925",
        "广安县",
    ]
    assert zt("show", "gbt2260", "--code", "512925")[0] == 1
    assert "Resident identity number" in zt("show", "id-number")[1]
    assert "no data element" in zt("show", "moon")[1]
    assert "71 added, 73 removed, 2 renamed, 0 moved, 3144 unchanged" in zt("diff", "gbt2260", "2019-04", "2023-06")[1]
    assert zt("show", "gbt2260", "--on", "someday")[0] == 2


def test_the_command_resolves(zt):
    code, said = zt("resolve", "gbt2260", "512925", "--from", "1985")
    assert (code, "is now 511602 广安区" in said) == (0, True)
    assert zt("resolve", "gbt2260", "130405", "--from", "1985")[0] == 1
    assert json.loads(zt("resolve", "gbt2260", "110103", "--json")[1])["ends"] == [{"code": "110101", "name": "东城区"}]


def test_the_command_judges_values(zt):
    assert zt("judge", "uscc", "11100000000013127D") == (0, "")
    code, said = zt("judge", "id-number", text="11010519491231002x\n11010519491231002X\n\n110105491231002\n")
    assert code == 1
    assert [line.split("]")[0] for line in said.splitlines()] == ["1: [lower_case_x", "4: [fifteen_digits"]
    assert said.count("-> 11010519491231002X") == 2


def test_the_commands_check_and_load(zt, tmp_path):
    (tmp_path / "edition.yaml").write_text("table: gbt2261_1_sex\nversion: '2030'\nvalid_from: 2030-01-01\nsource: s\n")
    (tmp_path / "items.csv").write_text("code,name\n0,未知的性别\n1,男\n2,女\n9,未说明的性别\n")
    code, said = zt("check", str(tmp_path))
    assert (code, "2 renamed" in said, said.splitlines()[-1]) == (0, True, "gbt2261_1_sex 2030: ok")
    assert zt("load", str(tmp_path))[1].splitlines()[-1] == "gbt2261_1_sex 2030: loaded"
    assert zt("load", str(tmp_path)) == (0, "gbt2261_1_sex 2030: stands already, nothing changed\n")
    (tmp_path / "items.csv").write_text("code,name\n1,男\n1,女\n")
    code, said = zt("load", str(tmp_path), "--json")
    assert (code, len(json.loads(said)["faults"])) == (1, 2)
