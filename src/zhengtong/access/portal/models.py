"""Pages of the editor (Wagtail): the home page, notices, and what the footer must say. Both languages on one page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page

from zhengtong.kernel.design.icons import ICONS

_TEXT = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "hr"]
_LINK = RegexValidator(r"^(/|https://)\S*$", _("请填写以 / 或 https:// 开头的地址。"))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",") if word.strip()]


class HomePage(Page):
    """The city's front door."""

    headline = models.CharField(_("大标题（中文）"), max_length=60)
    headline_en = models.CharField(_("大标题（英文）"), max_length=120)
    strapline = models.CharField(_("副标题（中文）"), max_length=120, blank=True)
    strapline_en = models.CharField(_("副标题（英文）"), max_length=240, blank=True)
    hot_words = models.CharField(_("热词（中文，用逗号分开）"), max_length=200, blank=True)
    hot_words_en = models.CharField(_("热词（英文，用逗号分开）"), max_length=200, blank=True)
    featured_service = models.CharField(_("首页推荐的事项"), max_length=80, blank=True, help_text=_("事项的 key"))

    max_count = 1
    private_page_options: ClassVar[list[str]] = []
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["access_portal.NoticeIndexPage"]
    template = "portal/home.html"
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("headline"), FieldPanel("headline_en")]),
                FieldRowPanel([FieldPanel("strapline"), FieldPanel("strapline_en")]),
                FieldRowPanel([FieldPanel("hot_words"), FieldPanel("hot_words_en")]),
                FieldPanel("featured_service"),
            ],
            heading=_("首屏"),
        ),
        InlinePanel("quick_links", label=_("快捷入口")),
    ]

    class Meta:
        verbose_name = _("首页")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from .home import home_context

        return {**super().get_context(request, *args, **kwargs), **home_context(self)}

    @property
    def headline_map(self) -> dict[str, str]:
        return {"zh": self.headline, "en": self.headline_en}

    @property
    def strapline_map(self) -> dict[str, str]:
        return {"zh": self.strapline, "en": self.strapline_en}

    def words_for(self, lang: str) -> list[str]:
        return _words(self.hot_words_en if lang == "en" else self.hot_words)


class QuickLink(Orderable):
    """One of the links beside the notices."""

    page = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="quick_links")
    title = models.CharField(_("名称（中文）"), max_length=30)
    title_en = models.CharField(_("名称（英文）"), max_length=60)
    url = models.CharField(_("地址"), max_length=300, validators=[_LINK])
    icon = models.CharField(_("图标"), max_length=30, choices=[(name, name) for name in sorted(ICONS)], default="link")

    class Meta(Orderable.Meta):
        verbose_name = _("快捷入口")

    def __str__(self) -> str:
        return self.title

    @property
    def title_map(self) -> dict[str, str]:
        return {"zh": self.title, "en": self.title_en}


class NoticeIndexPage(Page):
    """通知公告: the list of notices, the newest first."""

    title_en = models.CharField(_("标题（英文）"), max_length=200)
    max_count = 1
    private_page_options: ClassVar[list[str]] = []
    parent_page_types: ClassVar[list[str]] = ["access_portal.HomePage"]
    subpage_types: ClassVar[list[str]] = ["access_portal.NoticePage"]
    template = "portal/notice_index.html"
    content_panels = [*Page.content_panels, FieldPanel("title_en")]

    class Meta:
        verbose_name = _("通知公告列表")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from .notices import notices_context

        return {**super().get_context(request, *args, **kwargs), **notices_context(self, request.GET)}

    @property
    def title_map(self) -> dict[str, str]:
        return {"zh": self.title, "en": self.title_en}


class NoticePage(Page):
    """One notice, with the record head of a government site."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("通知公告")
        POLICY = "policy", _("政策文件")
        EXPLANATION = "explanation", _("政策解读")

    title_en = models.CharField(_("标题（英文）"), max_length=200, blank=True)
    kind = models.CharField(_("栏目"), max_length=12, choices=Kind, default=Kind.NOTICE)
    date = models.DateField(_("发布日期"), default=timezone.localdate)
    source = models.CharField(_("来源"), max_length=60, blank=True)
    source_en = models.CharField(_("来源（英文）"), max_length=120, blank=True)
    document_number = models.CharField(_("发文字号"), max_length=60, blank=True)
    body = RichTextField(_("正文（中文）"), features=_TEXT)
    body_en = RichTextField(_("正文（英文）"), features=_TEXT, blank=True)
    is_demonstration = models.BooleanField(_("演示内容"), default=False, help_text=_("会在标题下注明“演示内容”"))

    parent_page_types: ClassVar[list[str]] = ["access_portal.NoticeIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    private_page_options: ClassVar[list[str]] = []
    template = "portal/notice.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("title_en"),
        FieldRowPanel([FieldPanel("kind"), FieldPanel("date")]),
        FieldRowPanel([FieldPanel("source"), FieldPanel("source_en"), FieldPanel("document_number")]),
        FieldPanel("body"),
        FieldPanel("body_en"),
        FieldPanel("is_demonstration"),
    ]

    class Meta:
        verbose_name = _("通知公告")
        indexes = [models.Index(fields=["-date", "-page_ptr"], name="notice_newest")]

    @property
    def title_map(self) -> dict[str, str]:
        return {"zh": self.title, "en": self.title_en}

    @property
    def body_map(self) -> dict[str, str]:
        return {"zh": self.body, "en": self.body_en}

    @property
    def source_map(self) -> dict[str, str]:
        return {"zh": self.source, "en": self.source_en}


@register_setting(icon="site")
class SiteValues(BaseSiteSetting):
    """Footer duties of a government site (网站底部功能区)."""

    organiser = models.CharField(_("主办单位"), max_length=60, blank=True)
    organiser_en = models.CharField(_("主办单位（英文）"), max_length=120, blank=True)
    operator = models.CharField(_("承办单位"), max_length=60, blank=True)
    operator_en = models.CharField(_("承办单位（英文）"), max_length=120, blank=True)
    site_code = models.CharField(_("网站标识码"), max_length=20, blank=True)
    icp_number = models.CharField(_("ICP 备案号"), max_length=60, blank=True)
    police_number = models.CharField(_("公安备案号"), max_length=60, blank=True)
    phone = models.CharField(_("服务热线"), max_length=30, default="12345")
    email = models.EmailField(_("网站找错邮箱"), blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    address_en = models.CharField(_("地址（英文）"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("网站底部信息")

    def __str__(self) -> str:
        return self.organiser
