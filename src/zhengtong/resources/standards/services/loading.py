"""An edition from a folder: looked at first, then loaded; a second time nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.events import services as events
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from ..events import EditionLoaded
from ..models import CodeTable, DataElement
from ..providers import USES
from ..rules.diffing import Diff, diff
from ..rules.elements import Element
from ..rules.faults import TableFault
from ..rules.folder import Reading, read_folder
from ..rules.resolving import Book, resolve
from ..rules.tables import Change, Edition
from ..rules.timeline import timeline
from . import storing

DAY = timedelta(days=1)


@dataclass
class Preview:
    """What loading the folder would do. `diff`: against the edition before it, None where there is none.

    `is_loaded`: this very edition stands already. `dropped`: codes that end, that nobody uses, and of which the folder
    does not say what they became: a warning. `elements`: those that are new.
    """

    reading: Reading
    faults: list[TableFault]
    table: str = ""
    version: str = ""
    before: str = ""
    diff: Diff | None = None
    is_loaded: bool = False
    dropped: tuple[str, ...] = ()
    elements: list[Element] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and not self.reading.element_faults

    def field_errors(self) -> list[FieldError]:
        """Every fault with its file and line."""
        of_elements = [FieldError(name, localised(text)) for name, text in self.reading.element_faults]
        return [FieldError(fault.place, str(fault)) for fault in self.faults] + of_elements


def preview(folder: Path) -> Preview:
    """Everything that is wrong with the folder, and what it would change. Changes nothing."""
    reading = read_folder(folder)
    return _examine(reading, record=CodeTable.objects.filter(key=reading.table).first())


@verb
def load_edition(*, actor: Actor, folder: Path, at: datetime) -> Preview:
    """Load the edition and the elements of a folder. Loaded before, it changes nothing.

    Raises Denied, Invalid with every fault at once: of the files, of the table (a version that stands with another
    content, two editions of one day), and codes in use that the edition drops without saying what becomes of them.
    """
    permissions.require(actor, "standards.edition.load")
    reading = read_folder(folder)
    record = CodeTable.objects.select_for_update().filter(key=reading.table).first()
    seen = _examine(reading, record=record)
    if not seen.is_good:
        raise Invalid(_("没有载入：发现 %s 处错误。") % len(seen.field_errors()), fields=seen.field_errors())
    if reading.edition and not seen.is_loaded:
        _load_edition(actor, record, reading, reading.edition, at=at)
    for element in seen.elements:
        _load_element(actor, element, at=at)
    return seen


def _load_edition(actor: Actor, record: CodeTable | None, reading: Reading, edition: Edition, *, at: datetime) -> None:
    record = record or _new_table(reading, edition)
    shipped, changes = storing.shipped_part(record)
    own, own_changes = storing.local_part(record)
    storing.write(record, shipped, changes, [*own, edition], [*own_changes, *reading.changes])
    audit.record(
        actor, "standards.edition.loaded", record, at=at,
        detail={"table": record.key, "version": edition.version, "digest": edition.digest},
    )  # fmt: skip
    events.publish(EditionLoaded(table=record.key, version=edition.version, valid_from=edition.starts))


def _new_table(reading: Reading, edition: Edition) -> CodeTable:
    return CodeTable.objects.create(
        key=reading.table, standard=reading.standard, title=dict(reading.title), provenance=edition.source,
        is_verified=edition.is_verified, digest="",
    )  # fmt: skip


def _load_element(actor: Actor, element: Element, *, at: datetime) -> None:
    storing.store_elements([element], {}, is_shipped=False)
    stored = DataElement.objects.get(identifier=element.identifier, version=element.version)
    detail = {"identifier": element.identifier, "version": element.version, "digest": element.digest}
    audit.record(actor, "standards.element.loaded", stored, at=at, detail=detail)


# -- looking ----------------------------------------------------------------------------------------------------------
def _examine(reading: Reading, record: CodeTable | None) -> Preview:
    seen = Preview(reading, list(reading.faults), reading.table)
    if reading.edition:
        seen.version = reading.edition.version
        _compare(seen, reading.edition, record)
    _compare_elements(seen)
    return seen


def _compare(seen: Preview, edition: Edition, record: CodeTable | None) -> None:
    if record is None:
        if not (seen.reading.title and seen.reading.standard):
            seen.faults.append(TableFault("unknown_table", seen.table, file="edition.yaml"))
        return
    stored = {row.version: row for row in record.editions.all()}
    if (same := stored.get(edition.version)) is not None:
        seen.is_loaded = same.digest == edition.digest
        if not seen.is_loaded:
            seen.faults.append(TableFault("duplicate_version", edition.version, file="edition.yaml"))
        return
    clash = next(
        (row.version for row in stored.values() if (row.valid_from or edition.starts.min) == edition.starts), ""
    )
    if clash:
        seen.faults.append(TableFault("overlapping_editions", edition.version, clash, file="edition.yaml"))
        return
    _compare_with_before(seen, edition, record)


def _compare_with_before(seen: Preview, edition: Edition, record: CodeTable) -> None:
    """The difference to the edition in force the day before, as the table would stand afterwards."""
    shipped, changes = storing.shipped_part(record)
    own, own_changes = storing.local_part(record)
    editions = sorted([*shipped, *own], key=lambda one: one.starts)
    earlier = [one for one in editions if one.starts < edition.starts]
    if not earlier:
        return
    book = Book(timeline([*editions, edition]), [*changes, *own_changes, *seen.reading.changes])
    seen.before, last_day = earlier[-1].version, edition.starts - DAY
    old_rows = book.rows_on(last_day)
    seen.diff = diff(
        old_rows.values(), edition.rows, lambda code: resolve(book, code, from_day=last_day, to_day=edition.starts)
    )
    seen.faults += _change_faults(seen.reading.changes, set(old_rows), {row.code for row in edition.rows})
    is_newest = earlier[-1] is editions[-1]
    silent = _silent(seen)
    used = codes_in_use(seen.table, silent) if is_newest else {}
    seen.faults += [TableFault("dropped_in_use", code, used[code], file="items.csv") for code in silent if code in used]
    seen.dropped = tuple(code for code in silent if code not in used)


def _silent(seen: Preview) -> list[str]:
    """Codes that end although the folder does not say what becomes of them."""
    said = {change.from_code for change in seen.reading.changes}
    return [one.row.code for one in (seen.diff.removed if seen.diff else ()) if one.row.code not in said]


def _change_faults(changes: tuple[Change, ...], old: set[str], new: set[str]) -> Iterator[TableFault]:
    for change in changes:
        if change.from_code not in old:
            yield TableFault("change_from", change.from_code, file="changes.csv")
        if change.to_code and change.to_code not in new:
            yield TableFault("change_to", change.to_code, file="changes.csv")


def codes_in_use(table: str, codes: list[str]) -> dict[str, str]:
    """Code → who uses it and how often, in words."""
    found: dict[str, list[str]] = {}
    for _key, source in USES.items() if codes else ():
        for code, count in source.codes_in_use(table, codes).items():
            if count:
                found.setdefault(code, []).append(f"{localised(source.label)} {count}")
    return {code: ", ".join(said) for code, said in found.items()}


def _compare_elements(seen: Preview) -> None:
    """A version of an element that stands with another content, or that ships with the product, is not replaced."""
    names = [element.identifier for element in seen.reading.elements]
    rows = DataElement.objects.filter(identifier__in=names).values_list("identifier", "version", "digest")
    stored = {(name, version): digest for name, version, digest in rows}
    for element in seen.reading.elements:
        digest = stored.get((element.identifier, element.version))
        if digest is None:
            seen.elements.append(element)
        elif digest != element.digest:
            seen.faults.append(
                TableFault("element_stands", element.identifier, str(element.version), file="elements.yaml")
            )
