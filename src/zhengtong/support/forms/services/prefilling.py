"""What the registers already know: fetched on the server, shown read-only, and fetched again when it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.texts import Texts

from ..providers import PREFILL, ChoiceSource, PrefillChoice, PrefillRecord
from ..rules.checking import is_empty
from ..rules.form import DISPUTES, Form, PrefillRef
from ..rules.reading import MAX_NOTE, clean, note, set_control
from ..rules.visibility import visible_data


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A register's answer for one field. Only where `found` is False may the applicant type.

    `choices`: the party has these records and chooses by this field; `found` is then False for one the register lacks.
    """

    value: Any
    source: Texts
    as_of: datetime | None
    found: bool
    choices: tuple[PrefillChoice, ...] = ()

    @property
    def must_choose(self) -> bool:
        """There is more than one: what the form shows first is an offer, not an answer."""
        return len(self.choices) > 1


def prefill(
    form: Form, party_urn: str, actor: Actor, at: datetime, *, data: Mapping[str, Any] | None = None
) -> dict[str, Prefilled]:
    """The registers' values for every bound field, one question per register and key.

    `data` holds the answers so far, for bindings with a `key`. Raises Unavailable when a register cannot answer.
    """
    known = dict(data or {})
    records: dict[tuple[str, str, str], PrefillRecord | None] = {}
    offered: dict[tuple[str, str], dict[str, PrefillRecord]] = {}
    answers = {}
    for name, one in form.fields.items():
        if one.prefill is None:
            continue
        if one.prefill.choose:
            answers[name] = _offer(one.prefill, party_urn, str(known.get(name) or "").strip(), actor, at)
            offered[one.prefill.register, name] = {choice.key: choice.record for choice in answers[name].choices}
        else:
            key = str(known.get(one.prefill.key) or "").strip() if one.prefill.key else ""
            place = (one.prefill.register, one.prefill.key, key)
            if place not in records:
                held = offered.get(place[:2])
                records[place] = held.get(key) if held else _fetch(one.prefill, party_urn, key, actor, at)
            answers[name] = _answer(one.prefill, records[place])
        if answers[name].found:
            known[name] = answers[name].value  # a later binding may take it as its key
    return answers


def settle(form: Form, data: Mapping[str, Any], prefilled: Mapping[str, Prefilled] | None = None) -> dict[str, Any]:
    """What is submitted: the registers' values over anything posted, without hidden and empty answers.

    Disputes against prefilled values stay, under `$disputes`.
    """
    prefilled = prefilled or {}
    merged = with_prefilled(data, prefilled)
    settled = {name: value for name, value in visible_data(form, merged).items() if not is_empty(value)}
    for name, answer in prefilled.items():
        if answer.found and name in settled and (text := clean(note(data, DISPUTES, name))[:MAX_NOTE]):
            set_control(settled, DISPUTES, name, text)
    return settled


def with_prefilled(data: Mapping[str, Any], prefilled: Mapping[str, Prefilled]) -> dict[str, Any]:
    return {**data, **{name: answer.value for name, answer in prefilled.items() if answer.found}}


def _fetch(bound: PrefillRef, party_urn: str, key: str, actor: Actor, at: datetime) -> PrefillRecord | None:
    if not party_urn or (bound.key and not key):
        return None
    return PREFILL.get(bound.register).fetch(party_urn=party_urn, key=key, actor=actor, at=at)


def _offer(bound: PrefillRef, party_urn: str, chosen: str, actor: Actor, at: datetime) -> Prefilled:
    """The record chosen, before any choice the likeliest; not found where the party names another one."""
    source = PREFILL.get(bound.register)
    assert isinstance(source, ChoiceSource)  # the form was checked when it was compiled
    held = tuple(source.choices(party_urn=party_urn, actor=actor, at=at)) if party_urn else ()
    record = next((choice.record for choice in held if choice.key == chosen or not chosen), None)
    return replace(_answer(bound, record), choices=held)


def _answer(bound: PrefillRef, record: PrefillRecord | None) -> Prefilled:
    label = PREFILL.get(bound.register).label
    if record is None or is_empty(value := as_json(record.values.get(bound.field))):
        return Prefilled(None, label, None, found=False)
    return Prefilled(value, record.sources.get(bound.field, label), record.as_of, found=True)


def as_json(value: Any) -> Any:
    """A register's Python value as the form keeps it: days as ISO text, decimals as numbers."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
