"""Types and credentials for tests, issued the way the house issues them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zhengtong.kernel.actors import system_actor
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import services
from ..models import Credential, CredentialType

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # 21 November in China
SYSTEM = system_actor("tests")
FIELDS = [
    {"key": "operator", "title": {"zh": "经营者名称", "en": "Operator"}},
    {"key": "premises", "title": {"zh": "经营场所", "en": "Premises"}},
    {"key": "area", "title": {"zh": "面积（平方米）", "en": "Area (m²)"}},
]
DATA = {"operator": "演示餐饮有限公司", "premises": "演示路1号", "area": 320}
TYPE_CODE = "11511301MB051073XA801"


def make_type(key: str = "demo-licence", **changes: Any) -> CredentialType:
    facts = {
        "title": {"zh": "演示许可证", "en": "Demonstration licence"}, "type_code": TYPE_CODE, "validity_months": 60,
        "fields": FIELDS,
    }  # fmt: skip
    return services.declare_type(actor=SYSTEM, key=key, at=AT, **(facts | changes))


def organisation_uuid(key: str = "market-regulation") -> Any:
    ensure_directory()
    organisation = directory.find_organisation(key)
    assert organisation
    return organisation.uuid


def make_credential(holder_urn: str, *, type_key: str = "demo-licence", **changes: Any) -> Credential:
    facts = {"data": DATA, "organisation_uuid": organisation_uuid(), "at": AT}
    return services.issue(SYSTEM, type_key=type_key, holder_urn=holder_urn, **(facts | changes))
