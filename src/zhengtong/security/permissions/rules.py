"""How far a role at a post reaches, as plain values: which part of the tree, up to which level, for which purposes."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhengtong.kernel.actors import Actor, PostRef
from zhengtong.kernel.texts import Texts


class Secrecy(enum.IntEnum):
    """How secret a thing is; who reads it needs a clearance as high (no read up: GB/T 22239, level 3, 安全标记).

    The last two are state secrets (保守国家秘密法); 绝密 (top secret) is held by no node at all.
    """

    OPEN = 0  # 公开
    INTERNAL = 1  # 内部
    SENSITIVE = 2  # 敏感
    CONFIDENTIAL = 3  # 秘密
    SECRET = 4  # 机密

    @property
    def key(self) -> str:
        """As service packages and commands write it."""
        return self.name.lower()

    @property
    def label(self) -> Texts:
        return _SECRECY[self]

    @classmethod
    def named(cls, key: str) -> Secrecy:
        """Raises ValueError naming the levels there are."""
        found = next((level for level in cls if level.key == key), None)
        if found is None:
            raise ValueError(f"{key!r}: one of {', '.join(level.key for level in cls)}")
        return found


_SECRECY: Final[Mapping[Secrecy, Texts]] = {
    Secrecy.OPEN: {"zh": "公开", "en": "Open"},
    Secrecy.INTERNAL: {"zh": "内部", "en": "Internal"},
    Secrecy.SENSITIVE: {"zh": "敏感", "en": "Sensitive"},
    Secrecy.CONFIDENTIAL: {"zh": "秘密", "en": "Confidential (state secret)"},
    Secrecy.SECRET: {"zh": "机密", "en": "Secret (state secret)"},
}
_HIGHEST = {"e": Secrecy.SENSITIVE, "i": Secrecy.SECRET}


def highest_held(zone: str) -> Secrecy:
    """The highest level a node of the zone (`e` extranet, `i` intranet) holds. State secrets stay off a public net."""
    return _HIGHEST.get(zone, Secrecy.SENSITIVE)


# Purposes: what a state organ does within its statutory duty (个人信息保护法 34)
PURPOSES: Final[Mapping[str, Texts]] = {
    "case-handling": {"zh": "办理本办件", "en": "Handling this case"},
    "verification": {"zh": "核对身份或登记信息", "en": "Checking an identity or a registered fact"},
    "relief": {"zh": "行政复议、诉讼或投诉处理", "en": "Review, litigation or a complaint"},
    "supervision": {"zh": "监督检查", "en": "Supervision"},
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One rule in words, and what would help whom it refuses."""

    label: Texts
    remedy: Texts


def is_client_with(actor: Actor, scope: str) -> bool:
    """A registered system whose token carries the scope."""
    return actor.is_client and scope in actor.scopes


def client_with(scope: str) -> Sentence:
    """What `is_client_with` asks, in words."""
    return Sentence(
        {"zh": f"须由已登记且申明了范围 {scope} 的系统调用", "en": f"A registered system with the scope {scope}"},
        {
            "zh": f"请在取令牌时申请范围 {scope}；未登记的，请联系本节点管理员。",
            "en": f"Ask for the scope {scope} with the token; if it is not registered, ask the node's administrator.",
        },
    )


class Extent(enum.StrEnum):
    """Which part of the tree of divisions a role reaches, from the post it is bound to."""

    ORGANISATION = "organisation"  # what lies with the post's own organisation
    DIVISION = "division"  # every organisation of the post's own division, nothing below it
    SUBTREE = "subtree"  # the post's own division and all below it

    @property
    def label(self) -> Texts:
        return _EXTENTS[self]


_EXTENTS: Final[Mapping[Extent, Texts]] = {
    Extent.ORGANISATION: {"zh": "本部门", "en": "Own organisation"},
    Extent.DIVISION: {"zh": "本级行政区划", "en": "Own division"},
    Extent.SUBTREE: {"zh": "本级及下级行政区划", "en": "Own division and all below it"},
}
_WIDER = tuple(Extent)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a role at a post reaches. `purposes`: keys of purposes; None where the policy alone says which."""

    extent: Extent = Extent.ORGANISATION
    clearance: Secrecy = Secrecy.INTERNAL
    purposes: frozenset[str] | None = None

    def meet(self, other: Reach) -> Reach:
        """What both reach."""
        return Reach(
            min(self.extent, other.extent, key=_WIDER.index),
            min(self.clearance, other.clearance),
            _common(self.purposes, other.purposes),
        )

    def admits(self, purpose: str) -> bool:
        """Whether the role may be used for the purpose, as far as its binding goes."""
        return self.purposes is None or purpose in self.purposes

    def as_detail(self) -> dict[str, str | list[str]]:
        """For the log."""
        named = {} if self.purposes is None else {"purposes": sorted(self.purposes)}
        return {"extent": self.extent.value, "clearance": self.clearance.key, **named}


NO_LIMIT = Reach(Extent.SUBTREE, max(Secrecy))


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Without a limit (None) on one side, the other's; two limits that have nothing in common leave nothing."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


@dataclass(frozen=True, slots=True)
class Grant(PostRef):
    """A post as the bearer of one permission (`action`), with the reach of the role that brings it."""

    reach: Reach = Reach()
    action: str = ""


def grant(post: PostRef, reach: Reach, action: str = "") -> Grant:
    return Grant(post.uuid, post.organisation_uuid, post.division_path, post.title, post.is_head, reach, action)


def reach_of(post: PostRef) -> Reach:
    """A post about which no permission was asked reaches no further than an official's own organisation."""
    return post.reach if isinstance(post, Grant) else Reach()


def covers(division_path: str, path: str, extent: Extent) -> bool:
    """Whether a post of the division, with that extent, reaches a thing of the division at `path`."""
    if not division_path or extent is Extent.ORGANISATION:
        return False
    return path == division_path or (extent is Extent.SUBTREE and path.startswith(f"{division_path}/"))
