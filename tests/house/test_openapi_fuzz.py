"""schemathesis over the whole open interface, as applicant, officer and stranger: whatever is sent, never a 5xx."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort

from zhengtong.applications.cases.models import Case
from zhengtong.applications.cases.tests.conftest import file_case
from zhengtong.kernel.clock import now
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity.tests.factories import sign_in

pytestmark = [pytest.mark.slow, pytest.mark.once]
EXAMPLES, LONGEST = 10, 13.0  # for each operation; seconds for each visitor
ANSWERS = {200, 201, 301, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
ACTORS = {
    "applicant": ("chen", "representative"),
    "officer": ("window", ""),
    "reviewer": ("food", ""),
    "stranger": None,
}
TOKEN = "fuzz" * 8  # cookie and header agree: a write gets past the check of its origin
EFFORT = effort(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(scope="module")
def interface(seeded_database: str) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.mark.parametrize("who", ACTORS)
def test_nothing_that_is_sent_makes_the_interface_fail(interface: Any, who: str) -> None:
    cookies = _session(ACTORS[who])
    known = str(file_case(now()).uuid)
    ends = time.monotonic() + LONGEST
    seen: dict[str, set[int]] = {}
    for found in interface.get_all_operations():
        operation = found.ok()
        seen[operation.label] = _try(operation, cookies, known, ends)
    assert len(seen) >= 12, sorted(seen)
    untried = [label for label, statuses in seen.items() if not statuses]
    assert not untried, f"no time for {untried}: raise LONGEST or lower EXAMPLES"
    if who == "applicant":  # writes get past the gate: refused for what they say, not for who sends them
        assert 422 in seen["POST /api/v1/cases"], seen
    if who == "stranger":
        assert not any({200, 201} & statuses for label, statuses in seen.items() if "/cases" in label)
    assert Case.objects.filter(uuid=known).exists()


def _try(operation: Any, cookies: dict[str, str], known: str, ends: float) -> set[int]:
    """The statuses that came; every other call goes to a case that is there."""
    statuses: set[int] = set()
    turns = iter(range(10_000))

    @EFFORT
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        turn = next(turns)
        if turn and time.monotonic() > ends:
            return
        if turn % 2:
            _make_known(case, known)
        if turn % 4:  # a made-up token is refused before anything else is looked at
            (case.headers or {}).pop("Authorization", None)
        headers = {"X-CSRFToken": TOKEN} | ({"Idempotency-Key": uuid4().hex} if turn % 5 else {})
        answer = case.call(cookies=cookies, headers=headers)
        statuses.add(answer.status_code)
        body = (answer.content or b"")[:800].decode(errors="replace")
        assert answer.status_code in ANSWERS, (
            f"{operation.label} {answer.status_code}\n{case.as_curl_command()}\n{body}"
        )
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0].startswith("application/problem+json"), body

    send()
    return statuses


def _make_known(case: Any, known: str) -> None:
    """Name what is there, so that what follows is reached too."""
    for name, value in (("case_uuid", known), ("key", "open-restaurant")):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    if isinstance(case.body, dict) and "service_key" in case.body:
        case.body["service_key"] = "open-restaurant"


def _session(who: tuple[str, str] | None) -> dict[str, str]:
    if who is None:
        return {}
    client, account = Client(), identity.find_account(who[0])
    key = next((o.key for o in identity.list_capacities(account, now()) if o.capacity == who[1]), "")
    sign_in(client, account, key)
    return {
        settings.CSRF_COOKIE_NAME: TOKEN,
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
    }
