"""Who may act for whom, and who may say so."""

from uuid import UUID

from django.db.models import Q

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.limits.providers import limit_prefix
from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    PREFIXES,
    SEPARATIONS,
    Policy,
    Prefix,
    Separation,
    applicant,
    authenticated,
    client,
    custom,
    has_permission,
    kept_apart,
    register,
    system,
)

from .models import Person, Representation


def _is_representative(actor: Actor) -> bool:
    return actor.capacity is Capacity.REPRESENTATIVE


def _may_grant(actor: Actor) -> bool:
    """For a company its legal representative; for oneself whoever has proved the identity (level 2)."""
    return _is_representative(actor) or (
        actor.capacity is Capacity.RESIDENT and bool(actor.party_urn) and actor.assurance >= Person.Assurance.SEEN
    )


principal = custom(
    {
        "zh": "须以法定代表人身份为单位办理，或以核验过身份的个人为本人办理",
        "en": "You must act as the legal representative, or for yourself with a confirmed identity",
    },
    lambda actor, _obj: _may_grant(actor),
    _may_grant,
    {
        "zh": "请在页面上方切换身份；尚未核验身份的，请携带身份证到窗口核验。",
        "en": "Change your capacity at the top of the page; have your identity confirmed at a window.",
    },
)


def _is_party_to_agency(actor: Actor, agency: Representation | None) -> bool | None:
    if not actor.is_applicant:
        return False
    if agency is None:
        return None
    if agency.kind == Representation.Kind.LEGAL_REPRESENTATIVE:
        return False
    if agency.entity_id:
        himself = _is_representative(actor)
    else:  # a ward does not end a guardian's power
        himself = actor.capacity is Capacity.RESIDENT and agency.kind != Representation.Kind.GUARDIAN
    agent = agency.person.account
    return (himself and agency.party.urn == actor.party_urn) or (agent is not None and agent.uuid == actor.account_uuid)


def _hands_of(agency: Representation) -> set[UUID]:
    people = [person for person in (agency.person, agency.principal) if person]
    return {person.account.uuid for person in people if person.account}


def _never_listed(actor: Actor) -> bool:  # noqa: ARG001
    return False


party_to_agency = custom(
    {
        "zh": "只能由被代理单位的法定代表人、被代理的个人或代理人本人办理",
        "en": "Only the legal representative, the person acted for, or the agent may do this",
    },
    _is_party_to_agency,
    _never_listed,  # a list of agencies is asked for by its parties (queries.list_agencies_…), never filtered
)

not_a_party = custom(
    {"zh": "不得核对本人参与的关系", "en": "Nobody confirms a relation he is part of"},
    lambda actor, agency: agency is None or actor.account_uuid not in _hands_of(agency),
    lambda actor: (
        ~(
            Q(person__account__uuid=actor.account_uuid, person__account__isnull=False)
            | Q(principal__account__uuid=actor.account_uuid, principal__account__isnull=False)
        )
    ),
    {"zh": "请由另一位工作人员办理。", "en": "Let another official do it."},
)

own_data = custom(
    {
        "zh": "只能查看本人的信息，或您现在代为办理的人的信息",
        "en": "You may read only your own data, or those of the person for whom you now act",
    },
    lambda actor, person: (
        None if person is None and actor.party_urn else bool(person) and person.urn == actor.party_urn
    ),
    _never_listed,
)

own_account = custom(
    {"zh": "本人为自己的账号登记", "en": "One enters oneself for one's own account"},
    lambda actor, account: actor.is_authenticated and (account.urn == actor.urn if account else None),
    _never_listed,
)

not_oneself = custom(
    {"zh": "不得核验或更改本人的身份", "en": "Nobody confirms or changes his own identity"},
    lambda actor, person: person is None or person.account is None or person.account.urn != actor.urn,
    lambda actor: Q(account=None) | ~Q(account__uuid=actor.account_uuid),
    {"zh": "请由另一位工作人员办理。", "en": "Let another official do it."},
)

