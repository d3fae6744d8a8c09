"""The supplement notice is always answerable, by whichever hand of the party."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zhengtong.applications.cases import queries, rules, services
from zhengtong.applications.cases.models import Case
from zhengtong.config.story.restaurant import representative
from zhengtong.support.forms import queries as form_queries

from .conftest import START, act_as, hand

NEXT_DAY = START + timedelta(days=1)


def ask_for_more(case: Case) -> None:
    services.request_supplement(
        actor=act_as("window"), case_uuid=case.uuid, at=START,
        items=[{"requirement_key": "floor-plan", "what": "平面图请标明安全出口。"}],
    )  # fmt: skip


def _hand_in(who, case: Case, draft_uuid) -> None:
    draft = form_queries.get_draft(who, draft_uuid)
    items = [services.EvidenceItem(e.requirement_key, e.file_uuid, e.credential_uuid)
             for e in queries.list_draft_evidence(draft_uuid)]  # fmt: skip
    services.submit_supplement(actor=who, case_uuid=case.uuid, data=draft.data, evidence=items, at=NEXT_DAY)


def test_a_discarded_supplement_is_laid_out_again(filed: Case) -> None:
    ask_for_more(filed)
    enterprise = representative("chen", at=START)
    first = services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START)
    services.discard_draft(actor=enterprise, draft_uuid=first)
    assert not queries.list_draft_evidence(first)
    again = services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START)
    assert form_queries.get_draft(enterprise, again).data["signboard_text"] == "好味来餐厅"
    _hand_in(enterprise, filed, again)
    filed.refresh_from_db()
    assert filed.status == "submitted"


def test_the_representative_finishes_what_the_agent_began(filed: Case) -> None:
    ask_for_more(filed)
    agent, enterprise = hand("agent", "agent"), representative("chen", at=START)
    begun = services.start_supplement(actor=agent, case_uuid=filed.uuid, at=START)
    own = services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START)
    assert own != begun
    _hand_in(enterprise, filed, own)
    assert not form_queries.list_drafts(agent)
    assert not queries.list_draft_evidence(begun)
    with pytest.raises(rules.WrongState):
        services.start_supplement(actor=agent, case_uuid=filed.uuid, at=NEXT_DAY)


def test_a_withdrawn_case_leaves_no_supplement_behind(filed: Case) -> None:
    ask_for_more(filed)
    enterprise = representative("chen", at=START)
    services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START)
    services.withdraw_case(actor=enterprise, case_uuid=filed.uuid, reason="", at=NEXT_DAY)
    assert not form_queries.list_drafts(enterprise)
