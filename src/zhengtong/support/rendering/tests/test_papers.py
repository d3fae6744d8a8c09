"""The official papers of a case: what they must say, and that they are PDF/A one can read."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from zhengtong.kernel.errors import Invalid
from zhengtong.support.rendering import glyphs, rules, services

COMMON = {
    "authority": "广安市广安区市场监督管理局",
    "number": "511602202611210000427-受01",
    "case_number": "511602202611210000427",
    "service": "开办餐饮店",
    "applicant": "演示餐饮有限公司",
    "submitted_at": "2026-11-20T17:30:00+00:00",  # the 21st in China
    "issued_at": "2026-11-23T09:30:00+08:00",
}
DATA = {
    "received": {"evidence": ["平面布局图", {"title": "健康证明"}]},
    "supplement": {"items": [{"what": "平面图未标安全出口", "how": "补充标注"}], "answer_by": "2026-12-14"},
    "accepted": {"statutory_days": 20, "promised_days": 8},
    "refused": {"reason": "经营场所不在本区。"},
    "special": {"procedure": "专家评审", "reason": "疏散条件需要评审。", "planned_days": 10},
    "extension": {"days": 10, "reason": "连续暴雨。", "due_date": "2026-12-31"},
    "granted": {"outputs": ["食品经营许可证"], "reasons": "四项审查均通过。"},
    "denied": {"reasons": "生熟未分开。\n通道不足1.1米。", "law": "《食品安全法》第三十五条"},
    "delivery": {"channel": "online"},
}
SAYS = {
    "received": ["平面布局图", "健康证明", "五个工作日", "即为受理"],
    "supplement": ["第三十二条第一款第四项", "一次性告知", "平面图未标安全出口（补充标注）", "2026年12月14日前"],
    "accepted": ["予以受理", "20个工作日", "8个工作日", "听证"],
    "refused": ["不予受理", "经营场所不在本区", "六十日内", "六个月内", "广安市广安区人民政府", "人民法院"],
    "special": ["专家评审", "第四十五条", "10个工作日", "不计算在办理期限内"],
    "extension": ["第四十二条", "延长10个工作日", "2026年12月31日"],
    "granted": ["准予行政许可", "第三十八条第一款", "食品经营许可证", "十个工作日内"],
    "denied": ["不予行政许可", "生熟未分开", "通道不足1.1米", "第三十五条", "六十日内", "六个月内"],
    "delivery": ["受送达人", "电子送达", "2026年11月23日"],
}


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def draw(kind: str, **more) -> bytes:
    return services.paper(kind, {**COMMON, **DATA[kind], **more})


@pytest.mark.parametrize("kind", list(rules.PAPERS))
def test_each_paper_says_what_the_law_asks(kind):
    text = text_of(draw(kind))
    for part in (rules.PAPERS[kind].title, COMMON["authority"], COMMON["number"], COMMON["applicant"], *SAYS[kind]):
        assert part in text
    assert "2026年11月23日" in text  # the day of issue


OTHERS = {
    "received": ["一个工作日内"], "accepted": ["予以受理"], "refused": ["不予受理", "六十日内"],
    "special": ["专家评审"], "extension": ["经本机关负责人批准"],
    "granted": ["办理结果通知书", "予以办理", "五个工作日内", "《老年法》第二条"],
    "denied": ["办理结果通知书", "不予办理", "生熟未分开", "六十日内"],
}  # fmt: skip


@pytest.mark.parametrize("kind", list(OTHERS))
def test_a_matter_that_is_no_licence_does_not_rest_on_the_licensing_law(kind):
    more = {"law": "《老年法》第二条", "acceptance_days": 1, "delivery_days": 5, "approver": "organ"}
    text = text_of(draw(kind, is_licence=False, **more))
    for part in OTHERS[kind]:
        assert part in text
    for word in ("行政许可", "即为受理", "法定"):
        assert word not in text


def test_the_paper_of_an_extension_says_who_approved_and_by_which_document():
    text = text_of(draw("extension", approver="government", approval="广安府函〔2026〕18号"))
    assert "经本级人民政府负责人批准（广安府函〔2026〕18号），决定" in text


def test_who_was_not_answered_in_time_reads_since_when_he_is_accepted():
    text = text_of(draw("accepted", deemed_since="2026-11-16"))
    assert "自收到申请材料之日（2026年11月16日）起即为受理" in text
    assert "第三十二条第一款第四项" in text


@pytest.mark.parametrize("kind", ["received", "accepted"])
def test_the_day_of_the_application_is_the_day_in_china(kind):
    assert "2026年11月21日" in text_of(draw(kind))


def test_a_paper_is_pdf_a_2b_with_title_language_and_date():
    reader = PdfReader(io.BytesIO(draw("accepted")))
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert reader.metadata.title.startswith("受理通知书")
    assert reader.trailer["/Root"]["/Lang"].lower() == "zh-cn"
    assert reader.metadata.creation_date.strftime("%Y-%m-%d") == "2026-11-23"
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_the_same_data_give_the_same_bytes():
    assert draw("denied") == draw("denied")
    assert draw("denied") != draw("denied", number="2")


@pytest.mark.parametrize(("is_demo", "marked"), [(True, True), (False, False)])
def test_only_the_demo_is_marked(settings, is_demo, marked):
    settings.ZT_DEMO = is_demo
    text = text_of(draw("accepted", applicant="某某餐饮有限公司"))
    assert ("演示" in text) is marked
    assert ("非正式印章" in text) is marked
    assert ("（印章）" in text) is not marked


def test_a_long_paper_goes_on_and_its_signature_never_stands_alone():
    many = "\n".join(f"第{n}条理由，现场核查发现生熟未分开，不符合规定的条件和标准。" for n in range(14))
    reader = PdfReader(io.BytesIO(draw("denied", reasons=many)))
    assert len(reader.pages) > 1
    last = re.sub(r"\s", "", reader.pages[-1].extract_text())
    assert "如不服本决定" in last
    assert COMMON["authority"] in last
    assert f"—{len(reader.pages)}—" in last
    assert "—1—" not in re.sub(r"\s", "", reader.pages[0].extract_text())


def test_a_very_long_name_of_an_authority_still_fits():
    name = "广安市广安区综合行政执法局城市管理和生态环境保护综合行政执法大队"
    assert name in text_of(draw("accepted", authority=name))


@pytest.mark.parametrize("applicant", ['#read("/etc/passwd")', "$x$ *b* @a <l> \\ #{1+1} //", "#" * 20, "]#panic()"])
def test_what_people_wrote_is_printed_and_never_run(applicant):
    assert applicant.replace(" ", "") in text_of(draw("accepted", applicant=applicant))


def test_what_is_fixed_is_printed_also_without_a_glyph():
    text = text_of(draw("denied", applicant="𠮷野家与😀有限公司", reasons="材料不全😀，依法不予许可。"))
    assert "〓（U+20BB7）野家与〓（U+1F600）有限公司" in text
    assert "材料不全〓（U+1F600）" in text


def test_a_character_without_a_glyph_is_named(tmp_path):
    (tmp_path / "t.typ").write_text('#set text(font: "Noto Serif SC")\n#json(bytes(sys.inputs.data)).name')
    with pytest.raises(services.MissingGlyph) as caught:
        services.pdf("t.typ", {"name": "𠮷野家与😀"}, root=tmp_path)
    assert caught.value.extra["characters"] == ["𠮷", "😀"]
    assert "U+20BB7" in str(caught.value.message)
    assert caught.value.remedy


def test_signs_are_refused_where_they_are_written_and_rare_characters_of_names_are_not():
    assert services.unprintable("同意😀，见附件🧾😀。") == ["😀", "🧾"]
    assert services.unprintable("经审查，符合《食品安全法》第三十五条（1）要求，同意。 ABC-12 m²\n\t") == []
    assert services.unprintable("𠮷野家 㐂 龘") == []


def test_what_the_fonts_can_print_is_what_the_press_prints(tmp_path):
    (tmp_path / "t.typ").write_text('#set text(font: "Noto Serif SC")\n#json(bytes(sys.inputs.data)).text')
    sample = "".join(chr(p) for p in sorted(glyphs.covered(services.font_folders())) if 0x4E00 <= p < 0xA000)[::97]
    assert len(sample) > 100
    services.pdf("t.typ", {"text": sample}, root=tmp_path)


@pytest.mark.parametrize(("kind", "key"), [("accepted", "promised_days"), ("denied", "reasons"), ("granted", "number")])
def test_a_paper_that_lacks_something_is_not_drawn(kind, key):
    with pytest.raises(Invalid, match=key):
        draw(kind, **{key: ""})


def test_an_unknown_paper_is_named_with_those_there_are():
    with pytest.raises(LookupError, match="accepted"):
        services.paper("pardon", COMMON)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-03-02", "2026年3月2日"),
        ("2026-03-01T16:00:00+00:00", "2026年3月2日"),
        ("2026-03-01T15:59:59Z", "2026年3月1日"),
    ],
)
def test_days_in_chinese_form(value, told):
    assert rules.chinese_day(value) == told