not_ones_own = custom(
    {"zh": "不得为本人的账号申请恢复", "en": "Nobody asks for a recovery of his own account"},
    lambda actor, account: None if account is None else account.urn != actor.urn,
    lambda actor: ~Q(uuid=actor.account_uuid),
    {"zh": "请由另一位工作人员办理。", "en": "Let another official do it."},
)

_SELF = {"zh": "本人不得核验、批准与本人有关的事项（回避）", "en": "Nobody acts on what concerns himself"}
_TWO = {
    "zh": "重要操作由两人完成（GB/T 22239—2019 第三级，身份鉴别与访问控制）",
    "en": "Two people for what is critical (GB/T 22239-2019, level 3)",
}
for separation in (
    Separation(
        "identity.own_identity", not_oneself.label, "",
        ("identity.person.confirm", "identity.person.lower", "identity.verification.request"),
        "account__urn", _SELF, not_oneself,
    ),
    Separation(
        "identity.own_agency", not_a_party.label, "", ("identity.agency.confirm",), "person__account__urn", _SELF,
        not_a_party,
    ),
    Separation(
        "identity.own_recovery", not_ones_own.label, "", ("identity.recovery.request",), "urn", _SELF, not_ones_own
    ),
    Separation(
        "identity.verification_holder",
        {"zh": "不得复核本人的身份", "en": "Nobody confirms his own identity"},
        "", ("identity.verification.decide",), "holder_urn", _SELF,
    ),
    Separation(
        "identity.verification_asker",
        {
            "zh": "三级核验由两人完成：第一人不得复核（四眼原则）",
            "en": "Two people verify to level 3: the first does not confirm it (four eyes)",
        },
        "identity.verification.request", ("identity.verification.decide",), "requested_by_urn", _TWO,
    ),
    Separation(
        "identity.recovery_holder",
        {"zh": "不得批准恢复本人的账号", "en": "Nobody approves that his own account be recovered"},
        "",
        ("identity.recovery.decide",),
        "holder_urn",
        _SELF,
    ),
    Separation(
        "identity.recovery_asker",
        {
            "zh": "不得批准本人提出的账号恢复申请（四眼原则）",
            "en": "Nobody approves a recovery that he asked for himself (four eyes)",
        },
        "identity.recovery.request",
        ("identity.recovery.decide",),
        "requested_by_urn",
        _TWO,
    ),
):  # fmt: skip
    SEPARATIONS.register(separation)

who_asked = custom(
    {"zh": "只能由提出申请的工作人员办理", "en": "Only the official who asked does this"},
    lambda actor, recovery: None if recovery is None else recovery.requested_by_urn == actor.urn,
    lambda actor: Q(requested_by_urn=actor.urn),
)

who_asked_or_holder = custom(
    {"zh": "只能由提出申请的工作人员或账号本人撤回", "en": "Only the official who asked, or the holder, takes it back"},
    lambda actor, recovery: None if recovery is None else actor.urn in (recovery.requested_by_urn, recovery.holder_urn),
    lambda actor: Q(requested_by_urn=actor.urn) | Q(holder_urn=actor.urn),
)

