"""A node of the time before: its records become records of the defined registers, once."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from zhengtong.kernel.identifiers import synthetic_uscc

from .. import queries, services
from .factories import AT, authority, make_premises

pytestmark = pytest.mark.django_db


def _insert(table: str, values: dict) -> None:
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", list(values.values()))


def test_former_records_are_carried_over_once_with_their_uuid() -> None:
    authority("market-regulation")
    there = make_premises()
    key, number = uuid.uuid4(), synthetic_uscc(77_000_001)
    entity = {
        "uuid": key, "written_at": "{}", "is_synthetic": True, "uscc": number, "name": "旧公司",
        "entity_type": "有限责任公司",
        "address": "旧址", "legal_representative_name": "陈旧", "established_date": "2020-01-01", "business_scope": "",
        "industry_code": "", "status": "operating", "division_code": "511602",
    }  # fmt: skip
    _insert("registers_legal_entity", entity)
    for certificate in (there["certificate_number"], "川（2020）旧证第1号"):
        premises = {
            "uuid": uuid.uuid4(), "written_at": "{}", "is_synthetic": True, "certificate_number": certificate,
            "address": "旧址", "area_m2": 12.5, "use": "商业", "owner_name": "旧公司", "owner_urn": "",
            "division_code": "511602", "occupant_name": "租户", "occupant_urn": "",
        }  # fmt: skip
        _insert("registers_premises", premises)
    assert services.carry_over(at=AT) == 2
    assert services.carry_over(at=AT) == 0
    carried = queries.find_legal_entity(number)
    assert (carried["name"], carried["status"], carried["business_scope"], carried.row.is_synthetic) == (
        "旧公司", "operating", None, True,
    )  # fmt: skip
    assert queries.find_premises("川（2020）旧证第1号")["occupant_name"] == "租户"
    assert queries.find_premises(there["certificate_number"])["address"] == there["address"], "what is there stays"
