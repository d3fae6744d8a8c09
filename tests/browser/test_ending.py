"""An authority ends a credential by hand; its holder reads why, and who looked at his data."""

from __future__ import annotations

from collections.abc import Callable

from zhengtong.config.story.restaurant import actor, representative
from zhengtong.kernel.clock import now
from zhengtong.resources.credentials.tests.factories import make_credential, make_type
from zhengtong.security.audit import services as audit

from .conftest import Visitor


def test_a_credential_is_ended_and_its_holder_told(visitor: Callable[..., Visitor], site: str) -> None:
    holder = representative("chen", at=now()).party_urn
    make_type()
    licence = make_credential(holder)
    audit.record_read(actor("fire", at=now()), [holder], "开办餐饮店", licence, at=now())
    lead = visitor("lead")
    lead.open("/workbench/credentials/").look("bench-credentials")
    lead.page.get_by_role("link", name=licence.number).click()
    lead.look("bench-credential")
    lead.page.check("[name=status][value=annulled]")
    lead.page.fill("[name=reason]", "申请时提交的材料不实，某市监撤〔2026〕1号。")
    lead.page.locator("main .btn--danger").click()
    lead.page.get_by_text("已终止该证照").wait_for()
    lead.look("bench-credential-ended")
    enterprise = visitor("chen", "representative")
    enterprise.open("/hall/messages/").look("hall-messages-ended")
    assert "某市监撤" in enterprise.page.inner_text("main")
    enterprise.open("/hall/reads/").look("hall-reads")
    assert "消防" in enterprise.page.inner_text("main")
