"""May they? Ask here before every act. Also: give roles to posts, and mark a view with its policy."""

from __future__ import annotations

import contextlib
import functools
import inspect
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.texts import Texts, localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit

from . import binding, delegations, denials, held, providers
from .asking import with_purpose
from .denials import Denied
from .models import Delegation, RoleBinding
from .predicates import RuleAnswer
from .providers import POLICIES, ROLES, SEPARATIONS
from .purposes import label_of
from .reaching import lawful_purposes
from .rules import NO_LIMIT, Extent, Reach, Secrecy, highest_held

__all__ = [
    "NO_LIMIT", "Denied", "Extent", "Reach", "Secrecy", "allows", "bind_role", "check_duties", "check_holdable",
    "could", "deciding_delegation", "delegate", "end_delegation", "end_delegations_of", "explain", "filter",
    "find_refusal", "guard", "highest_held", "lock_duties", "public", "purposes_for", "remembered", "require",
    "unbind_role",
]  # fmt: skip

M = TypeVar("M", bound=Model)
V = TypeVar("V", bound=Callable[..., Any])
check_holdable = binding.check_holdable


def require(actor: Actor, action: str, obj: Any = None, *, purpose: str = "") -> None:
    """Raise `Denied` (403; 401 for somebody not signed in) unless the action's policy holds. LookupError: no policy.

    `purpose`: the key of the purpose for which it is done, where the policy asks for one (`for_purpose`).
    """
    policy, actor = POLICIES.get(action), with_purpose(actor, purpose)
    with held.once():
        if not policy.predicate.test(actor, obj):
            _refuse(actor, action, obj)
        delegations.note(actor, action, obj)


def allows(actor: Actor, action: str, obj: Any = None, *, purpose: str = "") -> bool:
    """Whether `require` would pass; for showing or hiding a button."""
    return POLICIES.get(action).predicate.test(with_purpose(actor, purpose), obj)


def could(actor: Actor, action: str) -> bool:
    """Whether there may be an object on which, and a purpose for which, the actor may do this; for menus."""
    return POLICIES.get(action).predicate.judge(actor, None) is not False


def purposes_for(actor: Actor, action: str, obj: Any) -> list[tuple[str, Texts]]:
    """The purposes, with their labels, for which the actor may do this to the object: what a form lets him choose."""
    lawful = lawful_purposes(POLICIES.get(action).predicate)
    with held.once():
        return [(key, label_of(key)) for key in lawful if allows(actor, action, obj, purpose=key)]


def filter(actor: Actor, action: str, queryset: QuerySet[M], *, purpose: str = "") -> QuerySet[M]:
    """Only the rows on which the actor may do this, decided by the database with the same policy as `require`."""
    restriction = POLICIES.get(action).predicate.restrict(with_purpose(actor, purpose))
    if isinstance(restriction, bool):
        return queryset if restriction else queryset.none()
    return queryset.filter(restriction)


def explain(actor: Actor, action: str, obj: Any = None, *, purpose: str = "") -> list[RuleAnswer]:
    """Every rule of the policy, whether it holds and what would help; the first answer is the whole.

    Asked with a thing of another noun (a case, for an act on reviews), it answers as without one.
    """
    policy = POLICIES.get(action)
    return policy.predicate.answers(with_purpose(actor, purpose), obj if policy.is_about(obj) else None)


@contextlib.contextmanager
def remembered(actors: Sequence[Actor]) -> Iterator[None]:
    """Inside, what these actors may is known: read by one query for all of them."""
    with held.once():
        held.learn(actors)
        yield


def find_refusal(actor: Actor, action: str, obj: Any = None, *, purpose: str = "") -> RuleAnswer | None:
    """The rule by which `require` would refuse; None where it would pass."""
    predicate, actor = POLICIES.get(action).predicate, with_purpose(actor, purpose)
    return None if predicate.test(actor, obj) else predicate.failing(actor, obj)


def deciding_delegation(actor: Actor, action: str, obj: Any = None, *, purpose: str = "") -> delegations.Lent | None:
    """The delegation without which the actor might not do this; None where he may in his own right, or not at all."""
    asker = with_purpose(actor, purpose)
    return delegations.deciding(asker, action, obj if POLICIES.get(action).is_about(obj) else None)


def _refuse(actor: Actor, action: str, obj: Any) -> None:
    failing = POLICIES.get(action).predicate.failing(actor, obj)
    raise denials.remember(Denied(actor=actor, action=action, obj=obj, failing=failing))


def guard(action: str) -> Callable[[V], V]:
    """Mark a view (a function of `request`, also a django-ninja operation) with its policy.

    Before the view runs only what concerns the actor is checked; the verb inside checks the object with `require`.
    """

    def decorate(view: V) -> V:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not could(request.actor, action):
                _refuse(request.actor, action, None)
            return view(request, *args, **kwargs)

        return _marked(guarded, view, action)

    return decorate


def public(reason: str) -> Callable[[V], V]:
    """Mark a view as open to everybody, and say why."""

    def decorate(view: V) -> V:
        @functools.wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        opened.public_reason = reason  # type: ignore[attr-defined]
        return _marked(opened, view, "public")

    return decorate


def _marked(wrapper: Callable[..., Any], view: V, policy: str) -> V:
    wrapper.policy = policy  # type: ignore[attr-defined]
    # django-ninja reads annotations through the wrapper, whose globals are not the view's. A name that exists only
    # for the type checker belongs to a plain view: nobody reads its annotations.
    with contextlib.suppress(NameError):
        wrapper.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]


_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('permissions.duties'))"


