"""一数一源: every field of every register, its data element and the one authority that may write it.

Facts on plain values, read by the verbs (who may write), by forms (where a prefilled value comes from) and by the
check of service packages (what may not be asked again).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from zhengtong.kernel.texts import Texts


class Kind(StrEnum):
    """What a value looks like."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    USCC = "uscc"
    CODE = "code"
    STATUS = "status"
    DATE = "date"
    MONEY = "money"  # fen
    AREA = "area"  # square metres
    URN = "urn"
    PERSONAL = "personal"  # encrypted where it lies; shown masked


@dataclass(frozen=True, slots=True)
class Authority:
    """A competent authority: `key` names an organisation of the directory."""

    key: str
    source: Texts


@dataclass(frozen=True, slots=True)
class RegisterField:
    """One field. `data_element` is what forms bind to; `may_reask`: a form may ask for it although it is held."""

    register: str
    name: str
    data_element: str
    authority: Authority
    label: Texts
    kind: Kind = Kind.TEXT
    is_required: bool = False
    is_fixed: bool = False  # cannot be amended
    may_reask: bool = False
    code_table: str = ""

    @property
    def key(self) -> str:
        return f"{self.register}.{self.name}"


@dataclass(frozen=True, slots=True)
class Register:
    """A base register and where it is kept."""

    key: str
    label: Texts
    fields: tuple[RegisterField, ...]

    def field(self, name: str) -> RegisterField | None:
        return next((field for field in self.fields if field.name == name), None)


MARKET = Authority("market-regulation", {"zh": "市场监管登记", "en": "business registration"})
LAND = Authority("natural-resources", {"zh": "不动产登记", "en": "real estate registration"})
HOUSING = Authority("housing", {"zh": "房屋租赁登记备案", "en": "registration of leases"})
POLICE = Authority("public-security", {"zh": "人口基础信息", "en": "population register"})


def _register(key: str, zh: str, en: str, *fields: RegisterField) -> Register:
    return Register(key, {"zh": zh, "en": en}, tuple(replace(field, register=key) for field in fields))


def _field(
    name: str, element: str, authority: Authority, zh: str, en: str, *, kind: Kind = Kind.TEXT, **marks: Any
) -> RegisterField:
    return RegisterField("", name, element, authority, {"zh": zh, "en": en}, kind, **marks)


_must: dict[str, Any] = {"is_required": True}
_for_ever: dict[str, Any] = {"is_required": True, "is_fixed": True}

LEGAL_ENTITY = _register(
    "legal_entity",
    "法人库",
    "register of legal entities",
    _field("uscc", "uscc", MARKET, "统一社会信用代码", "Unified social credit code", kind=Kind.USCC, **_for_ever),
    _field("name", "organisation-name", MARKET, "名称", "Name", **_must),
    _field("entity_type", "organisation-type", MARKET, "类型", "Type", **_must),
    _field("address", "registered-address", MARKET, "住所", "Registered address", **_must),
    _field(
        "legal_representative_name", "legal-representative-name", MARKET, "法定代表人", "Legal representative", **_must
    ),
    _field(
        "established_date", "establishment-date", MARKET, "成立日期", "Date of establishment", kind=Kind.DATE, **_must
    ),
    _field("registered_capital_fen", "registered-capital", MARKET, "注册资本", "Registered capital", kind=Kind.MONEY),
    _field("business_scope", "business-scope", MARKET, "经营范围", "Business scope", kind=Kind.LONG_TEXT),
    _field("industry_code", "industry-code", MARKET, "行业", "Industry", kind=Kind.CODE, code_table="gbt4754"),
    _field("status", "registration-status", MARKET, "登记状态", "Registration status", kind=Kind.STATUS),
    _field("division_code", "registered-division", MARKET, "登记地区划代码", "Division of registration", **_must),
)
PREMISES = _register(
    "premises",
    "房屋库",
    "register of premises",
    _field(
        "certificate_number",
        "property-certificate-number",
        LAND,
        "不动产权证号",
        "Property certificate no.",
        **_for_ever,
    ),
    _field("address", "premises-address", LAND, "坐落", "Address", **_must),
    _field("area_m2", "premises-area", LAND, "建筑面积（平方米）", "Floor area (m²)", kind=Kind.AREA, **_must),
    _field("use", "premises-use", LAND, "规划用途", "Designated use", **_must),
    _field("owner_name", "premises-owner-name", LAND, "权利人", "Owner", **_must),
    _field("owner_urn", "premises-owner", LAND, "权利人标识", "Identifier of the owner", kind=Kind.URN),
    _field("division_code", "premises-division", LAND, "所在区划代码", "Division", **_must),
    _field("occupant_name", "premises-occupant-name", HOUSING, "承租人", "Tenant"),
    _field("occupant_urn", "premises-occupant", HOUSING, "承租人标识", "Identifier of the tenant", kind=Kind.URN),
    _field("lease_until_date", "lease-end-date", HOUSING, "租赁到期日", "End of the lease", kind=Kind.DATE),
)
PERSON = _register(
    "person",
    "人口库",
    "population register",
    _field("name", "person-name", POLICE, "姓名", "Name", kind=Kind.PERSONAL, **_for_ever),
    _field(
        "id_number", "id-number", POLICE, "公民身份号码", "Resident identity number", kind=Kind.PERSONAL, **_for_ever
    ),
    _field("phone", "mobile-number", POLICE, "手机号码", "Mobile number", kind=Kind.PERSONAL, may_reask=True),
)

REGISTERS: dict[str, Register] = {register.key: register for register in (LEGAL_ENTITY, PREMISES, PERSON)}
BY_ELEMENT: dict[str, RegisterField] = {
    field.data_element: field for register in REGISTERS.values() for field in register.fields
}
