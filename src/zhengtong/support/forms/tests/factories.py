"""A small form with a bit of everything, two registers and two code tables, for tests here and above."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unittest import mock

from zhengtong.kernel.actors import Actor, Capacity
from zhengtong.kernel.identifiers import synthetic_uscc
from zhengtong.support.forms.providers import OPTIONS, PREFILL, Option, PrefillRecord

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PARTY = "urn:zhengtong:511602-e:identity:legal_entity:00000000-0000-4000-8000-000000000001"
ACTOR = Actor(urn="urn:hand:1", capacity=Capacity.REPRESENTATIVE, party_urn=PARTY, party_name="广安示例餐饮有限公司")
OTHER = Actor(urn="urn:hand:2", capacity=Capacity.RESIDENT, party_urn="urn:party:2")
USCC = synthetic_uscc(1)


def two(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


DEFINITION: dict[str, Any] = {
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["shop_name", "area_m2", "industry", "kinds", "phone", "has_signboard", "plan", "promise"],
        "properties": {
            "company": {
                "type": "string",
                "x-title": two("企业名称", "Company"),
                "x-prefill": {"register": "legal_entity", "field": "name"},
            },
            "uscc": {
                "type": "string",
                "format": "uscc",
                "x-title": two("统一社会信用代码", "Credit code"),
                "x-prefill": {"register": "legal_entity", "field": "uscc"},
            },
            "shop_name": {
                "type": "string",
                "minLength": 2,
                "maxLength": 40,
                "x-title": two("店铺名称", "Name of the shop"),
                "x-help": two("写在招牌上的名称", "As on the signboard"),
                "x-example": two("好味道", "Good Taste"),
            },
            "area_m2": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 10000,
                "x-title": two("经营面积（平方米）", "Area in square metres"),
            },
            "kitchen_m2": {
                "type": "number",
                "minimum": 4,
                "x-title": two("后厨面积（平方米）", "Kitchen in square metres"),
                "x-visible-when": "form.area_m2 > 100",
            },
            "seats": {"type": "integer", "minimum": 0, "x-title": two("座位数", "Seats")},
            "district": {
                "type": "string",
                "x-title": two("所在街道", "Subdistrict"),
                "x-options": {"table": "streets"},
            },
            "industry": {
                "type": "string",
                "x-title": two("行业类别", "Industry"),
                "x-options": {"table": "industries"},
            },
            "kinds": {
                "type": "array",
                "items": {"type": "string", "enum": ["hot", "cold", "drinks"]},
                "uniqueItems": True,
                "x-enum-titles": {
                    "hot": two("热食", "Hot food"),
                    "cold": two("冷食", "Cold food"),
                    "drinks": two("饮品", "Drinks"),
                },
                "x-title": two("经营项目", "What is sold"),
            },
            "phone": {
                "type": "string",
                "format": "cn-mobile",
                "x-personal": True,
                "x-title": two("联系手机", "Mobile number"),
            },
            "manager_id": {
                "type": "string",
                "format": "cn-id",
                "x-personal": True,
                "x-title": two("负责人身份号码", "Manager's identity number"),
            },
            "opens": {"type": "string", "format": "date", "x-title": two("开业日期", "Opening day")},
            "has_signboard": {
                "type": "boolean",
                "x-widget": "radio",
                "x-title": two("是否设置招牌", "With a signboard?"),
            },
            "sign_text": {
                "type": "string",
                "x-title": two("招牌文字", "Text of the signboard"),
                "x-visible-when": "form.has_signboard",
            },
            "sign_light": {
                "type": "string",
                "enum": ["inside", "outside"],
                "x-widget": "radio",
                "x-enum-titles": {"inside": two("内发光", "From inside"), "outside": two("外照明", "From outside")},
                "x-title": two("招牌照明", "Light of the signboard"),
                "x-visible-when": "form.sign_text != ''",
            },
            "plan": {"type": "string", "x-widget": "file", "x-title": two("平面图", "Floor plan")},
            "photos": {
                "type": "array",
                "items": {"type": "string"},
                "maxItems": 2,
                "x-widget": "file",
                "x-title": two("照片", "Photos"),
            },
            "notes": {"type": "string", "x-widget": "textarea", "x-title": two("补充说明", "Notes")},
            "promise": {"type": "boolean", "const": True, "x-title": two("我承诺所填属实", "I declare this is true")},
        },
        "x-checks": [
            {
                "check": "form.kitchen_m2 < form.area_m2",
                "field": "kitchen_m2",
                "message": two("后厨面积应小于经营面积。", "The kitchen must be smaller than the whole."),
            }
        ],
    },
    "layout": {
        "steps": [
            {
                "key": "shop",
                "title": two("店铺", "The shop"),
                "fields": ["company", "uscc", "shop_name", "area_m2", "kitchen_m2", "seats", "district", "industry",
                           "kinds"],
            },
            {
                "key": "people",
                "title": two("人员", "People"),
                "fields": ["phone", "manager_id", "opens"],
            },
            {
                "key": "more",
                "title": two("招牌与材料", "Signboard and papers"),
                "fields": ["has_signboard", "sign_text", "sign_light", "plan", "photos", "notes", "promise"],
            },
        ]
    },
}  # fmt: skip


def definition(**changes: Any) -> dict[str, Any]:
    """A copy to spoil; `changes` replace properties by name (None removes)."""
    copied = copy.deepcopy(DEFINITION)
    for name, value in changes.items():
        if value is None:
            del copied["schema"]["properties"][name]
        else:
            copied["schema"]["properties"][name] = value
    return copied


class Table:
    """A code table in memory."""

    def __init__(self, label: dict[str, str], items: list[Option]) -> None:
        self.label = label
        self.items = items

    def count(self) -> int:
        return len(self.items)

    def options(self) -> list[Option]:
        return self.items

    def find(self, code: str, on: date | None = None) -> Option | None:
        return next((item for item in self.items if item.code == code), None)

    def search(self, words: str, limit: int) -> list[Option]:
        hits = [i for i in self.items if i.is_selectable and (words in i.title["zh"] or i.code.startswith(words))]
        return hits[:limit]


STREETS = Table(
    two("街道", "Subdistricts"), [Option("001", two("浓洄街道", "Nonghui")), Option("002", two("北辰街道", "Beichen"))]
)
INDUSTRIES = Table(
    two("国民经济行业分类", "Industries"),
    [Option("62", two("餐饮业", "Catering"), is_selectable=False)]
    + [Option("6210", two("正餐服务", "Full meals")), Option("6220", two("快餐服务", "Fast food"))]
    + [Option(f"{n}", two(f"行业{n}", f"Industry {n}")) for n in range(1000, 1080)],
)


class Register:
    """A register in memory; `record` None: not found."""

    label = two("市场监管登记", "market registration")

    def __init__(self) -> None:
        self.record: PrefillRecord | None = PrefillRecord(
            {
                "name": "广安示例餐饮有限公司",
                "uscc": USCC,
                "capital": Decimal("500000.00"),
                "founded": AT.date(),
                "phone": "",
            },
            as_of=AT,
        )
        self.asked: list[tuple[str, str]] = []

    def fields(self) -> list[str]:
        return ["name", "uscc", "capital", "founded", "phone"]

    def fetch(self, *, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:
        self.asked.append((party_urn, key))
        return self.record


@contextlib.contextmanager
def plugged_in() -> Iterator[Register]:
    """The code tables and the register of these tests, instead of the real ones."""
    register = Register()
    tables = {"streets": STREETS, "industries": INDUSTRIES}
    with mock.patch.dict(OPTIONS._items, tables), mock.patch.dict(PREFILL._items, {"legal_entity": register}):
        yield register
