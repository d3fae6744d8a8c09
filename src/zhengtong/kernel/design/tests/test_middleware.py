"""Headers, limits and language of every request."""

import pytest
from django.test import RequestFactory

from zhengtong.kernel.design.middleware import RequestLimits, SecurityHeaders, VisitorsAddress

pytestmark = pytest.mark.django_db


class Unreadable:
    """A body nobody may touch."""

    def read(self, *args):
        raise AssertionError("the body was read")

    readline = read


def _post(length):
    return RequestFactory().generic("POST", "/", CONTENT_LENGTH=length, **{"wsgi.input": Unreadable()})


class TestLimits:
    def _status(self, length):
        answer = RequestLimits(lambda request: pytest.fail("the view was reached"))(_post(length))
        return answer

    def test_too_long_is_refused_unread(self, settings):
        settings.ZT_MAX_REQUEST_BYTES = 1000
        answer = self._status("200000000")
        assert answer.status_code == 413
        page = answer.content.decode()
        assert "190.7" in page  # MB
        assert "压缩" in page
        assert answer.headers["Connection"] == "close"

    @pytest.mark.parametrize("length", ["-1", "abc", "1e3", "１２", "9" * 400])
    def test_a_broken_or_endless_length(self, length):
        assert self._status(length).status_code in (400, 413)

    def test_at_the_limit_is_let_through(self, settings):
        settings.ZT_MAX_REQUEST_BYTES = 1000
        assert RequestLimits(lambda request: "reached")(_post("1000")) == "reached"


class TestHeaders:
    def test_ours_allow_no_inline_script_or_style(self, client):
        policy = client.get("/").headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy

    def test_the_editor_may(self, client):
        assert "'unsafe-inline'" in client.get("/cms/page/?q=a").headers["Content-Security-Policy"]

    def test_the_other_headers(self, client):
        headers = client.get("/nowhere/").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"

    @pytest.mark.parametrize(("cookie", "kept"), [("sessionid", "private, no-store"), ("other", "")])
    def test_pages_of_people_are_not_kept(self, cookie, kept):
        from django.http import HttpResponse

        request = RequestFactory().get("/")
        request.COOKIES[cookie] = "x"
        answer = SecurityHeaders(lambda request: HttpResponse())(request)
        assert answer.headers.get("Cache-Control", "") == kept


class TestLanguage:
    def _lang(self, client, **headers):
        page = client.get("/nowhere/", headers=headers).content.decode()
        return "en" if '<html lang="en"' in page else "zh"

    @pytest.mark.parametrize(
        ("wish", "given"),
        [
            ("", "zh"), ("en-US,en;q=0.9", "en"), ("zh-TW,en;q=0.5", "zh"), ("fr,de", "zh"), ("fr,en;q=0.3", "en"),
            ("*", "zh"), ("x" * 600, "zh"),
        ],
    )  # fmt: skip
    def test_the_browsers_wish(self, client, wish, given):
        assert self._lang(client, **{"accept-language": wish}) == given

    def test_the_cookie_is_stronger(self, client):
        client.cookies["django_language"] = "zh-hans"
        assert self._lang(client, **{"accept-language": "en"}) == "zh"

    def test_a_link_switches_and_comes_back(self, client):
        answer = client.get("/look-up/?q=a&lang=en&after=7")
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/look-up/?q=a&after=7"
        assert self._lang(client) == "en"
        assert client.get("/look-up/?lang=zh").headers["Location"] == "/look-up/"
        assert self._lang(client) == "zh"

    def test_an_unknown_language_changes_nothing(self, client):
        answer = client.get("/?lang=xx")
        assert answer.status_code == 302
        assert "django_language" not in answer.cookies

    def test_it_leads_nowhere_else(self, client):
        answer = client.generic("GET", "/", PATH_INFO="//elsewhere.example/", QUERY_STRING="lang=en")
        assert answer.headers["Location"] == "/%2Felsewhere.example/"

    def test_large_type(self, client):
        assert client.get("/design/?elder=1").headers["Location"] == "/design/"
        assert 'class="elder"' in client.get("/design/").content.decode()
        client.get("/design/?elder=0")
        assert 'class="elder"' not in client.get("/design/").content.decode()

    def test_answers_say_on_what_they_depend(self, client):
        answer = client.get("/")
        assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
        assert answer.headers["Content-Language"] == "zh-CN"


class TestBehindProxies:
    def _seen(self, header, proxies, settings):
        """What a view behind the middleware sees: the address, and whether the header is still there."""
        settings.ZT_TRUSTED_PROXIES, seen = proxies, []
        request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")
        if header is not None:
            request.META["HTTP_X_FORWARDED_FOR"] = header
        VisitorsAddress(lambda r: seen.append((r.META["REMOTE_ADDR"], "X-Forwarded-For" in r.headers)))(request)
        return seen[0]

    @pytest.mark.parametrize(
        ("header", "proxies", "address"),
        [
            ("192.0.2.7", 1, "192.0.2.7"),
            ("6.6.6.6, 192.0.2.7", 1, "192.0.2.7"),  # what stands left, the visitor himself may have written
            ("6.6.6.6,192.0.2.7,10.0.0.9", 2, "192.0.2.7"),
            ("192.0.2.7:51234", 1, "192.0.2.7"),
            ("2001:db8::7", 1, "2001:db8::7"),
            ("[2001:DB8::7]:443", 1, "2001:db8::7"),
            ("192.0.2.7", 2, "10.0.0.1"),  # did not come through both
            ("unknown", 1, "10.0.0.1"),
            ("", 1, "10.0.0.1"),
            (None, 1, "10.0.0.1"),
            ("192.0.2.7", 0, "10.0.0.1"),  # nobody stands in front: the header is the visitor's own invention
        ],
    )
    def test_the_visitor_is_whom_the_outermost_trusted_proxy_saw(self, header, proxies, address, settings):
        assert self._seen(header, proxies, settings) == (address, False)

    def test_it_stands_outermost(self, settings):
        ours = [name for name in settings.MIDDLEWARE if not name.startswith("tests.")]
        assert ours[0] == "zhengtong.kernel.design.middleware.VisitorsAddress"
