"""Records for tests, entered the way authorities enter them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.identifiers import synthetic_uscc
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import services
from ..models import LegalEntity, Premises

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_serial = itertools.count(50_000_000)


def authority(key: str) -> Actor:
    """The node, importing in the name of an authority."""
    ensure_directory()
    organisation = directory.find_organisation(key)
    assert organisation
    post = PostRef(organisation.uuid, organisation.uuid, organisation.division_id)
    return Actor(urn="system:tests", capacity=Capacity.SYSTEM, posts=(post,))


def entity_values(**changes: Any) -> dict[str, Any]:
    values = {
        "uscc": synthetic_uscc(next(_serial)), "name": "演示餐饮有限公司", "entity_type": "有限责任公司",
        "address": "演示路1号", "legal_representative_name": "陈示例", "established_date": "2026-09-15",
        "registered_capital_fen": 50_000_000, "business_scope": "餐饮服务", "industry_code": "6210",
        "division_code": "511602",
    }  # fmt: skip
    return values | changes


def make_legal_entity(**changes: Any) -> LegalEntity:
    return services.register_legal_entity(
        actor=authority("market-regulation"), values=entity_values(**changes), at=AT, is_synthetic=True
    )


def premises_values(**changes: Any) -> dict[str, Any]:
    values = {
        "certificate_number": f"川（2024）演示不动产权第{next(_serial)}号", "address": "演示路1号", "area_m2": "320.5",
        "use": "商业服务", "owner_name": "演示餐饮有限公司", "owner_urn": "", "division_code": "511602",
    }  # fmt: skip
    return values | changes


def make_premises(**changes: Any) -> Premises:
    return services.register_premises(
        actor=authority("natural-resources"), values=premises_values(**changes), at=AT, is_synthetic=True
    )
