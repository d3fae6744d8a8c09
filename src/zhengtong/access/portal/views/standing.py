"""Addresses that lead to pages of the editor, and the site map."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from zhengtong.kernel.errors import NotFound
from zhengtong.security.permissions.services import public

from ..models import NoticeIndexPage, NoticePage


@public("a signpost")
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """/news/: wherever the editor put the list of notices."""
    index = NoticeIndexPage.objects.live().first()
    if index is None:
        raise NotFound
    return redirect(index.get_url(request))


@public("a signpost")
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """/site-map/: every kind of page with its address."""
    index = NoticeIndexPage.objects.live().first()
    latest = NoticePage.objects.live().order_by("-date", "-pk").defer("body", "body_en")[:10]
    return render(request, "portal/site_map.html", {"index": index, "notices": latest})
