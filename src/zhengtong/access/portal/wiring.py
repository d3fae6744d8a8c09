"""What the portal plugs into the design: the menus and the footer's facts."""

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.design import navigation, site
from zhengtong.security.permissions import services as permissions

from .editor import EDIT

for number, (key, label, url_name, icon) in enumerate(
    (
        ("home", _("首页"), "/", "home"),
        ("services", _("办事服务"), "portal:services", "briefcase"),
        ("events", _("一件事"), "portal:events", "flow"),
        ("departments", _("部门服务"), "portal:departments", "government"),
        ("notices", _("通知公告"), "portal:notices", "megaphone"),
        ("progress", _("办件查询"), "portal:progress", "history"),
        ("verify", _("证照核验"), "portal:verify-form", "certificate"),
    ),
    1,
):
    navigation.register("portal", key, label, url_name, number * 10, icon)

navigation.register("phone", "home", _("首页"), "/", 10, "home")
navigation.register("phone", "services", _("办事"), "portal:services", 20, "briefcase")
navigation.register("phone", "events", _("一件事"), "portal:events", 30, "flow")
navigation.register("phone", "progress", _("查进度"), "portal:progress", 40, "history")
navigation.register("phone", "mine", _("我的"), "hall:home", 50, "user")
navigation.register("footer", "receipts", _("回执核验"), "portal:receipts", 10, "shield")
navigation.register("footer", "verify", _("证照核验"), "portal:verify-form", 20, "certificate")
navigation.register("footer", "statistics", _("统计数据"), "portal:statistics", 25, "chart")
navigation.register("footer", "site-map", _("网站地图"), "portal:site-map", 30, "list")
navigation.register(
    "account", "cms", _("编辑门户内容"), "wagtailadmin_home", 80, "edit",
    visible=lambda actor: permissions.could(actor, EDIT),
)  # fmt: skip


def _facts() -> site.SiteFacts:
    from .models import SiteValues

    try:
        values = SiteValues.objects.first()
    except DatabaseError:  # a page of an error must not fail for its footer
        values = None
    if values is None:
        return site.SiteFacts()
    return site.SiteFacts(
        organiser={"zh": values.organiser, "en": values.organiser_en} if values.organiser else "",
        operator={"zh": values.operator, "en": values.operator_en} if values.operator else "",
        address={"zh": values.address, "en": values.address_en} if values.address else "",
        site_code=values.site_code,
        icp_number=values.icp_number,
        police_number=values.police_number,
        phone=values.phone,
        email=values.email,
    )


site.provide(_facts)
