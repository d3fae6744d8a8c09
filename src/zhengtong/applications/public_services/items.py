"""The local list of service items (事项清单): real items of a county, as CSV, each a service with a guide page."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import FieldError, Invalid

from . import rules, taxonomy
from .models import PublicService

SHIPPED = Path(__file__).parent / "data" / "items" / "guangan_511602.csv"
COLUMNS = ("department", "main_item", "item_name", "basic_code", "full_item_code", "task_type_code")
_TYPES = {str(number) for number in (*range(1, 11), 20)}
_HOT = (
    "公司设立登记", "个体工商户设立登记", "食品(含保健食品)经营许可核发", "失业登记", "社会保障卡申领",
    "城乡居民参保登记",
    "公共租赁住房申请资格审核认定", "残疾人证新办", "80周岁以上老年人高龄津贴发放", "建筑工程施工许可证核发",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `task_type` is GB/T 39046 A.1 with two digits."""

    department: str
    main_item: str
    name: str
    basic_code: str
    code: str
    task_type: str


class ItemsFaulty(Invalid):
    code = "items-faulty"
    title = _("事项清单有误")
    remedy = _("请改正所列各行后重新导入；导入前没有改动任何数据。")


def read_items(path: Path) -> list[Item]:
    """The items of a CSV file with a header (UTF-8). Raises ItemsFaulty with one fault for every bad line."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise ItemsFaulty(_("缺少列：%(columns)s") % {"columns": ", ".join(missing)})
            lines = list(enumerate(reader, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ItemsFaulty(_("无法读取事项清单：%(problem)s") % {"problem": error})
    items, faults = [], []
    for number, row in lines:
        item, fault = _item(row)
        items.append(item)
        if fault:
            faults.append(FieldError(str(number), fault))
    faults += [FieldError(code, _("事项编码重复。")) for code in _repeated(item.code for item in items)]
    if faults:
        raise ItemsFaulty(_("事项清单有 %(count)d 处错误。") % {"count": len(faults)}, fields=faults[:200])
    return items


def store(items: Iterable[Item], organisations: Mapping[str, UUID], division: str) -> list[PublicService]:
    """Write the items as services, one statement; returns those that were written.

    Only information-only services are touched: what a package runs has its own title, audience and topics.
    """
    known = {service.item_code: service for service in PublicService.objects.exclude(item_code=None)}
    keys = _keys(list(items))
    fresh = [
        _service(item, keys[item.code], organisations, division)
        for item in items
        if item.code not in known or known[item.code].is_information_only
    ]
    columns = [
        "title", "main_item", "basic_code", "organisation_uuid", "department_name", "task_type", "audience", "topics",
        "event_keys", "is_hot", "sort_key", "lang",
    ]  # fmt: skip
    PublicService.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["item_code"], update_fields=columns, batch_size=1000
    )
    return list(PublicService.objects.filter(item_code__in=[service.item_code for service in fresh]))


def sort_key(title: str) -> str:
    """Pinyin, for sorting: the database has no Chinese collation to rely on."""
    from pypinyin import lazy_pinyin  # 55 MB: only for loading

    return " ".join(lazy_pinyin(title.strip("《“(（[")))[:400]


def _item(row: Mapping[str, str | None]) -> tuple[Item, object]:
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    kind = values["task_type_code"].lstrip("0")
    item = Item(
        values["department"], values["main_item"], values["item_name"], values["basic_code"],
        values["full_item_code"], kind.zfill(2),
    )  # fmt: skip
    empty = [column for column in COLUMNS if not values[column] and column != "main_item"]
    if empty:
        return item, _("缺少：%(columns)s") % {"columns": ", ".join(empty)}
    if kind not in _TYPES:
        return item, _("未知的事项类型：%(kind)s") % {"kind": values["task_type_code"]}
    too_long = len(item.code) > 60 or len(item.name) > 300 or len(item.main_item) > 300 or len(item.basic_code) > 40
    return item, _("内容过长。") if too_long else None


def _repeated(codes: Iterable[str]) -> list[str]:
    return [code for code, count in Counter(codes).items() if count > 1]


def _keys(items: list[Item]) -> dict[str, str]:
    """An address for every item: the basic code, or the full code where several share the basic one."""
    shared = set(_repeated(item.basic_code.lower() for item in items))
    return {item.code: rules.item_address(item.basic_code, item.code, shared) for item in items}


def _service(item: Item, key: str, organisations: Mapping[str, UUID], division: str) -> PublicService:
    named = f"{item.main_item} {item.name}"
    audience = taxonomy.audience_of(named)
    return PublicService(
        key=key, item_key=key, item_code=item.code, basic_code=item.basic_code, title={"zh": item.name},
        main_item=item.main_item, lang="zh", organisation_uuid=organisations.get(item.department),
        department_name=item.department, division_code=division, task_type=item.task_type, audience=audience,
        topics=taxonomy.topics_of(named, item.department, audience), event_keys=taxonomy.events_of(item.name),
        is_hot=item.name in _HOT, sort_key=sort_key(item.name),
    )  # fmt: skip
