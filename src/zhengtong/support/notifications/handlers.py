"""What we do when a fact was announced: the holder of an account is told what officials did with it."""

from __future__ import annotations

from uuid import UUID

from zhengtong.kernel.clock import now
from zhengtong.kernel.events.services import handles
from zhengtong.kernel.ids import make_urn
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.events import LevelChanged, PowerOverPersonGranted, RecoveryIssued, RecoveryRequested

from . import services

_LINK = "/identity/security/"
_REQUESTED = {
    "subject": {"zh": "有人在窗口申请恢复您的账号", "en": "Somebody asked at a window to recover your account"},
    "body": {
        "zh": "工作人员核对证件后，为您的账号提出了恢复申请。"
        "如不是您本人到场，请立即在“账号安全”中撤回，并拨打服务热线。",
        "en": "After looking at a document, an official asked that your account be recovered. If it was not you, take "
        "the request back under “Account security” at once and call the hotline.",
    },
}
_ISSUED = {
    "subject": {"zh": "您的账号已恢复", "en": "Your account was recovered"},
    "body": {
        "zh": "经两位工作人员办理，您的账号已恢复：原密码、动态口令、通行密钥和备用码全部作废，所有设备已退出登录。"
        "请在“账号安全”中重新设置通行密钥或动态口令。",
        "en": "Two officials recovered your account: the old password, one-time codes, passkeys and backup codes are "
        "void and every device is signed out. Set up a passkey or one-time codes again under “Account security”.",
    },
}
_GRANTED = {
    "subject": {"zh": "有人可以为您代办事项", "en": "Somebody may now act for you"},
    "body": {
        "zh": "已登记一项为您代办的关系（监护或委托）。代办人、事项和期限见“我的授权与代理”；"
        "不是您本意的，请立即撤销，或到窗口解除。",
        "en": "A relation was entered by which somebody acts for you (as guardian, or by your power). Who, for what "
        "and until when stands under “My agencies”. If you did not want it, revoke it there at once, or at a window.",
    },
}

_WARDED = {
    "subject": {"zh": "您的监护人可以为您代办事项", "en": "Your guardian may now act for you"},
    "body": {
        "zh": "窗口工作人员核对材料后，登记了您的监护人为您代办事项。代办人、事项和期限见“我的授权与代理”；"
        "如有异议，请到窗口提出。",
        "en": "After looking at the documents, an official entered at a window that your guardian acts for you. Who, "
        "for what and until when stands under “My agencies”. If you object, say so at a window.",
    },
}

_LEVEL_3 = {
    "subject": {"zh": "您的实名等级已升为三级", "en": "Your real-name level is now 3"},
    "body": {
        "zh": "您的身份已经三级核验，有效期见“账号安全”。不是您本人到场或登录的，请立即拨打服务热线。",
        "en": "Your identity was verified to level 3; “Account security” says until when. If it was not you who came "
        "or signed in, call the hotline at once.",
    },
}
_LEVEL_LOST = {
    "subject": {"zh": "您的实名等级已被收回", "en": "Your real-name level was taken back"},
    "body": {
        "zh": "理由：%s。现在的等级和恢复的办法见“账号安全”；有异议的，请到窗口提出。",
        "en": "Reason: %s. “Account security” says which level you have now and how to get it back. If you object, say "
        "so at a window.",
    },
}


@handles(RecoveryRequested)
def tell_of_request(event: RecoveryRequested) -> None:
    """That somebody asked, so that the holder can object."""
    _tell(UUID(event.recovery_uuid), "requested", _REQUESTED)


@handles(RecoveryIssued)
def tell_of_recovery(event: RecoveryIssued) -> None:
    """That the account was reset."""
    _tell(UUID(event.recovery_uuid), "issued", _ISSUED)


def _tell(recovery_uuid: UUID, what: str, texts: dict[str, dict[str, str]]) -> None:
    """An official without a person has no box: the account's own page shows what was done with it."""
    recovery = identity.find_recovery(recovery_uuid)
    person = identity.person_urn_of(recovery.account) if recovery else ""
    if person:
        services.send(
            recipient_urn=person, kind="identity.recovery", subject=texts["subject"], body=texts["body"], link=_LINK,
            at=now(), key=f"recovery-{what}-{recovery_uuid}",
        )  # fmt: skip


@handles(PowerOverPersonGranted)
def tell_of_power(event: PowerOverPersonGranted) -> None:
    """The person for whom somebody acts from now on."""
    agency = identity.find_agency(UUID(event.representation_uuid))
    if agency and agency.principal:
        texts = _WARDED if agency.is_guardianship else _GRANTED
        services.send(
            recipient_urn=agency.principal.urn, kind="identity.agency", subject=texts["subject"],
            body=texts["body"], link="/hall/agencies/", at=now(), key=f"agency-{agency.uuid}",
        )  # fmt: skip


@handles(LevelChanged)
def tell_of_level(event: LevelChanged) -> None:
    """The person who reached level 3, or lost a level, and why."""
    texts = _LEVEL_LOST if event.reason else _LEVEL_3
    body = {lang: text % event.reason if event.reason else text for lang, text in texts["body"].items()}
    services.send(
        recipient_urn=make_urn("identity", "person", UUID(event.person_uuid)), kind="identity.level",
        subject=texts["subject"], body=body, link=_LINK, at=now(),
        key=f"level-{event.person_uuid}-{event.changed_at.isoformat()}",
    )  # fmt: skip
