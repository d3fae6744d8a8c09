"""Who may issue, end, read and download credentials. The acts that the log knows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import (
    Policy,
    Predicate,
    client,
    clients_organisation,
    has_permission,
    in_scope_of_agency,
    official,
    own_organisation,
    party_of,
    register,
    system,
)
from zhengtong.security.sso.providers import SCOPES, Scope

SCOPES.register(
    "credentials.read",
    Scope(
        {
            "zh": "读取本部门颁发的电子证照（持有人姓名脱敏）",
            "en": "Read credentials of one's own authority, holders masked",
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish to issue: the organisation that decides on it, which in a joint case is not always the issuer."""

    urn: str
    organisation_uuid: UUID


def _acting(action: str) -> Predicate:
    return official & has_permission(action) & own_organisation("organisation_uuid")


register(
    Policy(
        "credentials.type.declare",
        {"zh": "发布证照类型", "en": "Declare credential types"},
        system | has_permission("credentials.type.declare"),
        roles=("service_editor",),
    )
)
register(
    Policy(
        "credentials.credential.issue",
        {"zh": "签发电子证照", "en": "Issue credentials"},
        system | _acting("credentials.credential.issue"),
        roles=("decider",),
    )
)
register(
    Policy(
        "credentials.credential.revoke",
        {"zh": "吊销、撤销、注销电子证照", "en": "Revoke, annul or cancel credentials"},
        _acting("credentials.credential.revoke"),
        roles=("decider",),
    )
)
register(
    Policy(
        "credentials.credential.download",
        {"zh": "下载电子证照", "en": "Download a credential"},
        party_of("holder_urn") & in_scope_of_agency("service_key"),
    )
)
register(
    Policy(
        "credentials.credential.use",
        {"zh": "引用电子证照作为申请材料", "en": "Refer to a credential as evidence"},
        party_of("holder_urn"),
    )
)
register(
    Policy(
        "credentials.credential.read",
        {"zh": "查阅办件所用的电子证照", "en": "Open a credential that a case refers to"},
        official & has_permission("credentials.credential.read"),
        roles=("window_clerk", "reviewer", "decider"),
    )
)

register(
    Policy(
        "credentials.credential.list_issued",
        {"zh": "接入系统读取本部门颁发的电子证照", "en": "A system reads the credentials its own authority issued"},
        client("credentials.read") & clients_organisation("organisation_uuid"),
    )
)

for action, zh, en in (
    ("credentials.type.declared", "发布证照类型", "Credential type declared"),
    ("credentials.credential.issued", "签发电子证照", "Credential issued"),
    ("credentials.credential.superseded", "换发电子证照", "Credential superseded"),
    ("credentials.credential.revoked", "终止电子证照", "Credential revoked"),
    ("credentials.credential.used", "引用电子证照作为申请材料", "Credential used as evidence"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