for policy in (
    Policy("identity.account.manage", {"zh": "管理本人账号", "en": "Look after one's own account"}, authenticated),
    Policy("identity.capacity.switch", {"zh": "切换办事身份", "en": "Change capacity"}, authenticated),
    Policy("identity.agency.list", {"zh": "查看授权与代理", "en": "See powers of agency"}, applicant),
    Policy("identity.agency.grant", {"zh": "授权代理人", "en": "Grant a power of agency"}, principal),
    Policy(
        "identity.agency.revoke",
        {"zh": "撤销代理授权", "en": "Revoke a power of agency"},
        party_to_agency,
        about=("identity.representation",),
    ),
    Policy(
        "identity.agency.confirm",
        {"zh": "当面核对监护或委托关系", "en": "Confirm at a window who acts for whom"},
        has_permission("identity.agency.confirm") & kept_apart("identity.agency.confirm"),
        roles=("window_clerk",),
        about=("identity.representation",),
    ),
    Policy(
        "identity.person.create",
        {"zh": "登记自然人", "en": "Enter a person"},
        system | own_account | has_permission("identity.person.create"),
        roles=("window_clerk", "administrator"),
        about=("identity.account",),
    ),
    Policy(
        "identity.person.confirm",
        {"zh": "当面核验身份", "en": "Confirm an identity against the document"},
        has_permission("identity.person.confirm") & kept_apart("identity.person.confirm"),
        roles=("window_clerk",),
    ),
    Policy(
        "identity.person.lower",
        {"zh": "收回实名等级", "en": "Take a real-name level back"},
        has_permission("identity.person.lower") & kept_apart("identity.person.lower"),
        roles=("decider", "administrator"),
    ),
    Policy(
        "identity.verification.list",
        {"zh": "查看三级核验", "en": "See verifications to level 3"},
        has_permission("identity.verification.request")
        | has_permission("identity.verification.decide")
        | has_permission("identity.person.lower"),
    ),
    Policy(
        "identity.verification.request",
        {"zh": "比对本人与证件（三级核验第一人）", "en": "Compare face and document (first of two)"},
        has_permission("identity.verification.request") & kept_apart("identity.verification.request"),
        roles=("window_clerk",),
        about=("identity.person",),
    ),
    Policy(
        "identity.verification.decide",
        {"zh": "复核本人与证件（三级核验第二人）", "en": "Compare face and document (second of two)"},
        has_permission("identity.verification.decide") & kept_apart("identity.verification.decide"),
        roles=("window_clerk", "decider"),
        about=("identity.verification",),
    ),
    Policy(
        "identity.verification.withdraw",
        {"zh": "撤回三级核验", "en": "Take a verification back"},
        has_permission("identity.verification.request") & who_asked,
        about=("identity.verification",),
    ),
    Policy(
        "identity.entity.recognise",
        {"zh": "确认法人及其法定代表人", "en": "Recognise a legal entity and its representative"},
        system | has_permission("identity.entity.recognise"),
        roles=("window_clerk", "administrator"),
    ),
    Policy(
        "identity.official.create",
        {"zh": "开设工作人员账号", "en": "Open an official's account"},
        system | has_permission("identity.official.create"),
        roles=("administrator",),
    ),
    Policy(
        "identity.account.administer",
        {
            "zh": "管理他人账号：重设密码与第二重验证、锁定、解锁",
            "en": "Look after others' accounts: reset, lock, unlock",
        },
        system | has_permission("identity.account.administer"),
        roles=("administrator",),
    ),
    Policy(
        "identity.recovery.list",
        {"zh": "查看账号恢复申请", "en": "See requests of recovery"},
        has_permission("identity.recovery.request") | has_permission("identity.recovery.decide"),
    ),
    Policy(
        "identity.recovery.request",
        {"zh": "申请恢复账号", "en": "Ask that an account be recovered"},
        has_permission("identity.recovery.request") & kept_apart("identity.recovery.request"),
        roles=("window_clerk", "administrator"),
        about=("identity.account",),
    ),
    Policy(
        "identity.recovery.decide",
        {"zh": "批准恢复账号", "en": "Approve that an account be recovered"},
        has_permission("identity.recovery.decide") & kept_apart("identity.recovery.decide"),
        roles=("decider", "administrator"),
        about=("identity.recovery",),
    ),
    Policy(
        "identity.recovery.issue",
        {"zh": "打印账号恢复单", "en": "Print the slip of a recovery"},
        has_permission("identity.recovery.request") & who_asked,
        about=("identity.recovery",),
    ),
    Policy(
        "identity.recovery.withdraw",
        {"zh": "撤回账号恢复申请", "en": "Take a request of recovery back"},
        authenticated & who_asked_or_holder,
        about=("identity.recovery",),
    ),
    Policy(
        "identity.person.reveal",
        {"zh": "查看未脱敏的个人信息", "en": "Read personal data unmasked"},
        # an official sees what a case holds: cases.case.reveal; a system what it was granted and the person agreed to
        system | own_data | client("id_number"),
    ),
):
    register(policy)

