"""The door of the editor (/cms/): officials whose post carries the permission, with their second factor; nobody else.

Wagtail's own sign-in would be a second door with a password alone, so every address under /cms/ is guarded, that one
too. What an editor may touch inside is decided by Wagtail's page permissions of one group, into which he is put here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse
from wagtail.models import GroupPagePermission, Page

from zhengtong.security.permissions import services as permissions

EDIT = "portal.content.edit"
GROUP = "portal-editors"
_MODEL_PERMISSIONS = (("wagtailadmin", "access_admin"), ("access_portal", "change_sitevalues"))
_PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page", "delete_page", "lock_page", "unlock_page")


def only_editors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a view of the editor and let the official in as an editor."""

    @functools.wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        group = Group.objects.filter(name=GROUP).first()
        if group and not request.user.groups.filter(pk=group.pk).exists():  # type: ignore[union-attr]
            request.user.groups.add(group)  # type: ignore[union-attr]
        return view(request, *args, **kwargs)

    return permissions.guard(EDIT)(enter)


def seed_group(home: Page) -> Group:
    """The editors' group with its permissions on the home page and everything below it."""
    group, _created = Group.objects.get_or_create(name=GROUP)
    for app_label, codename in _MODEL_PERMISSIONS:
        group.permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    wanted = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=_PAGE_PERMISSIONS)
    for permission in wanted:
        GroupPagePermission.objects.get_or_create(group=group, page=home, permission=permission)
    return group
