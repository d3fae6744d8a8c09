"""What a new definition changes: the statements, what each does, and what must be looked at before.

Nothing is lost: a field is never dropped (it can be retired), a column only gets wider, and what the stored records do
not allow is refused with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zhengtong.kernel.documents.said import say as _

from . import alike, ddl, spatial
from .model import Definition, Field, Type


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `code` is stable for programs; `statements` may be empty (words only).

    `hindrance`: a query that counts what stands against it; `remedy` says what then. `is_refused`: never possible.
    """

    code: str
    field: str
    says: Any
    statements: tuple[str, ...] = ()
    hindrance: str = ""
    remedy: Any = ""
    is_refused: bool = False


def compare(old: Definition, new: Definition) -> list[Step]:
    """Every step from the definition in force to a new one of the same register."""
    steps = [step for name in old.by_name if name not in new.by_name for step in _gone(old.by_name[name])]
    for one in new.fields:
        known = old.find(one.name)
        steps += _added(new, one) if known is None else _changed(new, known, one)
    steps += _keys(old, new)
    if alike.index(old) != alike.index(new):
        drop = f"DROP INDEX IF EXISTS {alike.index_name(new)}"
        made = tuple(one for one in (drop, alike.index(new)) if one)
        steps.append(Step("search-index", "", _("重建容错查找所用的索引。"), made))
    steps += _beside(old, new)
    if not spatial.shape_of(old) and (made := tuple(ddl.place_index(new))):
        steps.append(Step("place-indexed", "", _("为记录的位置建索引。"), made))
    if old.partitions != new.partitions:
        steps.append(_refused("partitions", "", _("分区数不能改变。"), _("请保留原值；要改，请另建基础库并装入数据。")))
    if old.noun != new.noun:
        steps.append(_refused("noun", "", _("记录的名称（noun）不能改变：回执和日志以它称呼记录。"), _("请保留原值。")))
    if old.matching != new.matching:
        steps.append(Step("matching", "", _("查重规则改变；下一次查重按新规则。")))
    if not any(step.is_refused for step in steps):
        steps.append(Step("guards", "", _("按新定义更新写入权限检查。"), tuple(ddl.guards(new))))
    return steps


def _beside(old: Definition, new: Definition) -> Iterator[Step]:
    """What is said of the data and changes no table."""
    if old.quality != new.quality:
        before, after = ({one.key: one for one in each.quality} for each in (old, new))
        changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        yield Step("quality", "", _("数据质量规则改变：%(keys)s。") % {"keys": "、".join(changed)})
    if old.statistics != new.statistics:
        yield Step("statistics", "", _("统计表的口径改变。"))


def _refused(code: str, name: str, says: Any, remedy: Any) -> Step:
    return Step(code, name, says, remedy=remedy, is_refused=True)


def _gone(one: Field) -> Iterator[Step]:
    says = _("数据项“%(label)s”在新定义中没有了，数据不能丢。") % {"label": one.label}
    yield _refused("field-gone", one.name, says, _("请保留它；不再使用的，标 retired: true。"))


def _added(new: Definition, one: Field) -> Iterator[Step]:
    lines = ddl.column_lines(one)
    statements = [f"ALTER TABLE {new.table} {', '.join(f'ADD COLUMN {line}' for line in lines)}"]
    columns = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in one.columns.items())
    statements.append(f"ALTER TABLE {new.past_table} {columns}")
    statements += [f"ALTER TABLE {new.table} ADD CONSTRAINT {n} CHECK ({rule})" for n, rule in ddl.checks(one)]
    statements += ddl.index(new, one)
    says = _("增加数据项“%(label)s”。") % {"label": one.label}
    hindrance = f"SELECT count(*) FROM {new.table}" if one.is_required else ""  # noqa: S608  (names only)
    remedy = _("已有记录没有这一项：请先不标必填，补齐后再标。")
    yield Step("field-added", one.name, says, tuple(statements), hindrance, remedy)


