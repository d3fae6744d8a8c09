"""The socket of the rooms: declare policies, roles, and the routes that belong to third parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.texts import Texts

from . import leaves as _l
from . import reaching as _r
from .asking import purpose_of
from .declared import POLICIES, PREFIXES, ROLES, Policy, Prefix, RoleDef, Roles
from .predicates import All, Judgement, Predicate, Restriction, RuleAnswer
from .purposes import PURPOSES
from .rules import Extent, Reach, Secrecy, client_with, highest_held, is_client_with
from .separations import SEPARATIONS, Incompatible, Separation

__all__ = [
    "POLICIES",
    "PREFIXES",
    "PURPOSES",
    "ROLES",
    "SEPARATIONS",
    "Extent",
    "Incompatible",
    "Judgement",
    "Policy",
    "Predicate",
    "Prefix",
    "Reach",
    "Restriction",
    "RoleDef",
    "Roles",
    "RuleAnswer",
    "Secrecy",
    "Separation",
    "highest_held",
    "purpose_of",
]


Holders = Callable[[UUID, datetime], list[frozenset[UUID]]]
holders: Holders = lambda _post, _at: []  # noqa: E731  (until the directory has plugged in)


def know_holders(answer: Holders) -> None:
    """Plug in who can tell, for a post and a moment, all the posts of each of its holders."""
    global holders  # noqa: PLW0603  (one plug in one socket)
    holders = answer


PostsOfAccount = Callable[[UUID, datetime], tuple[str, tuple[PostRef, ...]]]
posts_of_account: PostsOfAccount = lambda _account, _at: ("", ())  # noqa: E731  (until the directory has plugged in)


def know_posts(answer: PostsOfAccount) -> None:
    """Plug in who can tell, for an account and a moment, the holder's name and posts."""
    global posts_of_account  # noqa: PLW0603  (one plug in one socket)
    posts_of_account = answer


def register(policy: Policy) -> Policy:
    """Declare a policy. Each action has one."""
    for role in policy.roles:
        ROLES.grant(role, policy.action)
    return POLICIES.register(policy.action, policy)


_NOBODY: Texts = {"zh": "请换用具有相应身份的账号办理。", "en": "Use an account with the right capacity."}

authenticated: Predicate = _l.OfActor(
    {"zh": "须先登录", "en": "You must be signed in"},
    {"zh": "请登录后再试。", "en": "Sign in and try again."},
    lambda actor: actor.is_authenticated and not actor.is_client,  # a system is told by its scopes what it may do
)
official: Predicate = _l.OfActor(
    {
        "zh": "须以工作人员身份登录，并通过动态口令或通行密钥验证",
        "en": "You must act as an official, signed in with a one-time code or a passkey",
    },
    {
        "zh": "请以工作人员账号登录；尚未设置动态口令或通行密钥的，请先在“账号安全”中设置。",
        "en": "Sign in with an official account; set up one-time codes or a passkey under “Account security” first.",
    },
    _l.is_official,
    lambda actor: actor.is_official,
)
applicant: Predicate = _l.OfActor(
    {
        "zh": "须以办事人身份（个人、法定代表人或代理人）办理",
        "en": "You must act as an applicant (resident, representative or agent)",
    },
    {
        "zh": "请登录个人账号，或在页面上方切换办事身份。",
        "en": "Sign in as a resident, or change your capacity at the top of the page.",
    },
    lambda actor: actor.is_applicant,
    lambda actor: actor.is_applicant,
)
system: Predicate = _l.OfActor(
    {"zh": "由系统自动执行", "en": "Done by the system itself"},
    _NOBODY,
    lambda actor: actor.capacity is Capacity.SYSTEM,
    lambda actor: actor.capacity is Capacity.SYSTEM,
)


def client(scope: str) -> Predicate:
    """A registered system whose token carries the scope."""
    said = client_with(scope)
    return _l.OfActor(
        said.label, said.remedy, lambda actor: is_client_with(actor, scope), lambda actor: actor.is_client
    )


def clients_organisation(path: str) -> Predicate:
    """The object lies with the organisation that runs the registered system (a uuid at `path`)."""
    return _l.ClientsOrganisation(
        path,
        {"zh": "只能读取本系统所属部门的数据", "en": "A system reads only what its own organisation holds"},
        {"zh": "请由该数据所属部门的系统调用。", "en": "Let a system of that authority call."},
    )


def party_of(path: str) -> Predicate:
    """The object's party (a URN at `path`) is the one for whom the applicant acts."""
    return _l.PartyOf(
        path,
        {
            "zh": "只能由申请人本人、其法定代表人或代理人办理",
            "en": "Only the applicant, its legal representative or its agent may do this",
        },
        {
            "zh": "如为单位办理，请在页面上方切换到该单位的身份。",
            "en": "If you act for a company, change to that capacity at the top of the page.",
        },
    )


