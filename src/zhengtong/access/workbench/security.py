"""The security officer's page: what happened in the last day, and what runs out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhengtong.kernel.clock import now
from zhengtong.security.identity import queries as identity
from zhengtong.security.permissions.providers import POLICIES
from zhengtong.security.permissions.services import guard
from zhengtong.security.watch import queries as watch


@guard("workbench.security.read")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """安全态势: findings first, then the figures they come from. Looked at, nothing is changed."""
    seen = watch.overview(now())
    names = identity.usernames_of({row.actor_urn for row in seen.denials} | {row.actor_urn for row in seen.readings})
    context = {
        "seen": seen,
        "denials": [(names.get(row.actor_urn, row.actor_urn), _title(row.action), row) for row in seen.denials],
        "readings": [(names.get(row.actor_urn, row.actor_urn), row) for row in seen.readings],
        "files": (*seen.integrity.changed, *seen.integrity.missing, *seen.integrity.added)[:20],
    }
    return render(request, "workbench/security.html", context)


def _title(action: str) -> object:
    policy = POLICIES.find(action)
    return policy.label if policy else {"zh": action, "en": action}