for action, zh, en in (
    ("identity.session.opened", "登录", "Signed in"),
    ("identity.session.refused", "登录失败", "Sign-in failed"),
    ("identity.code.refused", "动态口令或备用码不正确", "Wrong one-time or backup code"),
    ("identity.session.locked_out", "登录被锁定", "Sign-in locked out"),
    ("identity.session.closed", "退出登录", "Signed out"),
    ("identity.session.ended", "结束了其他设备的登录", "Another session ended"),
    ("identity.password.changed", "修改了密码", "Password changed"),
    ("identity.password.reset", "重设了密码（开具设置链接）", "Password reset: a link was given"),
    ("identity.second_factor.reset", "重置了第二重验证", "Second factor reset"),
    ("identity.account.locked", "锁定了账号", "Account locked"),
    ("identity.account.unlocked", "解锁了账号", "Account unlocked"),
    ("identity.second_factor.added", "增加了第二重验证方式", "Second factor added"),
    ("identity.second_factor.removed", "停用了一种第二重验证方式", "Second factor removed"),
    ("identity.capacity.switched", "切换了办事身份", "Capacity changed"),
    ("identity.agency.granted", "授权了代理人", "Power of agency granted"),
    ("identity.agency.confirmed", "当面核对了监护或委托关系", "Relation of care confirmed at a window"),
    ("identity.agency.ended", "在窗口解除了监护或委托关系", "Relation of care ended at a window"),
    ("identity.agency.revoked", "撤销了代理授权", "Power of agency revoked"),
    ("identity.person.created", "登记了自然人", "Person entered"),
    ("identity.person.confirmed", "当面核验了身份证件", "Identity confirmed against the document"),
    ("identity.person.lowered", "收回了实名等级", "Real-name level taken back"),
    ("identity.person.vouched", "由上级平台确认为三级", "Level 3 by the provider above"),
    ("identity.verification.requested", "比对了本人与证件，待第二人复核", "Face and document compared; a second waits"),
    ("identity.verification.confirmed", "两人比对本人与证件，升为三级", "Face and document compared by two: level 3"),
    ("identity.verification.refused", "复核未通过三级核验", "Verification to level 3 refused"),
    ("identity.verification.withdrawn", "撤回了三级核验", "Verification to level 3 withdrawn"),
    ("identity.recovery.requested", "申请恢复账号", "Recovery of an account requested"),
    ("identity.recovery.approved", "批准恢复账号", "Recovery of an account approved"),
    ("identity.recovery.refused", "不批准恢复账号", "Recovery of an account refused"),
    ("identity.recovery.withdrawn", "撤回账号恢复申请", "Recovery of an account withdrawn"),
    (
        "identity.recovery.issued",
        "打印账号恢复单，原密码和验证方式作废",
        "Slip of a recovery given: account reset",
    ),
    ("identity.recovery.used", "用恢复单设置了新密码", "Slip of a recovery used"),
    ("identity.entity.recognised", "确认了法人", "Legal entity recognised"),
    ("identity.official.created", "开设了工作人员账号", "Official's account opened"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})

PREFIXES.register(
    "/accounts/",
    Prefix(
        {"zh": "登录与账号安全（第三方组件）", "en": "Sign-in and account security (third party)"}, checked_by="allauth"
    ),
)

limit_prefix("/accounts/", read="read", write="sign-in")
