"""The portal's pages through HTTP, in both languages."""

import re

import pytest

from zhengtong.access.portal.models import NoticeIndexPage, NoticePage
from zhengtong.access.portal.services import seed_site
from zhengtong.applications.public_services.models import PublicService
from zhengtong.kernel import clock
from zhengtong.kernel.actors import system_actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
LANGUAGES = ("zh-hans", "en")


def _get(client, path, lang="zh-hans"):
    client.cookies["django_language"] = lang
    answer = client.get(path)
    return answer, answer.content.decode()


def _chinese_without_a_mark(page):
    """Chinese on an English page that no element marks as Chinese."""
    body = re.sub(r"<head>.*?</head>", "", page, flags=re.S)
    body = re.sub(r'<(\w+)[^>]*\blang="zh-CN"[^>]*>.*?</\1>', "", body, flags=re.S)
    body = re.sub(r"<option.*?</option>", "", body, flags=re.S)  # an option has no room for a mark of its own
    text = re.sub(r"<[^>]+>", "\n", body)
    return {line.strip() for line in text.splitlines() if re.search(r"[\u4e00-\u9fff]", line)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_home(client, site, lang):
    answer, page = _get(client, "/", lang)
    assert answer.status_code == 200
    assert ("办事，从这里开始" if lang == "zh-hans" else "Public services start here") in page
    assert "/services/?audience=person" in page
    assert "/events/starting-a-restaurant/" in page


def test_the_english_home_marks_what_stays_chinese(client, site):
    _, page = _get(client, "/", "en")
    assert _chinese_without_a_mark(page) == set()


def test_home_costs_few_queries(client, site, django_assert_max_num_queries):
    client.get("/")
    with django_assert_max_num_queries(12):
        client.get("/")


def test_home_shows_what_is_saved(client, site):
    _, page = _get(client, "/")
    assert "示范一件事" in page
    assert '<s><span class="visually-hidden">原来</span>60</s><strong>8</strong>' in page


class TestFinding:
    @pytest.mark.parametrize("lang", LANGUAGES)
    @pytest.mark.parametrize(
        "path",
        ["/services/", "/events/", "/events/living-with-a-disability/", "/departments/", "/departments/?q=民政",
         "/site-map/", "/verify/", "/progress/", "/receipts/", "/services/?q=nothing-like-it",
         "/departments/?q=nothing"],
    )  # fmt: skip
    def test_every_page_is_drawn(self, client, site, path, lang):
        answer, page = _get(client, path, lang)
        assert answer.status_code == 200
        assert page.count("<h1") == 1

    @pytest.mark.parametrize("words", ["失业登记", "失业", "sydj"])
    def test_by_name_and_pinyin_initials(self, client, words):
        _, page = _get(client, f"/services/?q={words}")
        assert "失业登记</a>" in page
        assert "残疾人证新办</a>" not in page

    def test_by_department(self, client):
        service = PublicService.objects.get(title__zh="残疾人证新办")
        _, page = _get(client, f"/services/?department={service.organisation_uuid}")
        assert "残疾人证新办</a>" in page
        assert "失业登记</a>" not in page

    def test_by_audience_and_topic(self, client):
        _, page = _get(client, "/services/?audience=person&topic=disability")
        assert "残疾人证新办</a>" in page
        assert "施工许可" not in page
        assert "取消这个条件" in page

    def test_words_and_filters_together(self, client):
        _, page = _get(client, "/services/?q=登记&audience=legal_entity")
        assert "公司设立登记</a>" in page
        assert "失业登记</a>" not in page

    def test_only_online(self, client):
        _, page = _get(client, "/services/?online=1")
        assert "开办餐饮店" in page
        assert "失业登记</a>" not in page

    @pytest.mark.parametrize(
        "query",
        ["department=nonsense", "audience=x", "type=zz", "topic=none", "event=none", "after=x",
         "after=99999999999999999999", "q=" + "字" * 500, "q=%27%22%3Cscript%3E", "q=a%26b%7C!(", "online=7"],
    )  # fmt: skip
    def test_nonsense_is_no_fault(self, client, query):
        answer, page = _get(client, f"/services/?{query}")
        assert answer.status_code == 200
        assert "<script>" not in page.replace("<script src", "")

    def test_paging_by_key(self, client, monkeypatch):
        from zhengtong.access.portal import finder

        monkeypatch.setattr(finder, "PAGE", 100)
        seen, path = [], "/services/"
        for _ in range(20):
            _, page = _get(client, path)
            seen += re.findall(r'class="service-card__title"><a href="([^"]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if not following:
                break
            path = "/services/" + following[1].replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == PublicService.objects.count()

    def test_an_unknown_event_or_service_helps(self, client):
        for path in ("/events/none/", "/services/none/"):
            answer, page = _get(client, path)
            assert answer.status_code == 404
            assert "查找服务" in page


class TestGuide:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_information_only(self, client, lang):
        service = PublicService.objects.get(title__zh="失业登记")
        answer, page = _get(client, f"/services/{service.key}/", lang)
        assert answer.status_code == 200
        assert service.item_code in page
        assert ("仅提供指南" if lang == "zh-hans" else "Guide only") in page
        assert "在线办理</a>" not in page

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_of_a_package(self, client, lang):
        answer, page = _get(client, "/services/open-restaurant/", lang)
        assert answer.status_code == 200
        for part in (
            "eligibility",
            "conditions",
            "requirements",
            "flow",
            "clocks",
            "fees",
            "law",
            "results",
            "faq",
            "place",
        ):
            assert f'id="{part}"' in page, part
        assert ("免提交" if lang == "zh-hans" else "Nothing to submit") in page
        assert "<svg" in page

    def test_english_is_complete(self, client):
        _, page = _get(client, "/services/open-restaurant/", "en")
        assert _chinese_without_a_mark(page) == set()

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("q_has_business_licence=yes&q_premises_ready=yes&q_area_m2=120&q_has_signboard=no", "可以办理"),
            ("q_has_business_licence=no&q_premises_ready=yes&q_area_m2=120&q_has_signboard=no", "暂时不能办理"),
            ("q_has_business_licence=yes", "还需要您回答"),
            ("q_area_m2=abc", "还需要您回答"),
            ("q_area_m2=%00", ""),
        ],
    )
    def test_eligibility(self, client, query, words):
        answer, page = _get(client, f"/services/open-restaurant/?{query}")
        assert answer.status_code == (200 if words else 400)
        assert words in page

    def test_an_item_that_a_package_took_over_leads_on(self, client):
        PublicService.objects.filter(key="open-restaurant").update(item_key="old-address")
        answer = client.get("/services/old-address/")
        assert answer.status_code == 301
        assert answer.headers["Location"] == "/services/open-restaurant/"


