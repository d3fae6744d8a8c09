"""Questions about policies: which route has which, who holds which role, what a URN names."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.ids import Named, parse_urn
from zhengtong.kernel.texts import Texts

from . import reviewed
from .cells import Cell, expected, summary, unused
from .cells import cells as list_cells
from .delegations import KEPT_FOR_ONESELF
from .held import own_permissions, reaches_of
from .models import Delegation, RoleBinding
from .providers import POLICIES, ROLES, Reach
from .purposes import label_of
from .routes import Route, list_routes
from .scopes import SCOPES


def list_role_bindings(post_uuids: Iterable[uuid.UUID]) -> list[RoleBinding]:
    """Bindings now in force at these posts."""
    return list(RoleBinding.objects.in_force().of_posts(post_uuids).order_by("post_uuid", "role"))


def posts_carrying(action: str, post_uuids: Iterable[uuid.UUID], *, level: int = 0) -> set[uuid.UUID]:
    """Those of the posts whose roles, now in force, bring the permission, cleared for the level. One query."""
    roles = [role.key for role in ROLES.carrying(action)]
    bound = RoleBinding.objects.in_force().of_posts(post_uuids).filter(role__in=roles, clearance__gte=level)
    return set(bound.values_list("post_uuid", flat=True))


def posts_bringing(action: str) -> set[uuid.UUID]:
    """Every post whose roles, now in force, bring the permission. One query."""
    roles = [role.key for role in ROLES.carrying(action)]
    return set(RoleBinding.objects.in_force().filter(role__in=roles).values_list("post_uuid", flat=True))


def accounts_lent(action: str) -> set[uuid.UUID]:
    """Every account to which a delegation, now in force, lends the permission. One query."""
    lent = Delegation.objects.in_force().filter(actions__contains=[action])
    return set(lent.values_list("receiver_uuid", flat=True))


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role at a post of the actor's own, and how far it reaches, in words."""

    post_uuid: uuid.UUID
    role: Texts
    extent: Texts
    clearance: Texts
    purposes: tuple[Texts, ...]  # none: the policies alone say which


def list_roles_held(actor: Actor) -> list[RoleHeld]:
    """Each role of each of the actor's posts; what is lent is not among them. One query, none within a request."""
    return [
        RoleHeld(post.uuid, _label_of(role), reach.extent.label, reach.clearance.label, _words_of(reach))
        for post, role, reach in reaches_of(actor)
    ]


def _label_of(role: str) -> Texts:
    found = ROLES.find(role)
    return found.label if found else {"zh": role, "en": role}


def _words_of(reach: Reach) -> tuple[Texts, ...]:
    return tuple(label_of(purpose) for purpose in sorted(reach.purposes or ()))


def list_delegations(account_uuid: uuid.UUID) -> list[Delegation]:
    """What the account has given or received and is not over, the next to end first. One query."""
    of_account = models.Q(giver_uuid=account_uuid) | models.Q(receiver_uuid=account_uuid)
    return list(Delegation.objects.filter(of_account, ended_at=None, until__gt=Now()).order_by("until", "id"))


def list_delegable(post_uuid: uuid.UUID) -> list[str]:
    """The acts of a post that its holder may let a colleague do."""
    return sorted(own_permissions(post_uuid) & set(POLICIES) - KEPT_FOR_ONESELF)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix against its reviewed answers. Sound when nothing is missing and nothing is left over."""

    routes: list[Route]
    routes_without_row: list[Route]
    cells: list[Cell]
    cells_untested: list[Cell]  # of policies nobody has reviewed: no test has an answer to hold them against
    left_over: list[str]

    @property
    def is_sound(self) -> bool:
        return not (self.routes_without_row or self.cells_untested or self.left_over)


def matrix() -> Matrix:
    """Every route, and every cell role × action × state × scope, with what the reviewed files lack. No database."""
    answers, routes, cells = reviewed.answers(), list_routes(), list(list_cells(reviewed.answers()))
    stale = set(answers.routes) - {route.row for route in routes if route.policy}
    return Matrix(
        routes,
        [route for route in routes if not route.policy or answers.routes.get(route.row) != route.policy],
        cells,
        [cell for cell in cells if cell.action not in answers.may],
        [*unused(answers), *sorted(stale)],
    )


def is_expected(cell: Cell) -> bool | None:
    """The reviewed answer; None where nobody has reviewed the policy."""
    return expected(reviewed.answers(), cell)


def list_rows(action: str) -> list[tuple[str, str]]:
    """The reviewed rows of an action in as few lines as say the same: where one stands, and who may from there."""
    answers = reviewed.answers()
    lawful = [("(lawful in)", " ".join(sorted(answers.lawful[action])))] if action in answers.lawful else []
    places = {place: kinds for place, kinds in answers.may.get(action, {}).items() if kinds}
    return lawful + summary(places, answers.thing_of(action))


def list_scopes() -> list[tuple[str, str]]:
    """The words of the matrix, and what they mean."""
    return [(scope, meaning) for scope, (_kinds, meaning) in SCOPES.items()]


def file_of(route: Route) -> str:
    """The reviewed file in which the route's row belongs: that of the room whose view it is."""
    parts = route.view.split(".")
    return "/".join([*parts[1 : 3 if parts[1:2] != ["config"] else 2], reviewed.NAME])


def load_object(urn: str) -> models.Model:
    """The thing a URN names, in any room. Raises NotFound for a malformed URN, an unknown noun, a missing row."""
    try:
        parts = parse_urn(urn)
    except ValueError:
        raise NotFound(
            _("“%s”不是有效的标识。") % urn, remedy=_("标识形如 urn:zhengtong:511602-e:cases:case:…。")
        ) from None
    model = next((m for m in apps.get_models() if _is_named(m, parts.room, parts.noun)), None)
    found = model._default_manager.filter(uuid=parts.uuid).first() if model else None
    if found is None:
        raise NotFound(_("本节点没有“%s”。") % urn, remedy=_("请核对标识是否完整。"))
    return found


def _is_named(model: type[models.Model], room: str, noun: str) -> bool:
    return (
        issubclass(model, Named)
        and model._meta.app_label.partition("_")[2] == room
        and getattr(model, "urn_noun", "") == noun
    )
