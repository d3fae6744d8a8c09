"""待核重复: pairs of records that may be one, side by side; merged, kept apart, taken apart again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhengtong.kernel.clock import now
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.resources.registers import queries, services
from zhengtong.security.permissions import services as permissions
from zhengtong.security.permissions.services import guard

from . import showing

BOXES = ("open", "merged", "different")
SIDES = ("first", "second")
_WAYS: Mapping[str, Any] = {
    "exact": gettext_lazy("相同"), "homophone": gettext_lazy("同音"), "swapped": gettext_lazy("次序颠倒"),
    "transposed": gettext_lazy("相邻两位颠倒"), "corrected": gettext_lazy("更正后相同"),
    "one_edit": gettext_lazy("差一处"), "similar": gettext_lazy("大致相同"), "differs": gettext_lazy("不同"),
}  # fmt: skip


@guard("registers.match.decide")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Pairs to judge, the likeliest first; those judged, the latest first."""
    asked = request.GET.get("box", "")
    box = asked if asked in BOXES else "open"
    found = queries.list_matches(request.actor, status=box, after=_after(request.GET.get("after", "")))
    titles = _titles(found)
    rows = [
        (one, queries.get_register(one.register), titles[one.first_uuid], titles[one.second_uuid], _agreeing(one))
        for one in found
    ]
    more = found[-1] if box == "open" and len(found) == queries.PAGE else None
    context = {"box": box, "rows": rows, "after": f"{more.score}_{more.pk}" if more else ""}
    return render(request, "workbench/registers/matches.html", context)


def _after(typed: str) -> tuple[float, int] | None:
    """Behind which pair the page goes on; anything else begins anew."""
    score, _mark, key = typed[:40].partition("_")
    try:
        found = float(score), int(key)
    except ValueError:
        return None
    return found if abs(found[0]) < 1e6 and 0 <= found[1] < 2**63 else None


def _titles(found: list[Any]) -> dict[UUID, str]:
    """What people call the records, masked. One query for each register."""
    uuids: dict[str, list[UUID]] = {}
    for one in found:
        uuids.setdefault(one.register, []).extend((one.first_uuid, one.second_uuid))
    answers = (services.look_at_many(register=key, uuids=wanted) for key, wanted in uuids.items())
    return {uuid: showing.titled(answer) for many in answers for uuid, answer in many.items()}


def _agreeing(match: Any) -> list[tuple[Any, Any]]:
    """(label of a field, in which way the records agree on it)."""
    fields = queries.get_register(match.register).by_name
    return [(fields[name].label, _WAYS[way]) for name, way in match.ways.items() if name in fields and way != "differs"]


@guard("registers.match.decide")
@require_GET
def detail(request: HttpRequest, match_uuid: UUID) -> HttpResponse:
    """Both records field by field, masked, what differs marked, and the forms that judge."""
    return _page(request, match_uuid)


@limited("reveal")
@exempt("every look at unmasked data runs and is recorded anew; its page is not kept")
@guard("registers.match.decide")
@require_POST
def reveal(request: HttpRequest, match_uuid: UUID) -> HttpResponse:
    """The same with the values of one's own fields in clear, on record for whom they concern."""
    opened = services.reveal_match(actor=request.actor, match_uuid=match_uuid, at=now())
    return _page(request, match_uuid, opened=opened)


@guard("registers.match.decide")
@require_POST
def judge(request: HttpRequest, match_uuid: UUID) -> HttpResponse:
    """Merged into the one that stays, kept apart for good, or a merge undone."""
    posted = request.POST
    ask: dict[str, Any] = {"actor": request.actor, "match_uuid": match_uuid, "reason": posted.get("reason", "")}
    try:
        match posted.get("verdict"):
            case "same":
                _merge(posted, ask)
                told = _("已合并。并入的记录已终止，历史保留；可以随时撤销。")
            case "different":
                services.keep_apart(at=now(), **ask)
                told = _("已判定为不同，以后不再提示这一对。")
            case "undo":
                services.undo_merge(at=now(), **ask)
                told = _("已撤销合并，两条记录恢复原状。")
            case _:
                permissions.require(request.actor, "registers.match.decide", queries.get_match(match_uuid))
                told = _("请选择结论。")
                raise Invalid(told, fields=[FieldError("verdict", told)])
    except (Invalid, Conflict) as fault:
        return _page(request, match_uuid, fault=fault)
    messages.success(request, told)
    return redirect("workbench:match", match_uuid)


def _merge(posted: Any, ask: dict[str, Any]) -> None:
    match = queries.get_match(ask["match_uuid"])
    side = posted.get("survivor", "")
    if side not in SIDES:
        told = _("请选择留存哪一条记录。")
        raise Invalid(told, fields=[FieldError("survivor", told, _("留存的记录"))])
    other = SIDES[1 - SIDES.index(side)]
    names = [one.name for one in queries.get_register(match.register).fields]
    taken = [name for name in names if posted.get(f"value-{name}") == other]
    survivor = match.first_uuid if side == "first" else match.second_uuid
    services.merge_records(survivor_uuid=survivor, taken=taken, at=now(), **ask)


# -- the page ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """One field of both records. `may_choose`: the merge may take either value."""

    name: str
    label: Any
    source: Any
    first: Any
    second: Any
    is_shown: bool
    differs: bool
    way: Any
    may_choose: bool
    chosen: str
    is_money: bool


def _page(
    request: HttpRequest, match_uuid: UUID, *, opened: Any = None, fault: Invalid | Conflict | None = None
) -> HttpResponse:
    found = queries.get_match(match_uuid)
    permissions.require(request.actor, "registers.match.decide", found)
    register = queries.get_register(found.register)
    both = services.look_at_many(register=found.register, uuids=[found.first_uuid, found.second_uuid])
    sides = [both[found.first_uuid], both[found.second_uuid]]
    context = {
        "found": found, "register": register, "opened": opened, "fault": fault, "typed": request.POST,
        "lines": _lines(request, found, register, sides, opened),
        "titles": [showing.titled(one) for one in sides],
        "kept": SIDES[found.survivor_uuid == found.second_uuid] if found.survivor_uuid else "",
        "flags": [queries.flag_labels(one.flags) for one in sides],
        "taken": [register.by_name[name].label for name in found.taken if name in register.by_name],
    }  # fmt: skip
    return render(request, "workbench/registers/match.html", context, status=fault.status if fault else 200)


def _lines(request: HttpRequest, found: Any, register: Any, sides: list[Any], opened: Any) -> list[Line]:
    differing = queries.differing_fields(found)
    own = set(services.own_fields(request.actor, register)) - services.fixed_in_merge(register)
    lines = []
    for one, other in zip(*(side.fields for side in sides), strict=True):
        first, second = _text(one, opened, found.first_uuid), _text(other, opened, found.second_uuid)
        is_shown = one.sight != "absent" or (opened is not None and one.name in opened[found.first_uuid])
        lines.append(
            Line(
                one.name, one.field.label, one.source, first, second, is_shown, one.name in differing,
                _WAYS.get(found.ways.get(one.name, ""), ""), one.name in differing and one.name in own,
                request.POST.get(f"value-{one.name}", ""),
                one.field.type == "money" and is_shown,
            )
        )  # fmt: skip
    held = [line for line in lines if line.differs or line.first != "" or line.second != "" or not line.is_shown]
    return sorted(held, key=lambda line: not line.differs)


def _text(seen: Any, opened: Any, uuid: UUID) -> Any:
    if opened is not None and seen.name in opened[uuid]:
        return queries.shown(seen.field, opened[uuid][seen.name], whole=True)
    return showing.text_of(seen)
