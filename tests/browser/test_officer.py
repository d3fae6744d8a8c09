"""The security officer's page, with something to look at."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from zhengtong.applications.cases.tests.conftest import act_as
from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.kernel.clock import now
from zhengtong.security.audit import services as audit


def test_what_wants_attention_stands_first(visitor: Any, site: str) -> None:
    with transaction.atomic():
        for n in range(31):
            audit.record(ANONYMOUS, "identity.session.refused", f"urn:x:{n % 7}", at=now(), detail={"ip": "192.0.2.7"})
            audit.record_read(act_as("food", now()), ["urn:x"], "核对", "urn:x", at=now())
        audit.record_denial(act_as("fire", now()), "cases.case.decide", "urn:x", at=now(), reason="x")
    officer = visitor("security").open("/workbench/security/")
    assert "192.0.2.7" in officer.page.locator("main .notice").first.inner_text()
    officer.look("bench-security")
