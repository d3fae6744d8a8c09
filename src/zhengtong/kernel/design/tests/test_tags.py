"""Tags and filters of every template."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from zhengtong.kernel.errors import FieldError

MOMENT = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)  # 01:05 of the next day in China


def show(source, lang="zh-hans", **values):
    with translation.override(lang):
        return Template(source).render(Context(values)).strip()


@pytest.mark.parametrize(
    ("source", "value", "zh", "en"),
    [
        ("{{ v|china_date }}", date(2026, 1, 5), "2026年1月5日", "5 January 2026"),
        ("{{ v|china_date }}", MOMENT, "2026年11月21日", "21 November 2026"),
        ("{{ v|china_datetime }}", MOMENT, "2026年11月21日 01:05", "21 November 2026, 01:05"),
        ("{{ v|china_date }}", None, "", ""),
        ("{{ v|money }}", 123400, "¥1,234.00", "¥1,234.00"),
        ("{{ v|money }}", -5, "-¥0.05", "-¥0.05"),
        ("{{ v|money }}", None, "", ""),
        ("{{ v|localised }}", {"zh": "开办餐饮店", "en": "Open a restaurant"}, "开办餐饮店", "Open a restaurant"),
        ("{{ v|localised }}", {"zh": "失业登记"}, "失业登记", "失业登记"),
        ("<p{% lang_attr v %}>", {"zh": "失业登记"}, "<p>", '<p lang="zh-CN">'),
        ("<p{% lang_attr v %}>", {"zh": "失业", "en": "Unemployment"}, "<p>", "<p>"),
        ("{{ v|mask_name }} {{ v|mask_name }}", "张三", "张* 张*", "张* 张*"),
        ("{{ v|mask_id_number }}", "511602199001010012", "511***********0012", "511***********0012"),
        ("{{ v|field_id }}", "premises.area_m2", "f-premises-area_m2", "f-premises-area_m2"),
    ],
)
def test_values(source, value, zh, en):
    assert show(source, v=value) == zh
    assert show(source, lang="en", v=value) == en


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in show('{% icon "home" %}')
    assert 'role="img" aria-label="首页"' in show('{% icon "home" "首页" %}')


def test_an_unknown_icon_is_reported_and_does_not_break_the_page(caplog):
    assert "#document" in show('{% icon "no-such" %}')
    assert "no-such" in caplog.text


@pytest.mark.parametrize("tone", ["green", "yellow", "red", "blue", "grey", "nonsense"])
def test_a_lamp_says_in_words_what_it_shows(tone):
    lamp = show("{% lamp tone label %}", tone=tone, label="剩余 <1> 天")
    assert "剩余 &lt;1&gt; 天" in lamp
    assert f"lamp--{tone if tone != 'nonsense' else 'grey'}" in lamp


def test_errors_beside_their_field_and_at_the_top():
    errors = [FieldError("a.b", "<错>", "名称"), FieldError("", "整体有误")]
    assert show('{% field_errors errors "a.b" %}', errors=errors).count("&lt;错&gt;") == 1
    assert 'id="e-a-b"' in show('{% field_errors errors "a.b" %}', errors=errors)
    assert show('{% field_errors errors "other" %}', errors=errors) == ""
    assert show('{% field_errors errors "x" %}', errors={"x": ["一", "二"]}).count("<span>") == 2
    summary = show("{% error_summary errors %}", errors=errors)
    assert 'href="#f-a-b"' in summary
    assert "有 2 处需要改正" in summary
    assert "2 things to correct" in show("{% error_summary errors %}", lang="en", errors=errors)
    assert show("{% error_summary errors %}", errors=[]) == ""


def test_the_stepper_marks_the_present_step():
    steps = show("{% stepper titles 2 %}", titles=["甲", "乙", "丙"])
    assert steps.count('aria-current="step"') == 1
    assert "（已完成）" in steps


def test_every_form_gets_a_key_of_its_own():
    first, second = show("{% idempotency_key %}"), show("{% idempotency_key %}")
    assert first != second
    assert 'name="idempotency_key"' in first


def test_a_missing_library_leaves_no_trace():
    assert show('{% vendor_script "no-such.js" %}') == ""


def test_paging_shows_only_what_there_is():
    assert 'rel="next"' in show('{% pagination "" "?after=7" %}')
    assert show('{% pagination "" "" %}') == ""