def in_scope_of_agency(path: str) -> Predicate:
    """An agent's power of agency covers the service (a key at `path`). True for those who act for themselves."""
    return _l.InScopeOfAgency(
        path,
        {"zh": "代理人只能办理授权范围内的事项", "en": "An agent may act only on the services of the power of agency"},
        {
            "zh": "请被代理单位的法定代表人在“我的授权与代理”中扩大授权。",
            "en": "Ask the legal representative to widen the power under “My agencies”.",
        },
    )


def has_permission(action: str) -> Predicate:
    """A post of the official holds a role carrying it. Within an `&` the other parts then speak of that post."""
    return _l.HasPermission(action)


def own_organisation(path: str) -> Predicate:
    """The object lies with the official's own organisation (a uuid at `path`)."""
    return _l.OwnOrganisation(
        path,
        {"zh": "只能办理本部门的件", "en": "You may act only on matters of your own organisation"},
        {
            "zh": "该件由其他部门办理；如有误，请由承办部门转办。",
            "en": "It lies with another authority; if that is wrong, let that authority transfer it.",
        },
    )


def in_division(path: str, organisation: str = "") -> Predicate:
    """The object's division (a path such as `51/5116/511602` at `path`) lies where the role at the post reaches.

    How far that is, says the role's binding (`Reach.extent`): the subtree of the post's division, the division alone,
    or only its own organisation; of that, a uuid at `organisation` must be told, else it is refused. Stands in one `&`
    with `has_permission`, whose post it then means.
    """
    return _r.InDivision(
        path,
        organisation,
        {
            "zh": "须在所任岗位角色的管辖范围（本部门、本级或本级及下级行政区划）之内",
            "en": "It must lie where the role at your post reaches (own organisation, own division, or all below it)",
        },
        {
            "zh": "请由管辖该行政区划的部门办理；确需扩大范围的，请系统管理员调整岗位角色的范围。",
            "en": "Let an authority of that division act; if your post should reach further, ask the administrator.",
        },
    )


def within_clearance(path: str) -> Predicate:
    """The object's level of secrecy (a `Secrecy`, or its number, at `path`) is within the clearance of the role.

    Without a level it is refused. Stands in one `&` with `has_permission`, whose post it then means.
    """
    return _r.WithinClearance(
        path,
        {
            "zh": "信息的密级（公开、内部、敏感……）不得高于岗位角色的知悉级别",
            "en": "The level of secrecy must not be higher than the clearance of the role at your post",
        },
        {
            "zh": "请由具有相应知悉级别的工作人员办理；因工作需要的，请系统管理员调整。",
            "en": "Let an official cleared for that level act; if your work needs it, ask the administrator.",
        },
    )


def for_purpose(*purposes: str) -> Predicate:
    """The purpose named with the question (`require(…, purpose=…)`) is one of these keys of PURPOSES.

    Where the role's binding is limited to purposes, it must be one of those too. Without a purpose it is refused.
    Raises LookupError for a key that nobody declared.
    """
    for purpose in purposes:
        PURPOSES.get(purpose)
    return _r.ForPurpose(purposes)


def kept_apart(action: str) -> Predicate:
    """The hand that acts did none of the earlier acts that SEPARATIONS declares against this one.

    Raises LookupError where no pair is declared: declare it before the policy.
    """
    pairs = [_l.KeptApart(separation) for separation in SEPARATIONS.of(action)]
    if not pairs:
        raise LookupError(f"no separation is declared against {action!r}: SEPARATIONS.register(Separation(…)) first")
    return pairs[0] if len(pairs) == 1 else All(*pairs)


def not_same_hand(path: str) -> Predicate:
    """Four eyes: whoever did the earlier act (an account's URN at `path`) may not do this one."""
    return _l.NotSameHand(
        path,
        {
            "zh": "不得审批本人提交或经办的件（四眼原则）",
            "en": "Nobody approves what he handed in or handled himself (four eyes)",
        },
        {"zh": "请由另一位工作人员办理。", "en": "Let another official do it."},
    )


def custom(
    label: Texts,
    test: Callable[[Actor, Any], Judgement],
    q: Callable[[Actor], Restriction],
    remedy: Texts = _NOBODY,
    *,
    of_post: bool = True,
) -> Predicate:
    """A rule of the room's own. `q` must select exactly the objects for which `test` is True: a test compares them.

    `of_post`: whether it looks at the actor's posts; a rule that looks at the hand only says False and is asked once.
    """
    return _l.Custom(label, test, q, remedy, of_post)