class TestNotices:
    def test_list_and_page(self, client, site):
        index = NoticeIndexPage.objects.get()
        _, page = _get(client, index.url)
        notice = NoticePage.objects.order_by("-date").first()
        assert notice.title in page
        _, page = _get(client, notice.url)
        assert "不是真实的政府公告" in page
        _, page = _get(client, notice.url, "en")
        assert notice.title_en in page
        assert client.get("/news/").headers["Location"].endswith(index.url)

    def test_by_kind_and_paged_by_key(self, client, site, monkeypatch):
        from zhengtong.access.portal import notices

        monkeypatch.setattr(notices, "PAGE", 2)
        index = NoticeIndexPage.objects.get()
        _, page = _get(client, index.url + "?kind=policy")
        assert page.count("<time") == 1
        seen, path = 0, index.url
        for _ in range(3):
            _, page = _get(client, path)
            seen += page.count("<time")
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if not following:
                break
            path = index.url + following[1].replace("&amp;", "&")
        assert seen == 4

    @pytest.mark.parametrize("query", ["kind=x", "before=2026-99-99.1", "before=x", "before=2026-01-01." + "9" * 30])
    def test_nonsense_is_no_fault(self, client, site, query):
        assert client.get(f"{NoticeIndexPage.objects.get().url}?{query}").status_code == 200

    def test_without_a_site_there_is_no_list(self, client):
        assert client.get("/news/").status_code == 404


def test_the_footer_does_its_duties(client, settings):
    settings.ZT_DEMO = True
    seed_site(actor=system_actor("tests"), at=clock.now())
    _, page = _get(client, "/services/")
    for duty in ("演示站点，非政府网站", "主办单位", "网站标识码", "tel:12345", "/site-map/"):
        assert duty in page


def test_five_entries_at_most_at_the_bottom_of_a_phone(client, site):
    _, page = _get(client, "/services/")
    bar = re.search(r'<nav class="phonebar".*?</nav>', page, re.S)
    assert bar
    assert 4 <= bar[0].count("<li>") <= 5
