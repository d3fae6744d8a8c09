"""Door: which registers there are, who is the source of what, and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.ids import Urn, make_urn, parse_urn
from zhengtong.kernel.texts import Texts
from zhengtong.resources.standards import queries as standards

from . import catalogue, rows, timeline
from .basemap import policy as map_policy
from .catalogue import definitions
from .catalogue import get as get_register
from .contradictions import LABELS as CONTRADICTIONS
from .definition.alike import roles_of
from .definition.model import Authority, Definition, Field, Type
from .definition.rules import Dimension
from .definition.spatial import shape_of
from .models import Act, Load, RegisterVersion
from .purposes import PURPOSES, Purpose, purpose_of
from .quality.kept import (
    count_quality_reports,
    dimension_scores,
    find_edition,
    get_edition,
    get_quality_report,
    list_findings,
    list_quality_reports,
    list_runs,
    open_editions,
    reports_of_register,
    scores_of_registers,
    standings,
    trend,
)
from .quality.kept import score as quality_score
from .quality.running import MOST_FINDINGS
from .quality.tabling import csv_of
from .quality.tabling import shown as statistics_shown
from .rows import Row
from .searching import is_prefix, searchable
from .standing import (
    PAGE,
    differing_fields,
    disputes_of,
    estimates,
    get_dispute,
    get_match,
    list_disputes,
    list_disputes_of_party,
    list_grants,
    list_match_runs,
    list_matches,
    list_subscriptions,
)
from .subjects import everybody_with
from .survivors import TWINS, followed, survivor_of, twins_of
from .tiles import tiles
from .timeline import Version
from .values import masked, plain

__all__ = [
    "MOST_FINDINGS", "PAGE", "PURPOSES", "Definition", "Dimension", "Field", "Purpose", "count_quality_reports",
    "csv_of", "definitions", "differing_fields", "dimension_scores", "disputes_of", "estimates", "find_edition",
    "flag_labels", "forgives_slips", "get_dispute", "get_edition", "get_match", "get_quality_report", "get_register",
    "is_prefix", "list_disputes", "list_disputes_of_party", "list_findings", "list_grants", "list_match_runs",
    "list_matches", "list_quality_reports", "list_runs", "list_subscriptions", "map_policy", "masked",
    "open_editions", "purpose_of", "quality_score", "reports_of_register", "scores_of_registers", "searchable",
    "standings", "statistics_shown", "survivor_of", "tiles", "trend",
]  # fmt: skip

LEGAL_ENTITIES, PREMISES, POPULATION = "legal-entities", "premises", "population"


@dataclass(frozen=True, slots=True)
class HeldField:
    """A field that a register holds, as forms and packages name it: `register` is the noun of its records."""

    register: str
    name: str
    data_element: str
    label: Texts
    authority: Authority
    may_reask: bool

    @property
    def key(self) -> str:
        return f"{self.register}.{self.name}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is now, opened: encrypted values in clear. For the party itself and for verbs, not for pages."""

    definition: Definition
    row: Row

    @property
    def uuid(self) -> UUID:
        return self.row.uuid

    @property
    def urn(self) -> str:
        return make_urn("registers", self.definition.noun, self.row.uuid)

    @property
    def as_of(self) -> datetime:
        """When an authority last wrote it."""
        return self.row.recorded_at

    def __getitem__(self, name: str) -> Any:
        return rows.opened(self.row.values[name])


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a record as a page shows it, with the authority it comes from."""

    name: str
    label: Texts
    value: Any
    source: Texts
    is_disputed: bool = False


def spatial_registers() -> list[Definition]:
    """Those whose records lie somewhere."""
    return [one for one in definitions().values() if shape_of(one)]


# -- who is the source ------------------------------------------------------------------------------------------------
def field_authorities() -> list[HeldField]:
    """Every field of every register with its authority (每个数据项的数源部门)."""
    return [_held(d, one) for d in definitions().values() for one in d.fields if not one.is_retired]


def find_register_field(data_element: str) -> HeldField | None:
    """The field that holds this data element, or None if no register does (the once-only rule asks here)."""
    found = catalogue.find_by_element(data_element)
    return _held(*found) if found else None


def find_field(register: str, name: str) -> HeldField | None:
    """A field by the noun of its register and its name, as a form binds it."""
    definition = next((d for d in definitions().values() if d.noun == register), None)
    one = definition.find(name) if definition else None
    return _held(definition, one) if definition and one else None


def _held(definition: Definition, one: Field) -> HeldField:
    authority = Authority(one.authority, definition.source_of(one.name))
    return HeldField(definition.noun, one.name, one.element, one.label, authority, one.may_reask)


def list_versions(register: str) -> list[RegisterVersion]:
    """Every published version of a register, the newest first."""
    return list(RegisterVersion.objects.filter(key=register).order_by("-number"))


# -- records ----------------------------------------------------------------------------------------------------------
def find_record(register: str, key: Mapping[str, str]) -> Entry | None:
    """The record that these key values name."""
    definition = catalogue.get(register)
    row = rows.find_by_key(definition, key)
    return Entry(definition, row) if row else None


def get_record(register: str, uuid: UUID) -> Entry:
    """Raises NotFound."""
    definition = catalogue.get(register)
    row = rows.find(definition, uuid)
    if row is None:
        raise NotFound(_("基础库中没有这条记录。"), remedy=_("请核对后重试；新登记的，请待入库后再试。"))
    return Entry(definition, row)


def resolve(urn: str) -> Entry | None:
    """The record that a URN names, or the one that stands for it after a merge; None where there is no such thing."""
    named = _party(urn)
    definition = next((d for d in definitions().values() if named and d.noun == named.noun), None)
    row = rows.find(definition, named.uuid) if definition and named else None
    return Entry(definition, followed(definition, row)) if definition and row else None


def versions_of(record: Entry) -> list[Version]:
    """All that was ever held of a record, the earliest validity first."""
    return rows.versions(record.definition, record.row, believed_only=False)


def find_version(record: Entry, *, on: date, known: datetime) -> Version | None:
    """What was true of the record on a day, as known at a moment."""
    return timeline.as_of(versions_of(record), on=on, known=known)


def forgives_slips(definition: Definition) -> bool:
    """Whether a search by name and day of birth forgives a slip in one of them."""
    return roles_of(definition) is not None


def history_of(record_uuid: UUID, *, limit: int = 50) -> list[Act]:
    """What authorities did to the record, the newest first."""
    return list(Act.objects.filter(record_uuid=record_uuid).order_by("-id")[:limit])


def describe(record: Entry, *, whole: bool = False) -> list[Item]:
    """The record field by field with labels and sources; masked unless `whole`. Identifiers of ours are left out."""
    return [
        Item(one.name, one.label, shown(one, record[one.name], whole=whole), record.definition.source_of(one.name),
             one.name in record.row.disputed)
        for one in record.definition.fields
        if one.type is not Type.URN and record.row.values[one.name] is not None
    ]  # fmt: skip


def shown(one: Field, value: Any, *, whole: bool) -> Any:
    """A value as people read it: a code by its name, a choice by its label; masked unless `whole`."""
    if value is None:
        return ""
    if not whole and one.mask:
        return masked(one, value)
    if one.code_table:
        found = standards.find_code(one.code_table, value)
        return found.label if found else value
    return one.values[value] if one.type is Type.CHOICE else plain(value)


def flag_labels(row_flags: Iterable[str]) -> list[Texts]:
    """What the marks of a record say."""
    return [CONTRADICTIONS[flag] for flag in row_flags if flag in CONTRADICTIONS]


# -- parties ----------------------------------------------------------------------------------------------------------
def find_legal_entity(uscc: str) -> Entry | None:
    """The legal entity of this credit code, as people type it."""
    return find_record(LEGAL_ENTITIES, {"uscc": identifiers.normalise(uscc)})


def find_legal_entity_of(party_urn: str) -> Entry | None:
    """The record of a party; None for a natural person, a malformed URN or an entity the register does not hold."""
    urn = _party(party_urn)
    if not urn or urn.noun != "legal_entity":
        return None
    definition = catalogue.get(LEGAL_ENTITIES)
    row = rows.find(definition, urn.uuid)
    return Entry(definition, followed(definition, row)) if row else None


def find_person(id_number: str) -> Entry | None:
    """The person of this identity number in the population register, also of a number whose record was merged. For the
    person itself, and for verbs."""
    found = find_record(POPULATION, {"id_number": identifiers.normalise(id_number)})
    return Entry(found.definition, followed(found.definition, found.row)) if found else None


def whole_registers_with(party_urn: str) -> list[str]:
    """Names under which the log keeps that a whole register of people, or of legal entities, was taken."""
    return everybody_with(definitions().values(), party_urn)


def is_person(party_urn: str) -> bool:
    """Whether the URN names a natural person."""
    urn = _party(party_urn)
    return bool(urn and urn.noun == "person")


def _party(party_urn: str) -> Urn | None:
    try:
        return parse_urn(party_urn)
    except ValueError:
        return None


# -- premises ---------------------------------------------------------------------------------------------------------
def find_premises(certificate_number: str) -> Entry | None:
    return find_record(PREMISES, {"certificate_number": certificate_number.strip()})


def list_premises_of(party_urn: str, *, on: date) -> list[Entry]:
    """Premises the party rents (the lease still running) or owns, those it rents first; also those of papers that name
    what was merged into it. One query, two where there are such."""
    if not party_urn:
        return []
    found = _connected_with(party_urn)
    is_own = all(party_urn in (one["owner_urn"], one["occupant_urn"]) for one in found)
    return _rented_first(found, [party_urn] if is_own else _names_of(party_urn), on)


def find_likely_premises(party_urn: str, *, on: date) -> Entry | None:
    """Where the party most likely works: at its registered address, else the first it rents or owns."""
    return next(iter(list_likely_premises(party_urn, on=on)), None)


def list_likely_premises(party_urn: str, *, on: date) -> list[Entry]:
    """As `list_premises_of`, the most likely place of work first."""
    held = list_premises_of(party_urn, on=on)
    entity = find_legal_entity_of(party_urn) if len(held) > 1 else None
    registered = entity["address"] if entity else ""
    return sorted(held, key=lambda one: not registered or one["address"] != registered)


def _names_of(party_urn: str) -> list[str]:
    """The party, and what was merged into it: papers of before name those."""
    urn = _party(party_urn)
    twins = twins_of(urn.uuid) if urn and urn.noun == "legal_entity" else []
    return [party_urn, *(make_urn("identity", "legal_entity", one) for one in twins)]


def _connected_with(party_urn: str) -> list[Entry]:
    definition, urn = catalogue.get(PREMISES), _party(party_urn)
    condition = "owner_urn = %s OR occupant_urn = %s"
    params: list[Any] = [party_urn, party_urn]
    if urn and urn.noun == "legal_entity":
        twins = [urn.uuid, party_urn.removesuffix(str(urn.uuid))]
        condition += f" OR owner_urn IN ({TWINS}) OR occupant_urn IN ({TWINS})"
        params += [*twins, *twins]
    found = rows.select(definition, condition, params, order="certificate_number")
    return [Entry(definition, row) for row in found]


def _rented_first(premises: Iterable[Entry], names: list[str], on: date) -> list[Entry]:
    found = [(_is_rented(one, names, on), one) for one in premises]
    rented = [one for is_rented, one in found if is_rented]
    return rented + [one for is_rented, one in found if not is_rented and one["owner_urn"] in names]


def _is_rented(one: Entry, names: list[str], on: date) -> bool:
    until = one["lease_until_date"]
    return one["occupant_urn"] in names and (until is None or until >= on)


def list_loads(register: str | None = None, *, limit: int = 100) -> list[Load]:
    """What was loaded in bulk, the newest first."""
    chosen = Load.objects.filter(register=register) if register else Load.objects.all()
    return list(chosen.order_by("-id")[:limit])