def lock_duties() -> None:
    """Bindings and appointments are checked one after another: of two at once, each would miss what the other adds."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)


def check_duties(post_uuids: Iterable[uuid.UUID], *, adding: str = "") -> None:
    """Raises Conflict where these posts of one person carry roles that nobody may hold together."""
    bound = RoleBinding.objects.filter(post_uuid__in=set(post_uuids), until=None)
    broken = SEPARATIONS.broken_by({*bound.values_list("role", flat=True), adding})
    if broken:
        raise Conflict(localised(broken.label), remedy=_("请由另一人担任。"))


@verb
def bind_role(
    *, actor: Actor, role: str, post_uuid: uuid.UUID, at: datetime, reach: Reach | None = None
) -> RoleBinding:
    """Give a role to a post from `at` on, as far as `reach` says, or as the role itself does.

    Raises Invalid (no such role or purpose, a clearance for what this node may not hold), Conflict (held,
    incompatible), Denied.
    """
    lock_duties()
    require(actor, "permissions.role.bind")
    if role not in ROLES:
        raise Invalid(_("没有名为“%s”的角色。") % role, remedy=_("可用角色：%s") % "、".join(r.key for r in ROLES))
    reach = binding.check_reach(role, reach)
    for posts in (frozenset({post_uuid}), *providers.holders(post_uuid, at)):
        check_duties(posts, adding=role)
    try:
        with transaction.atomic():
            bound = RoleBinding.objects.create(
                role=role, post_uuid=post_uuid, since=at, bound_by_urn=actor.urn, **binding.columns(reach)
            )
    except IntegrityError as error:
        raise Conflict(_("该岗位已有此角色。"), remedy=_("如需调整角色的范围，请先取消再重新配置。")) from error
    held.forget()
    detail = {"role": role, "post": str(post_uuid), **reach.as_detail()}
    audit.record(actor, "permissions.role.bound", bound, at=at, detail=detail)
    return bound


@verb
def unbind_role(*, actor: Actor, role: str, post_uuid: uuid.UUID, at: datetime) -> RoleBinding:
    """Take a role from a post; the binding stays with its end. Raises NotFound, Denied."""
    binding = RoleBinding.objects.select_for_update().filter(post_uuid=post_uuid, role=role, until=None).first()
    require(actor, "permissions.role.bind")
    if binding is None:
        raise NotFound(_("该岗位没有此角色。"), remedy=_("请核对岗位与角色。"))
    binding.until = max(at, binding.since)
    binding.save(update_fields=["until"])
    held.forget()
    audit.record(actor, "permissions.role.unbound", binding, at=at, detail={"role": role, "post": str(post_uuid)})
    return binding


@verb
def delegate(
    *,
    actor: Actor,
    post_uuid: uuid.UUID,
    actions: Iterable[str],
    receiver_uuid: uuid.UUID,
    since: datetime,
    until: datetime,
    reason: str,
    at: datetime,
    reach: Reach = NO_LIMIT,
) -> Delegation:
    """Let a colleague of the same organisation do acts of one's post from `since` to `until`, at most 92 days.

    `reach` can only narrow how far the post itself reaches. Only what the post's own roles carry, never what was
    delegated to oneself; nobody comes to incompatible duties.
    Raises Invalid, Conflict, NotFound, Denied.
    """
    lock_duties()
    require(actor, "permissions.delegation.give")
    post = next((own for own in actor.posts if own.uuid == post_uuid), None)
    wanted = delegations.check_gift(post=post, actions=actions, since=since, until=until, at=at)
    assert post is not None
    assert actor.account_uuid is not None
    name = delegations.check_receiver(actor, post, receiver_uuid, at)
    binding.check_purposes(reach)
    check_duties([post_uuid, *(p.uuid for p in providers.posts_of_account(receiver_uuid, at)[1])])
    if not reason.strip():
        raise Invalid(_("请说明授权事由。"), fields=[FieldError("reason", _("例如：年休假、出差。"))])
    given = Delegation.objects.create(
        post_uuid=post.uuid, organisation_uuid=post.organisation_uuid, division_path=post.division_path,
        post_title=post.title, actions=wanted, giver_uuid=actor.account_uuid, giver_urn=actor.urn,
        giver_name=actor.display_name, receiver_uuid=receiver_uuid, receiver_name=name, reason=reason.strip()[:200],
        since=since, until=until, **binding.columns(reach),
    )  # fmt: skip
    held.forget()
    detail = {"post": str(post_uuid), "to": str(receiver_uuid), "actions": wanted, "until": until.isoformat()}
    detail |= reach.as_detail()
    audit.record(actor, "permissions.delegation.given", given, at=at, detail=detail)
    return given


@verb
def end_delegation(*, actor: Actor, delegation_uuid: uuid.UUID, at: datetime) -> Delegation:
    """End a delegation at once: the giver takes it back, the receiver gives it back. Raises NotFound, Denied."""
    delegation = Delegation.objects.select_for_update().filter(uuid=delegation_uuid).first()
    if delegation is None:
        raise NotFound(_("没有这项授权代行。"))
    require(actor, "permissions.delegation.end", delegation)
    delegations.end(delegation, by=actor, at=at)
    return delegation


@verb
def end_delegations_of(*, actor: Actor, post_uuid: uuid.UUID, account_uuid: uuid.UUID, at: datetime) -> None:
    """Whoever leaves a post lends its acts no longer. The directory calls it and has asked whether the actor may."""
    for delegation in Delegation.objects.select_for_update().filter(
        post_uuid=post_uuid, giver_uuid=account_uuid, ended_at=None
    ):
        delegations.end(delegation, by=actor, at=at)
