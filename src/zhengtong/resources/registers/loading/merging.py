"""A batch against the register, by sets: which keys are known, new rows by COPY, changed records to the past and anew.

What happens to a changed record is what `timeline.put` says for `since` the day of the batch, and `rows.apply` writes:
the present row goes to the past as believed until now, and once more as what held until that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ..contradictions import watched
from ..definition.model import Definition, Field
from .batches import Batch
from .columns import FORMER, as_copied

STAGE = "register_load_stage"  # temporary: known records of a batch as the file has them
KEYS = "register_load_keys"  # temporary: the keys of a batch
SEEN = "register_load_seen"  # temporary: keys the file has had, where the register itself does not show it


@dataclass(frozen=True, slots=True)
class Known:
    """A record that a row's key names. `act_id`: by which act it came to be as it is."""

    id: int
    act_id: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A known record and the row that would change it."""

    place: int
    id: int
    fields: tuple[str, ...]
    status: tuple[str | None, str | None]  # now, and in the file


@dataclass(frozen=True, slots=True)
class Stamp:
    """When, by which act and for which day the rows of a batch are written."""

    at: datetime
    day: date
    act_id: int
    is_synthetic: bool


class Merging:
    """The statements for one register and the fields a load writes."""

    def __init__(self, definition: Definition, written: Sequence[Field]) -> None:
        self.definition = definition
        self._key = [definition.by_name[name] for name in definition.keys[0]]
        self._written = list(written)
        self._compared = [one for one in written if one not in self._key]
        self._columns = [name for one in written for name in one.columns]
        self._has_seen = False
        watch = watched(definition)
        self._judged = list(watch.judged({one.name for one in [*written, *self._key]})) if watch else []

    def prepare(self) -> None:
        """The temporary tables, empty. They vanish with the connection, also when the process is killed."""
        kinds = self.definition.columns
        columns = ", ".join(f"{name} {kinds.get(name, 'bytea[]')}" for name in self._staged())
        keys = ", ".join(f"{one.index_column} {kinds[one.index_column]}" for one in self._key)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{STAGE}, pg_temp.{KEYS}, pg_temp.{SEEN}")
            cursor.execute(
                f"CREATE TEMP TABLE {STAGE} (place int, id bigint, marks text[]{', ' if columns else ''}{columns})"
            )
            cursor.execute(f"CREATE TEMP TABLE {KEYS} (place int, {keys})")
            cursor.execute(f"CREATE TEMP TABLE {SEEN} (key text PRIMARY KEY)")
        self._has_seen = False

    # -- keys --------------------------------------------------------------------------------------------------------
    def find_known(self, batch: Batch, places: Sequence[int]) -> dict[int, Known]:
        """The records of these rows' keys, by place; an encrypted key under any key of the ring."""
        found: dict[int, Known] = {}
        for keys in batch.keys:
            missing = [place for place in places if place not in found]
            found |= self._probe([keys[place] for place in missing], missing)
        return found

    def _probe(self, keys: Sequence[tuple[Any, ...]], places: Sequence[int]) -> dict[int, Known]:
        if not places:
            return {}
        names = [one.index_column for one in self._key]
        same = " AND ".join(f"r.{name} = k.{name}" for name in names)
        lines = "".join(
            ["\t".join([str(place), *map(as_copied, key)]) + "\n" for place, key in zip(places, keys, strict=True)]
        )
        with connection.cursor() as cursor:  # few keys of many: never a walk through the whole register
            cursor.execute(f"TRUNCATE {KEYS}")
            self._copy(KEYS, ["place", *names], lines)
            for way in ("hashjoin", "mergejoin", "seqscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(
                f"SELECT k.place, r.id, r.act_id FROM {KEYS} k JOIN {self.definition.table} r ON {same}"  # noqa: S608
            )
            return {place: Known(number, act) for place, number, act in cursor.fetchall()}

    def find_seen(self, batch: Batch, places: Sequence[int]) -> set[int]:
        """Places whose key was noted before."""
        if not self._has_seen or not places:
            return set()
        keys = {_noted(batch.keys[0][place]): place for place in places}
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT key FROM {SEEN} WHERE key = ANY (%s)", [list(keys)])  # noqa: S608
            return {keys[key] for (key,) in cursor.fetchall()}

    def note_seen(self, batch: Batch, places: Sequence[int]) -> None:
        if places:
            self._has_seen = True
            keys = [_noted(batch.keys[0][place]) for place in places]
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {SEEN} SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [keys])

    # -- new records -------------------------------------------------------------------------------------------------
    def add(self, batch: Batch, places: Sequence[int], stamp: Stamp, uuids: Mapping[int, UUID]) -> None:
        """Raises IntegrityError where somebody else has entered one of the keys meanwhile."""
        own = {
            "valid_from": stamp.day.isoformat(), "recorded_at": stamp.at.isoformat(), "act_id": str(stamp.act_id),
            "is_synthetic": "t" if stamp.is_synthetic else "f",
        }  # fmt: skip
        also = [[value] * len(places) for value in own.values()]
        if self._judged:
            own["flags"] = ""
            also.append(_marks(batch, places))
        names = [*own, *(["uuid"] if uuids else []), *self._columns]
        if uuids:
            also.append([str(uuids[place]) for place in places])
        self._copy(self.definition.table, names, batch.lines(places, self._columns, *also))

    def _copy(self, table: str, names: Sequence[str], lines: str) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
            copy.write(lines)

    # -- known records -----------------------------------------------------------------------------------------------
    def compare(self, batch: Batch, known: Mapping[int, Known]) -> list[Difference]:
        """Which of the known records the rows would change, and in what; those are locked."""
        if not known or not self._compared:
            return []
        columns = self._staged()
        ids = [str(one.id) for one in known.values()]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {STAGE}")
        marks = _marks(batch, list(known))
        lines = batch.lines(list(known), columns, [str(place) for place in known], ids, marks)
        self._copy(STAGE, ["place", "id", "marks", *columns], lines)
        with connection.cursor() as cursor:
            cursor.execute(self._differences())
            return [
                Difference(place, number, tuple(fields), (old, new))
                for place, number, fields, old, new in cursor.fetchall()
            ]

    def _staged(self) -> list[str]:
        own = [name for one in self._compared for name in one.columns]
        return own + [f"{one.name}{FORMER}" for one in self._compared if one.is_encrypted]

    def _differences(self) -> str:
        differing = ", ".join(f"CASE WHEN {_differs(one)} THEN '{one.name}' END" for one in self._compared)
        any_of = " OR ".join(_differs(one) for one in self._compared)
        status = self.definition.status_field
        old = f"r.{status}::text" if status else "NULL"
        new = f"s.{status}::text" if status and any(one.name == status for one in self._compared) else old
        return (
            f"SELECT s.place, r.id, array_remove(ARRAY[{differing}], NULL), {old}, {new} "  # noqa: S608  (names only)
            f"FROM {STAGE} s JOIN {self.definition.table} r ON r.id = s.id WHERE {any_of} ORDER BY r.id FOR UPDATE OF r"
        )

    def amend(self, accepted: Sequence[int], stamp: Stamp) -> None:
        """The rows at these places change their records, which `compare` has locked."""
        if not accepted:
            return
        told: dict[str, Any] = {"places": list(accepted), "at": stamp.at, "day": stamp.day, "act": stamp.act_id,
                               "judged": self._judged}  # fmt: skip
        with connection.cursor() as cursor:
            for statement in (self._to_past(), self._anew()):
                cursor.execute(statement, told)

    def _to_past(self) -> str:
        columns = ", ".join(self.definition.columns)
        of_record = ", ".join(f"r.{name}" for name in self.definition.columns)
        chosen = f"FROM {self.definition.table} r JOIN {STAGE} s ON r.id = s.id AND s.place = ANY (%(places)s)"
        return (
            f"INSERT INTO {self.definition.past_table} (record_id, uuid, valid_from, valid_to, recorded_at, "
            f"superseded_at, act_id, is_synthetic, disputed, flags, {columns}) "
            f"SELECT r.id, r.uuid, r.valid_from, NULL::date, r.recorded_at, %(at)s::timestamptz, %(act)s, "
            f"r.is_synthetic, r.disputed, r.flags, {of_record} {chosen} UNION ALL "
            f"SELECT r.id, r.uuid, r.valid_from, %(day)s::date, %(at)s::timestamptz, NULL, %(act)s, r.is_synthetic, "
            f"r.disputed, r.flags, {of_record} {chosen} WHERE r.valid_from < %(day)s::date"
        )

    def _anew(self) -> str:
        """An encrypted value that is the same keeps its ciphertext: only what differs is written."""
        sets = [
            f"{name} = CASE WHEN {_differs(one)} THEN s.{name} ELSE r.{name} END"
            for one in self._compared
            for name in one.columns
        ]
        kept = "ARRAY(SELECT unnest(r.flags) EXCEPT SELECT unnest(%(judged)s::text[]))"
        return (
            f"UPDATE {self.definition.table} r SET valid_from = %(day)s, recorded_at = %(at)s, act_id = %(act)s, "  # noqa: S608  (names only)
            f"flags = {kept} || s.marks, {', '.join(sets)} "
            f"FROM {STAGE} s WHERE r.id = s.id AND s.place = ANY (%(places)s)"
        )


def _marks(batch: Batch, places: Sequence[int]) -> list[str]:
    """The contradictions of rows as COPY takes them; their names need no quotes."""
    return ["{" + ",".join(batch.flags.get(place, ())) + "}" for place in places]


def _differs(one: Field) -> str:
    differs = f"r.{one.index_column} IS DISTINCT FROM s.{one.index_column}"
    former = f"coalesce(r.{one.index_column} = ANY (s.{one.name}{FORMER}), false)"
    return f"({differs} AND NOT {former})" if one.is_encrypted else differs


def _noted(key: tuple[Any, ...]) -> str:
    return "\x1f".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)
