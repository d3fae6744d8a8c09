import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from zhengtong.support.files.queries import files_by_uuid
from zhengtong.support.forms.services import prefill, protect, settle, take_step, validate

from .factories import ACTOR, AT, OTHER, PARTY

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def own_store(tmp_path, settings):
    settings.ZT_FILES, settings.ZT_CLAMD_SOCKET = tmp_path, ""


def page(form, key, data, errors=(), prefilled=None, lang="zh-hans"):
    given = {"form": form, "step": form.step(key), "data": data, "errors": list(errors), "prefilled": prefilled}
    with translation.override(lang):
        return render_to_string("forms/step.html", given, request=RequestFactory().get("/"))


def step(form, key, query, current=None, uploads=None, prefilled=None):
    return take_step(
        form=form, step=form.step(key), posted=QueryDict(query), uploads=MultiValueDict(uploads or {}),
        current=current or {}, prefilled=prefilled or {}, actor=ACTOR, at=AT,
    )  # fmt: skip


def test_a_prefilled_field_is_read_only_with_its_source(form):
    html = page(form, "shop", {}, prefilled=prefill(form, PARTY, ACTOR, AT))
    box = re.search(r'<input[^>]*id="f-company"[^>]*>', html)[0]
    assert "readonly" in box
    assert "name=" not in box
    assert "来自：市场监管登记" in html
    assert "截至 2026年11月21日" in html
    assert 'name="company.dispute"' in html


def test_not_found_opens_the_field_and_says_so(form, register):
    register.record = None
    html = page(form, "shop", {}, prefilled=prefill(form, PARTY, ACTOR, AT))
    assert 'name="company"' in html
    assert "登记中没有这一项" in html


def test_every_box_has_a_label_and_faults_stand_beside_it(form):
    errors = validate(form, {}, "shop", at=AT)
    html = page(form, "shop", {}, errors)
    for box in re.findall(r'id="(f-[a-z_0-9]+)"', html):
        assert f'for="{box}"' in html or re.search(rf'<label class="choice"><input [^>]*id="{box}"', html)
    assert '<a href="#f-shop_name">' in html  # the list at the top leads to it
    assert 'id="e-shop_name"' in html
    assert re.search(r'id="f-shop_name"[^>]*aria-describedby="h-shop_name x-shop_name e-shop_name"', html)
    assert re.search(r'id="f-shop_name"[^>]*aria-invalid="true"', html)


def test_what_was_typed_stays_and_is_escaped(form):
    html = page(form, "shop", {"shop_name": '"><script>alert(1)</script>', "$typed": {"area_m2": "很大"}})
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'value="很大"' in html


def test_nothing_inline_that_the_content_policy_forbids(form):
    for key in ("shop", "people", "more"):
        html = page(form, key, {"has_signboard": True})
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", html)


def test_a_long_table_is_searched_a_short_one_listed(form):
    result = step(form, "shop", "industry=服务&action=refresh")
    html = page(form, "shop", result.data)
    assert html.count('name="industry.choice"') == 2
    assert 'data-options="/forms/options/industries/"' in html
    assert '<option value="001">浓洄街道</option>' in html


def test_a_chosen_code_is_shown_with_its_title(form):
    assert 'value="6210 正餐服务"' in page(form, "shop", {"industry": "6210"})
    assert 'value="6210 Full meals"' in page(form, "shop", {"industry": "6210"}, lang="en")


def test_fields_that_depend_on_an_answer(form):
    assert 'name="sign_text"' not in page(form, "more", {})
    assert 'value="refresh"' in page(form, "more", {})
    assert 'name="sign_text"' in page(form, "more", {"has_signboard": True})


def test_english_pages_have_no_chinese(form):
    html = page(form, "more", {"has_signboard": True}, lang="en")
    html += page(form, "shop", {"$typed": {"industry": "xx"}}, validate(form, {}, "shop", at=AT)[:0], lang="en")
    assert not re.findall(r"[一-龥]+", html)


def test_going_on_back_and_saving(form):
    good = "phone=19900000007"
    assert step(form, "people", f"{good}&action=next").goes_to.key == "more"
    assert step(form, "people", "action=next").goes_to is None
    assert step(form, "people", "phone=1&action=back").goes_to.key == "shop"
    saved = step(form, "people", "phone=1&action=save")
    assert (saved.goes_to, saved.errors, saved.data) == (None, [], {"phone": "1"})


def test_the_last_step_finishes(form):
    result = step(
        form, "more", "has_signboard=false&promise=on", uploads={"plan": [SimpleUploadedFile("平面图.png", PNG)]}
    )
    assert result.errors == []
    assert result.is_finished


def test_files_are_uploaded_shown_and_removed(form):
    uploads = {"photos": [SimpleUploadedFile(f"{n}.png", PNG + bytes([n])) for n in range(3)],
               "plan": [SimpleUploadedFile("plan.png", b"MZ" + b"\x00" * 60)]}  # fmt: skip
    result = step(form, "more", "action=next", uploads=uploads)
    faults = {fault.path: str(fault.message) for fault in result.errors}
    assert "Windows 程序" in faults["plan"]
    assert "最多上传 2 个文件" in faults["photos"]
    assert [file.name for file in files_by_uuid(result.data["photos"]).values()]
    html = page(form, "more", result.data, result.errors)
    assert "0.png" in html
    assert "未经病毒扫描" in html
    first, second = result.data["photos"]
    assert step(form, "more", f"photos.remove={first}", current=result.data).data["photos"] == [second]


def test_a_file_of_another_party_is_no_file(form):
    stored = step(form, "more", "", uploads={"plan": [SimpleUploadedFile("p.png", PNG)]}).data["plan"]
    paths = [fault.path for fault in validate(form, {"plan": stored}, "more", at=AT, actor=OTHER)]
    assert "plan" in paths
    assert "plan" not in [fault.path for fault in validate(form, {"plan": stored}, "more", at=AT, actor=ACTOR)]


def summary(form, data, **more):
    return render_to_string("forms/summary.html", {"form": form, "data": data, **more})


def test_the_summary_is_masked_and_in_words(form):
    answers = prefill(form, PARTY, ACTOR, AT)
    data = {"shop_name": "好味道", "kinds": ["hot", "drinks"], "phone": "19900000007", "has_signboard": False,
            "opens": "2026-12-01", "industry": "6210", "$disputes": {"company": "已更名"}}  # fmt: skip
    html = summary(form, protect(form, settle(form, data, answers)), prefilled=answers, edit_prefix="/apply/")
    for words in (
        "热食、饮品",
        "199****0007",
        "正餐服务（6210）",
        "2026年12月1日",
        "来自：市场监管登记",
        "已更名",
        "/apply/people/",
    ):
        assert words in html
    assert "19900000007" not in html
    assert "招牌文字" not in html
    assert "19900000007" in summary(form, data, unmasked=True)


def test_options_answer_words(client, form):
    found = client.get("/forms/options/industries/", {"q": "正餐"})
    assert found.json() == {"options": [{"code": "6210", "title": "正餐服务"}]}
    assert client.get("/forms/options/industries/").json() == {"options": []}
    assert client.get("/forms/options/nothing/", {"q": "x"}).status_code == 404
    assert client.get("/forms/options/industries/", {"q": "餐" * 5000}).status_code == 200
    assert client.post("/forms/options/industries/", {"idempotency_key": "12345678"}).status_code == 405
