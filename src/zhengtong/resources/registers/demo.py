"""Synthetic companies and premises of the demonstration: valid check digits of nobody, and every name says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zhengtong.kernel import identifiers
from zhengtong.kernel.actors import Actor, Capacity, PostRef
from zhengtong.kernel.ids import make_urn
from zhengtong.security.directory import queries as directory
from zhengtong.security.identity import queries as identity

from . import queries
from .demo_map import seed_map
from .queries import LEGAL_ENTITIES, POPULATION, PREMISES, Entry

MARK = "（演示）"
MARKET, LAND, HOUSING, POLICE = "market-regulation", "natural-resources", "housing", "public-security"
RESTAURANT = identifiers.synthetic_uscc(
    20260001
)  # 广安区好味来餐饮有限公司（演示）, whom identity's demonstration knows
LANDLORD = identifiers.synthetic_uscc(20260002)
NOODLES = identifiers.synthetic_uscc(20260003)
SUPERMARKET = identifiers.synthetic_uscc(20260004)
TEA_FARM = identifiers.synthetic_uscc(20260005)
SMALL_DISHES = identifiers.synthetic_uscc(20260006)  # rents less than 300 m²: no fire review

_CATERING = "餐饮服务；食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动）。"
_ENTITIES: tuple[tuple[Any, ...], ...] = (
    (RESTAURANT, "广安区好味来餐饮有限公司", "有限责任公司（自然人投资或控股）", "四川省广安市广安区演示路18号1层",
     "陈晓（演示）", "2024-10-15", 50_000_000, "6210", _CATERING),
    (LANDLORD, "广安市渠江商业管理有限公司", "有限责任公司（国有独资）", "四川省广安市广安区演示大道1号",
     "周演示", "2015-04-08", 2_000_000_000, "7040", "商业综合体管理；住房租赁；非居住房地产租赁。"),
    (NOODLES, "广安区巷口面馆", "个体工商户", "四川省广安市广安区演示巷7号",
     "何演示", "2023-03-20", None, "6291", _CATERING),
    (SUPERMARKET, "广安区邻里便利超市有限公司", "有限责任公司（自然人独资）", "四川省广安市广安区演示大道1号2层201",
     "李演示", "2021-06-01", 10_000_000, "5212", "食品销售；日用百货销售；烟草制品零售。"),
    (TEA_FARM, "广安区龙安茶叶农民专业合作社", "农民专业合作社", "四川省广安市广安区演示镇演示村2组",
     "唐演示", "2018-11-11", 30_000_000, "0164", "茶叶种植；农产品初加工；农产品销售。"),
    (SMALL_DISHES, "广安区小碗菜餐饮有限公司", "有限责任公司（自然人独资）", "四川省广安市广安区演示大道1号1层103",
     "赵演示", "2024-03-08", 5_000_000, "6210", _CATERING),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoPaper:
    """A credential that somebody of the demonstration holds already; `credentials` issues it."""

    type_key: str
    holder_urn: str
    authority: str
    data: dict[str, str]
    valid_to: date | None = None


@dataclass(slots=True)
class Seeded:
    """What stands after seeding: records by credit code and certificate number, and the papers that go with them."""

    entities: dict[str, Entry] = field(default_factory=dict)
    premises: dict[str, Entry] = field(default_factory=dict)
    papers: list[DemoPaper] = field(default_factory=list)


def seed(enter: Callable[..., Any], amend: Callable[..., Any], *, at: datetime) -> Seeded:
    """Enter what is missing, each record in the name of its authority: `enter` and `amend` are the verbs."""
    done = Seeded()
    market, land, housing, police = (_authority(key) for key in (MARKET, LAND, HOUSING, POLICE))
    for values in _entities():
        if queries.find_legal_entity(values["uscc"]) is None:
            enter(actor=market, register=LEGAL_ENTITIES, values=values, at=at, is_synthetic=True)
        done.entities[values["uscc"]] = _there(queries.find_legal_entity(values["uscc"]))
    for title, lease in _premises(done.entities, at):
        number = title["certificate_number"]
        if queries.find_premises(number) is None:
            made = enter(actor=land, register=PREMISES, values=title, at=at, is_synthetic=True)
            if lease:
                amend(
                    actor=housing,
                    register=PREMISES,
                    uuid=made.uuid,
                    changes=lease,
                    reason="租赁登记备案（演示）",
                    at=at,
                )
        done.premises[number] = _there(queries.find_premises(number))
    for values in _people():
        if queries.find_person(values["id_number"]) is None:
            enter(actor=police, register=POPULATION, values=values, at=at, is_synthetic=True)
    seed_map(enter, _authority("civil-affairs"), land, at=at)
    done.papers = list(_papers(done))
    return done


def _there(found: Entry | None) -> Entry:
    assert found
    return found


def _authority(key: str) -> Actor:
    """The node, importing in the name of an authority."""
    organisation = directory.find_organisation(key)
    if organisation is None:
        return Actor(urn="system:seed", capacity=Capacity.SYSTEM)
    post = PostRef(organisation.uuid, organisation.uuid, organisation.division_id)
    return Actor(urn="system:seed", capacity=Capacity.SYSTEM, display_name="seed", posts=(post,))


def _entities() -> Iterable[dict[str, Any]]:
    names = (
        "uscc", "name", "entity_type", "address", "legal_representative_name", "established_date",
        "registered_capital_fen", "industry_code", "business_scope",
    )  # fmt: skip
    for row in _ENTITIES:
        values = dict(zip(names, row, strict=True))
        yield values | {"name": values["name"] + MARK, "status": "operating", "division_code": "511602"}


def _people() -> Iterable[dict[str, Any]]:
    """The residents of the demonstration, as the police would have registered them."""
    for one in identity.demo_residents():
        yield {
            "id_number": one.id_number, "name": one.name, "sex": "1" if int(one.id_number[16]) % 2 else "2",
            "ethnic": "01", "birth_date": one.born.isoformat(), "status": "active", "division": "511602",
            "address_text": "四川省广安市广安区演示路", "source_note": "演示数据 synthetic",
        }  # fmt: skip


def _premises(entities: dict[str, Entry], at: datetime) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Title and lease of each: the restaurant owns 320 m²; two others rent from the landlord."""
    urns = {uscc: make_urn("identity", "legal_entity", entity.uuid) for uscc, entity in entities.items()}
    rows = (
        (1, "演示路18号1层", "320.00", "商业服务", RESTAURANT, ""),
        (2, "演示大道1号2层201", "186.50", "商业服务", LANDLORD, SUPERMARKET),
        (3, "演示大道1号1层103", "96.00", "商业服务", LANDLORD, SMALL_DISHES),
        (4, "演示巷7号", "58.40", "商业服务", NOODLES, ""),
    )
    for serial, place, area, use, owner, tenant in rows:
        title = {
            "certificate_number": f"川（2024）广安区不动产权第99{serial:05d}号{MARK}",
            "address": f"四川省广安市广安区{place}", "area_m2": area, "use": use, "division_code": "511602",
            "owner_name": entities[owner]["name"], "owner_urn": urns[owner],
        }  # fmt: skip
        lease = tenant and {
            "occupant_name": entities[tenant]["name"], "occupant_urn": urns[tenant],
            "lease_until_date": f"{at.year + 5}-12-31",
        }  # fmt: skip
        yield title, lease or {}


