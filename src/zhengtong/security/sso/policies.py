"""Who registers systems, who is signed in at one, and the acts the log knows."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    Policy,
    applicant,
    has_permission,
    official,
    register,
    system,
)

register(
    Policy(
        "sso.system.manage",
        {"zh": "登记、停用接入系统及其密钥", "en": "Register systems and their keys, disable them"},
        system | has_permission("sso.system.manage"),
        roles=("administrator",),
        about=("sso.system",),
    )
)
register(
    Policy(
        "sso.consent.give",
        {"zh": "用本节点账号登录其他系统", "en": "Sign in at another system by this node"},
        applicant | official,
    )
)
register(
    Policy(
        "sso.consent.withdraw",
        {"zh": "查看和撤回对其他系统的同意", "en": "See and withdraw what other systems were agreed"},
        applicant | official,
    )
)

for action, zh, en in (
    ("sso.system.registered", "登记了接入系统", "System registered"),
    ("sso.system.changed", "更改了接入系统的登记", "Registration of a system changed"),
    ("sso.system.disabled", "停用了接入系统", "System disabled"),
    ("sso.system.enabled", "恢复了接入系统", "System enabled again"),
    ("sso.key.added", "为接入系统登记了密钥", "Key of a system registered"),
    ("sso.key.revoked", "吊销了接入系统的密钥", "Key of a system revoked"),
    ("sso.consent.given", "同意向其他系统提供信息", "Agreed that a system learns who one is"),
    ("sso.consent.refused", "拒绝向其他系统提供信息", "Refused that a system learns who one is"),
    ("sso.consent.withdrawn", "撤回了对其他系统的同意", "Withdrew what was agreed to a system"),
    ("sso.sign_in.opened", "登录了其他系统", "Signed in at another system"),
    ("sso.sign_in.refreshed", "延续了在其他系统的登录", "Sign-in at another system renewed"),
    ("sso.sign_in.ended", "结束了在其他系统的登录", "Sign-in at another system ended"),
    (
        "sso.sign_in.reused",
        "授权码或刷新令牌被重复使用，已终止登录",
        "A code or refresh token came twice: sign-in ended",
    ),
    ("sso.logout.told", "已通知接入系统：有人退出登录", "A system was told that somebody signed out"),
    ("sso.logout.undelivered", "未能通知接入系统有人退出登录", "A system could not be told that somebody signed out"),
    ("sso.token.issued", "向接入系统发放了接口令牌", "Access token given to a system"),
    ("sso.upstream.linked", "上级平台的用户首次登录并关联账号", "Somebody from the provider above was linked"),
    ("sso.token.revoked", "接入系统交回了令牌", "A system gave a token back"),
    # only ever refused, and recorded as refusals
    ("sso.interface.call", "接入系统调用接口", "A system calls the interface"),
    ("sso.token.issue", "接入系统申请令牌", "A system asks for a token"),
    ("sso.token.revoke", "接入系统交回令牌", "A system gives a token back"),
    ("sso.userinfo.read", "接入系统读取登录者信息", "A system reads who signed in"),
    ("sso.upstream.arrive", "由上级平台登录", "Somebody arrives from the provider above"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
