"""What becomes of each row of a batch: new, changed, unchanged or bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..definition.model import Definition
from .batches import Batch, duplicates
from .faults import Fault, make
from .merging import Difference, Known, Merging
from .outcomes import Line

OUTCOMES = ("new", "changed", "unchanged", "bad")


@dataclass(slots=True)
class Told:
    """Places of rows by outcome; what is bad stands in the batch's faults. `renamed`: ids of records of a new name."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    renamed: list[int] = field(default_factory=list)

    def counts(self, batch: Batch) -> dict[str, int]:
        bad = len(batch.faults) + len(batch.unreadable)
        return {"new": len(self.new), "changed": len(self.changed), "unchanged": len(self.unchanged), "bad": bad}

    def lines(self, batch: Batch) -> list[Line]:
        """Of every row, in the order of the file."""
        found: list[Line] = [(number, "", "bad", (fault,)) for number, fault in batch.unreadable]
        for outcome, places in (("new", self.new), ("changed", self.changed), ("unchanged", self.unchanged)):
            notes = batch.notes
            found += [
                (batch.numbers[p], batch.names[p], outcome, tuple(notes[p]) if p in notes else ()) for p in places
            ]
        found += [(batch.numbers[p], batch.names[p], "bad", tuple(faults)) for p, faults in batch.faults.items()]
        return sorted(found, key=lambda line: line[0])

    def rejected(self, batch: Batch) -> Iterator[tuple[int, Sequence[str | None]]]:
        """The bad rows as they came, with their numbers."""
        yield from batch.lost
        for place in batch.faults:
            yield batch.numbers[place], batch.cells[place]


def judge(
    definition: Definition, merging: Merging, batch: Batch, *, own_act: int | None, absent: Sequence[str]
) -> Told:
    """Compare the batch with the register. `own_act`: of this load, whose records the file has had before; `absent`:
    required fields that the load does not write. Known records that would change are locked."""
    for place in duplicates(batch):
        batch.blame(place, make("duplicate"))
    for place in merging.find_seen(batch, batch.places):
        batch.blame(place, make("duplicate"))
    known = merging.find_known(batch, batch.places)
    for place, record in known.items():
        if own_act is not None and record.act_id == own_act:
            batch.blame(place, make("duplicate"))
    _without_record(batch, known, absent)
    usable = {place: one for place, one in known.items() if place not in batch.faults}
    return _told(definition, batch, usable, merging.compare(batch, usable))


def _without_record(batch: Batch, known: Mapping[int, Known], absent: Sequence[str]) -> None:
    """A new record needs every required field."""
    if not absent:
        return
    fault = make("not-registered", names="、".join(absent))
    for place in batch.places:
        if place not in known:
            batch.blame(place, fault)


def _told(definition: Definition, batch: Batch, known: Mapping[int, Known], differences: Sequence[Difference]) -> Told:
    told = Told()
    differing = {one.place for one in differences}
    for one in differences:
        if faults := list(_against(definition, one)):
            batch.faults[one.place] = faults
        else:
            told.changed.append(one.place)
            if "name" in one.fields:
                told.renamed.append(one.id)
    for place in batch.places:
        if place not in known:
            told.new.append(place)
        elif place not in differing:
            told.unchanged.append(place)
    return told


def _against(definition: Definition, one: Difference) -> Iterator[Fault]:
    """What an authority's own verb would refuse: see services.writing."""
    old, new = one.status
    if definition.status_field and old is not None:
        lawful = definition.status_changes.get(old, ())
        if not lawful:
            yield make("ended")
            return
        if new not in (old, *lawful):
            labels = definition.by_name[definition.status_field].values
            names = {"old": labels[old], "new": labels[str(new)]}
            yield make("status", definition.status_field, **names)
    for name in one.fields:
        if definition.by_name[name].is_fixed:
            yield make("fixed", name)
