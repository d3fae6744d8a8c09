"""Whoever finds a weakness finds whom to tell: RFC 9116, and a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhengtong.access.portal.views import reporting

pytestmark = pytest.mark.django_db
ENDS = datetime(2027, 6, 30, 15, 59, 59, tzinfo=UTC)


@pytest.fixture
def contacts(settings) -> None:
    settings.ZT_SECURITY_CONTACTS = ["mailto:security@example.gov.cn", "https://example.gov.cn/report"]
    settings.ZT_SECURITY_EXPIRES, settings.ZT_BASE_URL = ENDS, "https://hall.example.gov.cn"


def test_the_file_is_what_the_standard_wants(client, contacts) -> None:
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "Contact: mailto:security@example.gov.cn",
        "Contact: https://example.gov.cn/report",
        "Expires: 2027-06-30T15:59:59Z",
        "Preferred-Languages: zh, en",
        "Canonical: https://hall.example.gov.cn/.well-known/security.txt",
        "Policy: https://hall.example.gov.cn/security/",
    ]


def test_without_contacts_there_is_no_file(client, settings) -> None:
    settings.ZT_SECURITY_CONTACTS = []
    assert client.get("/.well-known/security.txt").status_code == 404
    assert "12345" in client.get("/security/").content.decode()


def test_the_page_says_how(client, contacts) -> None:
    page = client.get("/security/").content.decode()
    assert "mailto:security@example.gov.cn" in page
    english = client.get("/security/", headers={"accept-language": "en"}).content.decode()
    assert "Report a weakness" in english


@pytest.mark.parametrize(
    ("days", "said"), [(400, "more than a year"), (200, ""), (31, ""), (12, "comes in 12 days"), (-1, "has passed")]
)
def test_the_operator_is_warned_in_time(contacts, days, said) -> None:
    fault = reporting.fault_of_contacts(ENDS - timedelta(days=days))
    assert (said in fault) if said else fault == ""


def test_the_operator_is_warned_of_what_is_missing(settings, contacts) -> None:
    settings.ZT_SECURITY_EXPIRES = None
    assert "not set" in reporting.fault_of_contacts(ENDS)
    settings.ZT_SECURITY_CONTACTS = []
    assert reporting.fault_of_contacts(ENDS) == ""
    settings.ZT_HTTPS, settings.ZT_DEMO = True, False
    assert "names nobody" in reporting.fault_of_contacts(ENDS)
