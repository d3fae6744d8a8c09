"""The words of a paper: refused while they can still be changed, printed once they are fixed."""

from __future__ import annotations

import pytest

from zhengtong.applications.cases import services
from zhengtong.applications.cases.models import Case
from zhengtong.kernel.errors import Invalid

from .conftest import START, act_as


def test_an_officers_signs_are_refused_before_they_are_fixed(filed: Case) -> None:
    clerk = act_as("window")
    with pytest.raises(Invalid) as refused:
        services.refuse_case(actor=clerk, case_uuid=filed.uuid, reason="不属于本机关职权范围😀。", at=START)
    assert [f.path for f in refused.value.fields] == ["reason"]
    assert "😀" in str(refused.value.message)
    with pytest.raises(Invalid):
        services.request_supplement(
            actor=clerk, case_uuid=filed.uuid, items=[{"requirement_key": "floor-plan", "what": "标明出口🚪"}], at=START
        )
    filed.refresh_from_db()
    assert (filed.status, filed.papers.count()) == ("submitted", 1)
    services.refuse_case(actor=clerk, case_uuid=filed.uuid, reason="申请人𠮷野家不属于本机关管辖。", at=START)


def test_a_company_with_a_rare_name_gets_its_papers(filed: Case) -> None:
    filed.applicant_name = "𠮷野家🍜餐饮有限公司"
    filed.save(update_fields=["applicant_name"])
    services.refuse_case(
        actor=act_as("window"), case_uuid=filed.uuid, reason="申请事项不属于本机关职权范围。", at=START
    )
    paper = filed.papers.latest("id")
    assert services.render_paper(paper_uuid=paper.uuid, at=START).file_uuid
