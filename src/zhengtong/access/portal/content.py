"""The first words of a site, in both languages. Editors change them afterwards; nothing here is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

_NOTICES = Path(__file__).parent / "data" / "notices"


def home_texts() -> dict[str, str]:
    zh, en = settings.ZT_NODE_NAME["zh"], settings.ZT_NODE_NAME["en"]
    return {
        "title": f"{zh}政务服务",
        "headline": "办事，从这里开始",
        "headline_en": "Public services start here",
        "strapline": f"{zh}政务服务：查指南、交申请、看进度，一个入口全程在线",
        "strapline_en": f"Public services of {en}: find the guide, apply and follow your case in one place",
        "hot_words": "开办餐饮店，社会保障卡，公租房，施工许可，残疾人证",
        "hot_words_en": "restaurant, 社会保障卡, 公租房, 施工许可",
        "featured_service": "open-restaurant",
    }


def footer_values() -> dict[str, str]:
    if settings.ZT_DEMO:
        return {
            "organiser": "政通开源项目（演示）", "organiser_en": "Zhengtong open source project (demonstration)",
            "site_code": "0000000000",
        }  # fmt: skip
    name = settings.ZT_NODE_NAME
    return {"organiser": f"{name['zh']}人民政府", "organiser_en": f"People's Government of {name['en']}"}


QUICK_LINKS: tuple[dict[str, str], ...] = (
    {"title": "办件进度查询", "title_en": "Case progress", "url": "/progress/", "icon": "history"},
    {"title": "电子证照核验", "title_en": "Check a credential", "url": "/verify/", "icon": "certificate"},
    {"title": "回执核验", "title_en": "Check a receipt", "url": "/receipts/", "icon": "shield"},
    {"title": "只看在线办理", "title_en": "Online services", "url": "/services/?online=1", "icon": "steps"},
)

NOTICES: tuple[dict[str, Any], ...] = (
    {
        "slug": "restaurant-one-thing", "kind": "notice", "days_ago": 2,
        "title": "“开办餐饮店一件事”上线：一张表单，四个部门同时审查",
        "title_en": "“Opening a restaurant” goes live: one form, four authorities at the same time",
    },
    {
        "slug": "query-progress", "kind": "notice", "days_ago": 9,
        "title": "不用登录也能查办件进度", "title_en": "Follow a case without signing in",
    },
    {
        "slug": "credential-verification", "kind": "explanation", "days_ago": 16,
        "title": "怎样核验一张电子证照", "title_en": "How to check an electronic credential",
    },
    {
        "slug": "no-repeated-documents", "kind": "policy", "days_ago": 30,
        "title": "政府已有的信息不再要求申请人提交（摘要）",
        "title_en": "What the government already holds is not asked for again (summary)",
        "document_number": "国务院令第716号",
    },
)  # fmt: skip


def notice_texts(slug: str) -> dict[str, str]:
    """The bodies of a demonstration notice."""
    body, body_en = ((_NOTICES / f"{slug}.{lang}.html").read_text(encoding="utf-8") for lang in ("zh", "en"))
    return {
        "body": body, "body_en": body_en,
        "source": "政通演示站点", "source_en": "Zhengtong demonstration site",
    }  # fmt: skip
