"""Words of an act stand in the clear, on papers and for others: no identity or card number gets into them."""

from __future__ import annotations

from datetime import date

import pytest

from zhengtong.applications.cases import rules
from zhengtong.applications.cases.tests.conftest import START, act_as, file_case
from zhengtong.kernel.errors import Invalid
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_mobile
from zhengtong.security.audit import services as audit

NUMBER = synthetic_id_number(123, born=date(1980, 2, 3))


def test_a_number_is_refused_with_the_remedy_and_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_text(f"申请人（{NUMBER}）材料齐全", "remarks", rules.REMARK)
    assert refused.value.fields[0].path == "remarks"
    assert "身份证号码" in str(refused.value)
    assert "加密保存" in str(refused.value.remedy)
    assert NUMBER not in str(refused.value)


def test_a_telephone_number_to_be_called_is_no_secret() -> None:
    assert rules.check_text(f"请致电 {synthetic_mobile(7)}", "remarks", rules.REMARK)


def test_an_answer_that_is_not_personal_takes_none(seeded) -> None:
    with pytest.raises(Invalid) as refused:
        file_case(signboard_text=f"好味来 {NUMBER}")
    assert [fault.path for fault in refused.value.fields] == ["signboard_text"]


def test_the_log_keeps_none_and_its_receipt_still_fits(seeded) -> None:
    case, actor = file_case(), act_as("window")
    entry = audit.record(
        actor, "cases.case.accepted", case, at=START, detail={"said": [f"见 {NUMBER}"]}, purpose=f"核对 {NUMBER}"
    )
    at_once = audit.receipt(entry)
    entry.refresh_from_db()
    assert entry.detail == {"said": ["见 <id-number>"]}
    assert entry.purpose == "核对 <id-number>"
    assert at_once["leaf"] == audit.receipt(entry)["leaf"], "the receipt is of what was kept"
