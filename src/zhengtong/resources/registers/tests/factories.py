"""Records for tests, entered the way authorities enter them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.clock import now
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_uscc
from zhengtong.resources.standards import services as standards
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory.tests.factories import ensure_directory

from .. import queries, rows, services
from ..queries import LEGAL_ENTITIES, POPULATION, PREMISES, Entry

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_serial = itertools.count(50_000_000)


def authority(*keys: str) -> Actor:
    """The node, importing in the name of these authorities."""
    ensure_directory()
    found = [directory.find_organisation(key) for key in keys]
    posts = tuple(PostRef(one.uuid, one.uuid, one.division_id) for one in found if one)
    assert len(posts) == len(keys)
    return Actor(urn="system:tests", capacity=Capacity.SYSTEM, posts=posts)


def entity_values(**changes: Any) -> dict[str, Any]:
    values = {
        "uscc": synthetic_uscc(next(_serial)), "name": "演示餐饮有限公司", "entity_type": "有限责任公司",
        "address": "演示路1号", "legal_representative_name": "陈示例", "established_date": "2026-09-15",
        "registered_capital_fen": 50_000_000, "business_scope": "餐饮服务", "industry_code": "6210",
        "status": "operating", "division_code": "511602",
    }  # fmt: skip
    return values | changes


def make_legal_entity(**changes: Any) -> Entry:
    standards.load_code_tables()
    made = services.enter_record(
        actor=authority("market-regulation"), register=LEGAL_ENTITIES, values=entity_values(**changes), at=AT,
        is_synthetic=True,
    )  # fmt: skip
    return queries.get_record(LEGAL_ENTITIES, made.uuid)


def premises_values(**changes: Any) -> dict[str, Any]:
    values = {
        "certificate_number": f"川（2024）演示不动产权第{next(_serial)}号", "address": "演示路1号", "area_m2": "320.5",
        "use": "商业服务", "owner_name": "演示餐饮有限公司", "owner_urn": "", "division_code": "511602",
    }  # fmt: skip
    return values | changes


def make_premises(**changes: Any) -> Entry:
    made = services.enter_record(
        actor=authority("natural-resources"), register=PREMISES, values=premises_values(**changes), at=AT,
        is_synthetic=True,
    )  # fmt: skip
    return queries.get_record(PREMISES, made.uuid)


def person_values(**changes: Any) -> dict[str, Any]:
    serial = next(_serial) % 1000
    born = date(1980, 1, 1).replace(year=1950 + serial % 50)
    values = {
        "id_number": synthetic_id_number(serial, born=born), "name": "王演示", "sex": "1", "ethnic": "01",
        "birth_date": born.isoformat(), "status": "active", "division": "511602", "phone": "19900000000",
    }  # fmt: skip
    return values | changes


def make_person(**changes: Any) -> Entry:
    standards.load_code_tables()
    made = services.enter_record(
        actor=authority("public-security"), register=POPULATION, values=person_values(**changes), at=AT,
        is_synthetic=True,
    )  # fmt: skip
    return queries.get_record(POPULATION, made.uuid)


def give_up_premises(address: str) -> None:
    """Whoever owned the premises at this address does no more."""
    definition = queries.get_register(PREMISES)
    for row in rows.select(definition, "address = %s AND owner_urn IS NOT NULL", [address]):
        services.amend_record(
            actor=authority("natural-resources"), register=PREMISES, uuid=row.uuid, changes={"owner_urn": ""},
            reason="转移登记（测试）", at=now(),
        )  # fmt: skip
