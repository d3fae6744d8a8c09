"""The credential types that people hold before any package is published here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Builtin:
    """`authority`: the organisation whose credit code, with `serial`, makes the type's code on this node."""

    authority: str
    serial: str
    facts: dict[str, Any]


def _field(key: str, zh: str, en: str) -> dict[str, Any]:
    return {"key": key, "title": {"zh": zh, "en": en}}


BUILTIN = (
    Builtin(
        "market-regulation",
        "901",
        {
            "key": "business-licence",
            "title": {"zh": "营业执照", "en": "Business licence"},
            "holder_kind": "legal_entity",
            "validity_months": None,
            "number_from": "uscc",
            "fields": [
                _field("uscc", "统一社会信用代码", "Unified social credit code"),
                _field("name", "名称", "Name"),
                _field("entity_type", "类型", "Type"),
                _field("legal_representative", "法定代表人", "Legal representative"),
                _field("established", "成立日期", "Date of establishment"),
                _field("address", "住所", "Registered address"),
                _field("scope", "经营范围", "Business scope"),
            ],
        },
    ),
    Builtin(
        "natural-resources",
        "901",
        {
            "key": "property-certificate",
            "title": {"zh": "不动产权证书", "en": "Real estate ownership certificate"},
            "holder_kind": "any",
            "validity_months": None,
            "number_from": "certificate_number",
            "fields": [
                _field("certificate_number", "不动产权证号", "Certificate number"),
                _field("owner", "权利人", "Owner"),
                _field("address", "坐落", "Address"),
                _field("area", "建筑面积", "Floor area"),
                _field("use", "用途", "Designated use"),
            ],
        },
    ),
    Builtin(
        "housing",
        "901",
        {
            "key": "lease",
            "title": {"zh": "房屋租赁登记备案证明", "en": "Certificate of lease registration"},
            "holder_kind": "any",
            "validity_months": None,
            "fields": [
                _field("tenant", "承租人", "Tenant"),
                _field("landlord", "出租人", "Landlord"),
                _field("address", "房屋坐落", "Address"),
                _field("area", "建筑面积", "Floor area"),
                _field("until", "租赁到期日", "End of the lease"),
                _field("certificate_number", "不动产权证号", "Property certificate number"),
            ],
        },
    ),
)