def _changed(new: Definition, old: Field, one: Field) -> Iterator[Step]:
    if (old.type, old.is_encrypted) != (one.type, one.is_encrypted):
        says = _("数据项“%(label)s”的类型或加密方式不能改变。") % {"label": one.label}
        yield _refused("field-type", one.name, says, _("请增加一个新数据项。"))
        return
    yield from _width(new, old, one)
    yield from _must(new, old, one)
    yield from _choices(new, old, one)
    if (old.is_indexed, one.is_indexed) == (False, True):
        says = _("为“%(label)s”建索引。") % {"label": one.label}
        yield Step("field-indexed", one.name, says, tuple(ddl.index(new, one)))
    if (old.is_indexed, one.is_indexed) == (True, False):
        says = _("去掉“%(label)s”的索引。") % {"label": one.label}
        yield Step("field-unindexed", one.name, says, (f"DROP INDEX IF EXISTS {ddl.index_name(new, one)}",))
    if old.authority != one.authority:
        names = {"label": one.label, "old": old.authority, "new": one.authority}
        yield Step("authority", one.name, _("“%(label)s”的数源部门由 %(old)s 改为 %(new)s。") % names)
    told = [n for n in ("secrecy", "sharing", "code_table", "is_retired") if getattr(old, n) != getattr(one, n)]
    if told:
        names = {"label": one.label, "what": "、".join(told)}
        yield Step("field-terms", one.name, _("“%(label)s”的 %(what)s 改变。") % names)


def _width(new: Definition, old: Field, one: Field) -> Iterator[Step]:
    if old.column_type == one.column_type or one.is_encrypted:
        return
    names = {"label": one.label, "old": old.column_type, "new": one.column_type}
    statements = tuple(
        f"ALTER TABLE {table} ALTER COLUMN {one.name} TYPE {one.column_type}" for table in (new.table, new.past_table)
    )
    is_wider = one.length >= old.length and one.digits - one.scale >= old.digits - old.scale and one.scale >= old.scale
    fits = f"char_length({one.name}) > {one.length}" if one.length else f"{one.name} <> {one.name}::{one.column_type}"
    hindrance = "" if is_wider else _count(new, fits)
    says = _("“%(label)s”由 %(old)s 改为 %(new)s。") % names
    yield Step("field-width", one.name, says, statements, hindrance, _("已有的值更长：请保留原长度。"))


def _must(new: Definition, old: Field, one: Field) -> Iterator[Step]:
    if old.is_required == one.is_required:
        return
    verb = "SET" if one.is_required else "DROP"
    statements = tuple(f"ALTER TABLE {new.table} ALTER COLUMN {name} {verb} NOT NULL" for name in one.columns)
    says = _("“%(label)s”改为必填。") if one.is_required else _("“%(label)s”不再必填。")
    hindrance = f"SELECT count(*) FROM {new.table} WHERE {one.name} IS NULL" if one.is_required else ""  # noqa: S608
    yield Step("field-required", one.name, says % {"label": one.label}, statements, hindrance, _("请先补齐空缺的值。"))


def _choices(new: Definition, old: Field, one: Field) -> Iterator[Step]:
    if one.type is not Type.CHOICE or set(old.values) == set(one.values):
        return
    (name, rule) = ddl.checks(one)[0]
    statements = (
        f"ALTER TABLE {new.table} DROP CONSTRAINT {name}",
        f"ALTER TABLE {new.table} ADD CONSTRAINT {name} CHECK ({rule})",
    )
    gone = sorted(set(old.values) - set(one.values))
    listed = ", ".join(f"'{value}'" for value in gone)
    hindrance = _count(new, f"{one.name} IN ({listed})") if gone else ""
    says = _("“%(label)s”的可选值改变。") % {"label": one.label}
    yield Step("field-values", one.name, says, statements, hindrance, _("还有记录用着删去的值：请保留它。"))


def _keys(old: Definition, new: Definition) -> Iterator[Step]:
    if old.keys == new.keys:
        return
    names = {"keys": "; ".join("+".join(key) for key in new.keys)}
    dropped = [f"DROP INDEX {ddl.key_name(old, number)}" for number in range(len(old.keys))]
    made = [ddl.key_index(new, number, key) for number, key in enumerate(new.keys)]
    unmet = " UNION ALL ".join(_duplicates(new, key) for key in new.keys if key not in old.keys)
    hindrance = f"SELECT coalesce(sum(n), 0) FROM ({unmet}) found" if unmet else ""  # noqa: S608  (names only)
    says = _("主键改为 %(keys)s。") % names
    yield Step("keys", "", says, (*dropped, *made), hindrance, _("有记录的新主键相同：请先查重。"))


def _duplicates(new: Definition, key: Iterable[str]) -> str:
    columns = ", ".join(new.by_name[name].index_column for name in key)
    inside = f"SELECT count(*) AS c FROM {new.table} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608
    return f"SELECT coalesce(sum(c), 0) AS n FROM ({inside}) d"  # noqa: S608


def _count(new: Definition, condition: str) -> str:
    """Records of now and of the past that meet the condition."""
    parts = [f"SELECT count(*) AS n FROM {t} WHERE {condition}" for t in (new.table, new.past_table)]  # noqa: S608
    return f"SELECT sum(n) FROM ({' UNION ALL '.join(parts)}) found"  # noqa: S608
