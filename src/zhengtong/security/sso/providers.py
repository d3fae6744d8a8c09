"""The socket of sso: scopes that a registered system may ask for, brought by the rooms that serve them."""

from __future__ import annotations

from dataclasses import dataclass

from zhengtong.kernel.registry import Registry
from zhengtong.kernel.texts import Texts

from . import rules


@dataclass(frozen=True, slots=True)
class Scope:
    """What a scope lets its holder learn or do. `is_personal`: asked for in a sign-in, and agreed to by the person."""

    label: Texts
    is_personal: bool = False


SCOPES: Registry[Scope] = Registry("scope")
for _key, _zh, _en in (
    (rules.OPENID, "您已登录，以及一个只供该系统识别您的代号、实名等级和登录方式",
     "that you signed in, a code by which only this system knows you, your real-name level and how you signed in"),
    (rules.PROFILE, "您的姓名", "your name"),
    (rules.CAPACITY, "您以什么身份办理：个人，替谁或者代表哪个单位，在哪个部门任职",
     "in which capacity you act: for yourself, for which person or entity, or for which authority"),
    (rules.ID_NUMBER, "您的身份证号，替他人办理的还有其身份证号（每次查看都会记入“谁看过我的数据”）",
     "your identity number, and that of whom you act for (each time it is read, this stands under “Who read my data”)"),
    (rules.OFFLINE, "在您登录后的 12 小时内无需您再次确认",
     "all this for twelve hours after you sign in, without asking you again"),
):  # fmt: skip
    SCOPES.register(_key, Scope({"zh": _zh, "en": _en}, is_personal=True))
