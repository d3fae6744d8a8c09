"""The people of the demonstration: nobody real. Names say so; numbers belong to the division 999999.

Their one-time-password secrets are derived from the node's own key, so that `zt demo otp` can show a code without
reading the database's secrets; no other account's can be had this way.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengtong.kernel.errors import NotFound, ZhengtongError
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_mobile, synthetic_uscc
from zhengtong.kernel.texts import Texts
from zhengtong.security.crypto import services as crypto

PASSWORD = "Guangan-Demo-2026"  # noqa: S105  (printed by `zt up`; only where ZT_DEMO is on)
PERIOD = 30  # seconds
_SPACE = uuid.UUID("5d0f0a4e-0d4c-5b8e-9a39-511602511602")  # of the uuids of demonstration people and entities


class DemoOff(ZhengtongError):
    """Demonstration accounts exist only on a demonstration node."""

    status = 403
    code = "demo-off"
    title = gettext_lazy("本节点不是演示节点")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A resident of the demonstration."""

    username: str
    name: str
    role: Texts
    serial: int
    born: date

    @property
    def uuid(self) -> uuid.UUID:
        return uuid.uuid5(_SPACE, self.username)

    @property
    def id_number(self) -> str:
        return synthetic_id_number(self.serial, born=self.born)

    @property
    def phone(self) -> str:
        return synthetic_mobile(self.serial)

    @property
    def email(self) -> str:
        return f"{self.username}@example.invalid"


@dataclass(frozen=True, slots=True)
class DemoOfficial:
    """An official of the demonstration, with one post."""

    username: str
    name: str
    organisation_key: str
    title: Texts
    roles: tuple[str, ...]
    is_head: bool = False

    @property
    def role(self) -> Texts:
        return self.title


RESIDENTS = (
    DemoPerson(
        "chen", "陈晓（演示）",
        {"zh": "个人；好味来餐饮法定代表人", "en": "Resident; legal representative of Haoweilai Catering (demo)"},
        2, date(1985, 6, 15),
    ),
    DemoPerson(
        "agent", "李想（演示）",
        {"zh": "个人；好味来餐饮代理人", "en": "Resident; agent of Haoweilai Catering (demo)"},
        13, date(1992, 3, 8),
    ),
    DemoPerson("wang", "王芳（演示）", {"zh": "个人", "en": "Resident"}, 24, date(1998, 11, 2)),
)  # fmt: skip

_CLERK: Texts = {"zh": "综合窗口", "en": "Integrated window"}
_WINDOW_AND_REVIEW: Texts = {"zh": "窗口与审查", "en": "Window and review"}
_LEAD: Texts = {"zh": "分管负责人", "en": "Head in charge"}
OFFICIALS = (
    DemoOfficial("window", "周敏（演示）", "market-regulation", _CLERK, ("window_clerk",)),
    DemoOfficial(
        "food", "吴刚（演示）", "market-regulation", {"zh": "食品经营审查", "en": "Food safety review"}, ("reviewer",)
    ),
    DemoOfficial(
        "food2", "郑洁（演示）", "market-regulation",
        {"zh": "食品现场核查", "en": "Food site inspection"}, ("reviewer",),
    ),
    DemoOfficial("fire", "冯涛（演示）", "fire-rescue", {"zh": "消防审查", "en": "Fire safety review"}, ("reviewer",)),
    DemoOfficial("drainage", "蒋磊（演示）", "housing", {"zh": "排水审查", "en": "Drainage review"}, ("reviewer",)),
    DemoOfficial(
        "signboard", "沈静（演示）", "urban-management", {"zh": "户外招牌审查", "en": "Signboard review"}, ("reviewer",)
    ),
    DemoOfficial("lead", "韩梅（演示）", "market-regulation", _LEAD, ("decider",), is_head=True),
    DemoOfficial("minzheng", "杨帆（演示）", "civil-affairs", _WINDOW_AND_REVIEW, ("window_clerk", "reviewer")),
    DemoOfficial("minzheng-lead", "朱琳（演示）", "civil-affairs", _LEAD, ("decider",), is_head=True),
    DemoOfficial("renshe", "秦朗（演示）", "human-resources", _WINDOW_AND_REVIEW, ("window_clerk", "reviewer")),
    DemoOfficial("renshe-lead", "许诺（演示）", "human-resources", _LEAD, ("decider",), is_head=True),
    DemoOfficial(
        "supervisor", "方正（演示）", "government-office",
        {"zh": "效能监督", "en": "Supervision of cases"}, ("supervisor",),
    ),
    DemoOfficial("auditor", "何平（演示）", "government-office", {"zh": "审计", "en": "Audit"}, ("auditor",)),
    DemoOfficial(
        "security", "孔宁（演示）", "government-office",
        {"zh": "安全管理", "en": "Security management"}, ("security_officer",),
    ),
    DemoOfficial(
        "editor", "吕文（演示）", "administrative-approval", {"zh": "事项与网站编辑", "en": "Services and site editor"},
        ("service_editor", "site_editor"),
    ),
    DemoOfficial(
        "admin", "施展（演示）", "government-office",
        {"zh": "系统管理", "en": "System administration"}, ("administrator",),
    ),
)  # fmt: skip

COMPANY_NAME = "广安区好味来餐饮有限公司（演示）"
COMPANY_NAME_EN = "Haoweilai Catering (demo)"
COMPANY_USCC = synthetic_uscc(20260001)
COMPANY_UUID = uuid.uuid5(_SPACE, "haoweilai")
AGENT_SCOPE = ("open-restaurant",)


def demo_residents() -> tuple[DemoPerson, ...]:
    """The residents, for whoever keeps registers of people."""
    return RESIDENTS


def require_demo() -> None:
    """Raises DemoOff where ZT_DEMO is off."""
    if not settings.ZT_DEMO:
        raise DemoOff(
            _("演示账号只能在演示节点上使用。"), remedy=_("如确为演示环境，请设置环境变量 ZT_DEMO=1 后重试。")
        )


def totp_secret(username: str) -> str:
    """The base32 secret of a demonstration official."""
    digest = crypto.mac(username.encode(), "identity.demo.totp")
    return base64.b32encode(digest[:20]).decode()


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account to try the demonstration with. `otp_secret` is empty for residents."""

    username: str
    password: str
    name: str
    role: Texts
    organisation_key: str = ""
    otp_secret: str = ""


def demo_accounts() -> list[DemoAccount]:
    """Every demonstration account, with password and one-time-password secret. Raises DemoOff."""
    require_demo()
    residents = [DemoAccount(p.username, PASSWORD, p.name, p.role) for p in RESIDENTS]
    return residents + [
        DemoAccount(o.username, PASSWORD, o.name, o.role, o.organisation_key, totp_secret(o.username))
        for o in OFFICIALS
    ]


def demo_otp(username: str, at: datetime) -> str:
    """The six digits valid at that moment. Raises DemoOff, NotFound (no demonstration official of that name)."""
    require_demo()
    if username not in {official.username for official in OFFICIALS}:
        names = "、".join(official.username for official in OFFICIALS)
        raise NotFound(_("没有演示工作人员“%s”。") % username, remedy=_("可用账号：%s。居民账号无需动态口令。") % names)
    return format_hotp_value(hotp_value(totp_secret(username), int(at.timestamp()) // PERIOD))