def _papers(done: Seeded) -> Iterable[DemoPaper]:
    for entity in done.entities.values():
        holder = make_urn("identity", "legal_entity", entity.uuid)
        yield DemoPaper("business-licence", holder, MARKET, _licence(entity))
    for premises in done.premises.values():
        yield DemoPaper("property-certificate", premises["owner_urn"], LAND, _certificate(premises))
        if premises["occupant_urn"]:
            yield DemoPaper("lease", premises["occupant_urn"], HOUSING, _lease(premises), premises["lease_until_date"])


def _licence(entity: Entry) -> dict[str, str]:
    return {
        "uscc": entity["uscc"], "name": entity["name"], "entity_type": entity["entity_type"],
        "address": entity["address"], "legal_representative": entity["legal_representative_name"],
        "established": str(entity["established_date"]), "scope": entity["business_scope"],
    }  # fmt: skip


def _certificate(premises: Entry) -> dict[str, str]:
    return {
        "certificate_number": premises["certificate_number"], "owner": premises["owner_name"],
        "address": premises["address"], "area": f"{premises['area_m2']} 平方米", "use": premises["use"],
    }  # fmt: skip


def _lease(premises: Entry) -> dict[str, str]:
    return {
        "tenant": premises["occupant_name"], "landlord": premises["owner_name"], "address": premises["address"],
        "area": f"{premises['area_m2']} 平方米", "until": str(premises["lease_until_date"]),
        "certificate_number": premises["certificate_number"],
    }  # fmt: skip
