"""The editor has one door."""

import pytest
from django.urls import get_resolver
from tests.house.test_outer_skin import faults_of

from zhengtong.access.portal.models import HomePage, NoticePage
from zhengtong.security.identity.tests.factories import make_official, make_resident, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/cms/", "/cms/login/", "/cms/pages/", "/cms/api/main/pages/"])
def test_strangers_are_sent_to_the_houses_own_sign_in(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_password_sent_to_the_editors_own_sign_in_opens_nothing(client):
    account = make_official("site_editor").account
    account.set_password("correct horse")
    account.save()
    client.post("/cms/login/", {"username": account.username, "password": "correct horse"})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("make", [make_resident, lambda: make_official("reviewer")])
def test_nobody_else_enters(client, make):
    sign_in(client, make().account)
    assert client.get("/cms/").status_code == 403


def test_an_editor_without_his_second_factor_does_not_enter(client, site):
    sign_in(client, make_official("site_editor").account, mfa=False)
    assert client.get("/cms/").status_code in (302, 403)


def test_an_editor_writes_and_publishes_a_notice(client, site):
    sign_in(client, make_official("site_editor").account)
    assert client.get("/cms/").status_code == 200
    index = site.get_children().first()
    form = {
        "title": "停水通知", "title_en": "Water supply", "kind": "notice", "date": "2026-11-21", "source": "",
        "source_en": "", "document_number": "", "body": "null", "body_en": "null", "slug": "water",
        "seo_title": "", "search_description": "", "go_live_at": "", "expire_at": "", "action-publish": "1",
    }  # fmt: skip
    form["body"] = (
        '{"blocks":[{"key":"a","text":"明天停水","type":"unstyled","depth":0,"inlineStyleRanges":[],"entityRanges":[]}],"entityMap":{}}'
    )
    answer = client.post(f"/cms/pages/add/access_portal/noticepage/{index.pk}/", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    notice = NoticePage.objects.get(slug="water")
    assert notice.live
    page = client.get(notice.url).content.decode()
    assert "明天停水" in page
    assert "Content-Security-Policy" in answer.headers


def test_an_editor_touches_nothing_but_pages(client, site):
    sign_in(client, make_official("site_editor").account)
    for path in ("/cms/users/", "/cms/groups/", "/cms/sites/"):
        assert client.get(path).status_code in (302, 403, 404), path


def test_every_address_below_cms_is_guarded():
    patterns = next(p for p in get_resolver().url_patterns if "portal" in str(getattr(p, "urlconf_name", "")))
    cms = next(p for p in patterns.url_patterns if str(p.pattern) == "cms/")
    assert list(_unguarded(cms)) == []


def _unguarded(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _unguarded(pattern)
        elif getattr(pattern.callback, "policy", "") != "portal.content.edit":
            yield str(pattern.pattern)


def test_seeding_twice_keeps_what_editors_wrote(site):
    from zhengtong.access.portal.services import seed_site
    from zhengtong.kernel import clock
    from zhengtong.kernel.actors import system_actor

    HomePage.objects.update(headline="编辑改过")
    count = NoticePage.objects.count()
    again = seed_site(actor=system_actor("tests"), at=clock.now(), demo=True)
    assert again.headline == "编辑改过"
    assert NoticePage.objects.count() == count == 4
    assert HomePage.objects.count() == 1
    assert all(NoticePage.objects.values_list("is_demonstration", flat=True))


def test_its_pages_keep_to_what_is_laxer_for_them_alone(client, site):
    sign_in(client, make_official("site_editor").account)
    for path in ("/cms/", f"/cms/pages/{site.get_children().first().pk}/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert faults_of(answer, path) == []
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert "http" not in policy
