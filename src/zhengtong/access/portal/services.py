"""Verbs of the portal: the first content of a new site."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from wagtail.models import Page, Site

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.design import site as footer
from zhengtong.kernel.transactions import verb

from . import content, editor, home
from .models import HomePage, NoticeIndexPage, NoticePage, QuickLink, SiteValues


@verb
def seed_site(*, actor: Actor, at: datetime, demo: bool | None = None) -> HomePage:  # noqa: ARG001
    """Give a new node its home page, the list of notices, the footer's values and the editors' group.

    Repeatable: what is there stays as the editors left it. `demo` (the node's setting when left out) adds notices that
    say they are demonstrations.
    """
    page = HomePage.objects.first() or _make_home()
    index = NoticeIndexPage.objects.first() or _make_index(page)
    if (settings.ZT_DEMO if demo is None else demo) and not NoticePage.objects.exists():
        _make_notices(index, at)
    _make_footer(page)
    editor.seed_group(page)
    footer.forget()
    home.forget()
    return page


def _make_home() -> HomePage:
    """The home page in place of Wagtail's welcome page."""
    root = Page.get_first_root_node()
    page = root.add_child(instance=HomePage(slug="zhengtong-home", **content.home_texts()))
    for order, link in enumerate(content.QUICK_LINKS):
        QuickLink.objects.create(page=page, sort_order=order, **link)
    Site.objects.update(root_page=page, site_name=settings.ZT_NODE_NAME["zh"])
    if not Site.objects.exists():
        Site.objects.create(hostname="localhost", root_page=page, is_default_site=True)
    for welcome in Page.objects.child_of(root).filter(slug="home").exclude(pk=page.pk):
        if welcome.specific_class is Page:
            welcome.delete()
    return page


def _make_index(page: HomePage) -> NoticeIndexPage:
    return page.add_child(instance=NoticeIndexPage(title="通知公告", title_en="Notices", slug="notices"))


def _make_notices(index: NoticeIndexPage, at: datetime) -> None:
    for notice in content.NOTICES:
        date = china_date(at - timedelta(days=notice["days_ago"]))
        values = {key: value for key, value in notice.items() if key != "days_ago"}
        texts = content.notice_texts(notice["slug"])
        index.add_child(instance=NoticePage(date=date, is_demonstration=True, **values, **texts))


def _make_footer(page: HomePage) -> None:
    site = Site.objects.filter(root_page=page).first()
    if site is not None:
        SiteValues.objects.get_or_create(site=site, defaults=content.footer_values())
