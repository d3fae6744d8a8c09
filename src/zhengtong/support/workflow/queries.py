"""Questions about processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import language

from .drawing import draw
from .models import OpenStep, ProcessDefinition, ProcessInstance
from .rules import running
from .rules.picture import Picture, read_picture
from .rules.running import Spec


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step that waits for somebody."""

    subject_urn: str
    key: str
    opened_at: datetime


def get_bpmn(definition_uuid: UUID) -> bytes:
    """The process file of a definition. Raises NotFound."""
    found = ProcessDefinition.objects.filter(uuid=definition_uuid).values_list("bpmn", flat=True).first()
    if found is None:
        raise NotFound(_("没有这个流程。"))
    return bytes(found)


def list_open_steps(subject_urn: str) -> list[WaitingStep]:
    """What is waiting for somebody, in the order in which it opened."""
    return open_steps_for([subject_urn]).get(subject_urn, [])


def open_steps_for(subject_urns: Iterable[str]) -> dict[str, list[WaitingStep]]:
    """The open steps of many subjects in one query. A subject without any is left out."""
    rows = OpenStep.objects.filter(instance__subject_urn__in=list(subject_urns)).order_by("id")
    found: dict[str, list[WaitingStep]] = {}
    for urn, key, opened_at in rows.values_list("instance__subject_urn", "key", "opened_at"):
        found.setdefault(urn, []).append(WaitingStep(urn, key, opened_at))
    return found


def step_states(subject_urn: str) -> dict[str, str]:
    """Each step of the subject's process: done, open, waiting or skipped. Raises NotFound."""
    row = (
        ProcessInstance.objects.filter(subject_urn=subject_urn)
        .values_list("definition_uuid", "state", "is_finished")
        .first()
    )
    if row is None:
        raise NotFound(_("没有这个流程。"))
    definition_uuid, state, is_finished = row
    spec = spec_of(definition_uuid)
    states = running.unpack(spec, bytes(state)).states(spec)
    return {key: "done" if value == "done" else "skipped" for key, value in states.items()} if is_finished else states


def diagram_svg(
    definition_uuid: UUID, states: Mapping[str, str], lang: str | None = None, *, notes: Mapping[str, str] | None = None
) -> SafeString:
    """The process as a picture: `<div class="flow">` with a wide and a tall SVG, of which the style sheet shows one.

    `states`: step → done | open | waiting | skipped (see `step_states`); empty shows the plan. `notes`: a short line
    for a step in place of its days, e.g. the days left. `lang`: zh or en, else that of the request. Raises NotFound.
    """
    return _drawn(
        definition_uuid, tuple(sorted(states.items())), lang or language(), tuple(sorted((notes or {}).items()))
    )


def flow_preview_svg(xml: bytes, lang: str | None = None, states: Mapping[str, str] | None = None) -> SafeString:
    """The same picture for a process that is not defined yet (services.compile_reviews, or a checked file)."""
    return draw(read_picture(xml), states or {}, lang or language())


_Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def _drawn(definition_uuid: UUID, states: _Pairs, lang: str, notes: _Pairs) -> SafeString:
    """Most cases of a process look alike: each look is drawn once."""
    return draw(_picture_of(definition_uuid), dict(states), lang, dict(notes))


@lru_cache(maxsize=256)
def _picture_of(definition_uuid: UUID) -> Picture:
    return read_picture(get_bpmn(definition_uuid))


@lru_cache(maxsize=256)
def spec_of(definition_uuid: UUID) -> Spec:
    """The process ready to run; read once in each process of the node, for a definition never changes."""
    return running.read_spec(get_bpmn(definition_uuid))
