"""The verbs on a real database: each end of the journey, and every way in which it must not go."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from zhengtong.applications.cases import queries, rules, services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import Answers, evidence_for, representative
from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.audit import queries as audit
from zhengtong.security.permissions.services import Denied
from zhengtong.support.deadlines import queries as deadlines
from zhengtong.support.forms import services as forms
from zhengtong.support.notifications import queries as notifications

from .conftest import START, act_as, file_case, visit

NEXT_DAY = START + timedelta(days=1)


def give(case: Case, key: str, outcome: str = "favourable", remarks: str = "经审查符合要求，同意。") -> None:
    review = case.reviews.get(key=key)
    services.record_opinion(actor=act_as(key), review_uuid=review.uuid, outcome=outcome, remarks=remarks, at=NEXT_DAY)


def all_opinions(case: Case, **outcomes: str) -> None:
    visit(case)
    for key in ("food", "fire", "drainage", "signboard"):
        give(case, key, outcomes.get(key, "favourable"))
    case.refresh_from_db()


def decide(case: Case, granted: bool = True, who: str = "lead") -> None:
    services.decide_case(
        actor=act_as(who), case_uuid=case.uuid, granted=granted, reasons="各部门意见齐全，依法作出本决定。", at=NEXT_DAY
    )
    case.refresh_from_db()


# -- filing -----------------------------------------------------------------------------------------------------------
def test_filing_pins_version_gives_number_clock_and_paper(filed: Case) -> None:
    assert filed.status == "submitted"
    assert len(filed.number) >= 20
    clock = deadlines.most_urgent(deadlines.clocks_of(filed.urn, at=START))
    assert (clock.key, clock.due_date) == ("acceptance", date(2026, 11, 23))
    assert [p.kind for p in filed.papers.all()] == ["received"]
    assert [e.action for e in audit.list_for_object(filed.urn)] == ["cases.case.submitted"]


def test_register_values_win_over_what_the_browser_sent(seeded) -> None:
    case = file_case(enterprise_name="别人的公司")
    assert "好味来" in queries.latest_submission(case)["enterprise_name"]


def test_phones_are_not_stored_in_clear(filed: Case) -> None:
    stored = queries.latest_submission(filed)
    assert "13800138000" not in str(stored)


def test_every_fault_is_named_at_once_and_nothing_is_filed(seeded) -> None:
    enterprise = representative("chen", at=START)
    version = public_services.get_current_version("open-restaurant")
    with pytest.raises(Invalid) as refused:
        services.submit_case(
            actor=enterprise, version_uuid=version.uuid,
            data=Answers.BUSINESS | {"contact_mobile": "123", "seats": -1}, evidence=[], at=START,
        )  # fmt: skip
    paths = {f.path for f in refused.value.fields}
    assert {"contact_mobile", "seats", "evidence.premises-proof", "evidence.floor-plan"} <= paths
    assert not Case.objects.exists()


def test_evidence_of_somebody_else_does_not_count(seeded) -> None:
    enterprise, other = representative("chen", at=START), act_as("wang")
    items = evidence_for(enterprise, Answers.BUSINESS, at=START)
    foreign = evidence_for(other, Answers.BUSINESS, at=START)
    items = [next((f for f in foreign if f.requirement_key == i.requirement_key and f.file_uuid), i) for i in items]
    with pytest.raises(Invalid) as refused:
        services.submit_case(
            actor=enterprise, version_uuid=public_services.get_current_version("open-restaurant").uuid,
            data=Answers.BUSINESS, evidence=items, at=START,
        )  # fmt: skip
    assert any(f.path == "evidence.floor-plan" for f in refused.value.fields)


def test_an_official_cannot_file(seeded) -> None:
    with pytest.raises(Denied):
        services.submit_case(
            actor=act_as("window"), version_uuid=public_services.get_current_version("open-restaurant").uuid,
            data={}, evidence=[], at=START,
        )  # fmt: skip


def test_a_version_nobody_knows(seeded) -> None:
    with pytest.raises(NotFound):
        services.submit_case(
            actor=representative("chen", at=START), version_uuid=uuid4(), data={}, evidence=[], at=START
        )


def test_progress_opens_with_number_and_password_only(seeded) -> None:
    enterprise = representative("chen", at=START)
    filed = services.submit_case(
        actor=enterprise, version_uuid=public_services.get_current_version("open-restaurant").uuid,
        data=Answers.BUSINESS, evidence=evidence_for(enterprise, Answers.BUSINESS, at=START), at=START,
    )  # fmt: skip
    assert queries.find_progress(filed.case.number, filed.query_password.lower()) == filed.case
    assert queries.find_progress(filed.case.number, "WRONGPWD") is None
    assert queries.find_progress("0", filed.query_password) is None


# -- acceptance -------------------------------------------------------------------------------------------------------
def test_acceptance_opens_four_reviews_and_both_clocks(accepted: Case) -> None:
    assert {r.key: r.state for r in accepted.reviews.all()} == dict.fromkeys(
        ("food", "fire", "drainage", "signboard"), "open"
    )
    clocks = {c.key: c for c in deadlines.clocks_of(accepted.urn, at=START)}
    assert clocks["statutory"].total == 20
    assert clocks["promised"].total == 8
    assert clocks["review:drainage"].total == 5
    assert clocks["acceptance"].state == "stopped"


def test_a_small_place_without_signboard_has_two_reviews(seeded) -> None:
    case = file_case(
        area_m2=120, has_signboard=False, signboard_text=None, signboard_width_m=None, signboard_height_m=None
    )
    services.accept_case(actor=act_as("window"), case_uuid=case.uuid, at=START)
    assert {r.key for r in case.reviews.all()} == {"food", "drainage"}


def test_only_the_window_of_the_lead_authority_accepts(filed: Case) -> None:
    for stranger in ("food", "minzheng", "fire", "auditor", "admin"):
        with pytest.raises(Denied):
            services.accept_case(actor=act_as(stranger), case_uuid=filed.uuid, at=START)


def test_a_stale_page_changes_nothing(filed: Case) -> None:
    with pytest.raises(Conflict):
        services.accept_case(actor=act_as("window"), case_uuid=filed.uuid, at=START, revision=filed.revision - 1)
    filed.refresh_from_db()
    assert filed.status == "submitted"


def test_accepting_twice_is_refused(accepted: Case) -> None:
    with pytest.raises(rules.WrongState):
        services.accept_case(actor=act_as("window"), case_uuid=accepted.uuid, at=START)


def test_refusing_needs_reasons_and_ends_the_case(filed: Case) -> None:
    with pytest.raises(Invalid):
        services.refuse_case(actor=act_as("window"), case_uuid=filed.uuid, reason="不行", at=START)
    services.refuse_case(
        actor=act_as("window"), case_uuid=filed.uuid, reason="该事项不属于本机关职权范围，请向有关机关申请。", at=START
    )
    filed.refresh_from_db()
    assert filed.status == "refused"
    assert not [c for c in deadlines.clocks_of(filed.urn, at=START) if c.is_open]
    assert "refused" in {p.kind for p in filed.papers.all()}


# -- supplement -------------------------------------------------------------------------------------------------------
def ask_for_more(case: Case) -> None:
    services.request_supplement(
        actor=act_as("window"), case_uuid=case.uuid, at=START,
        items=[{"requirement_key": "floor-plan", "what": "平面图请标明安全出口。"}],
    )  # fmt: skip


def test_one_supplement_notice_and_never_a_second(filed: Case) -> None:
    ask_for_more(filed)
    enterprise = representative("chen", at=START)
    form = public_services.form_of(public_services.get_version(filed.service_version_uuid))
    data = forms.reveal(form, queries.latest_submission(filed))
    draft_uuid = services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START)
    assert services.start_supplement(actor=enterprise, case_uuid=filed.uuid, at=START) == draft_uuid
    services.submit_supplement(
        actor=enterprise, case_uuid=filed.uuid, data=data,
        evidence=evidence_for(enterprise, Answers.BUSINESS, at=NEXT_DAY), at=NEXT_DAY,
    )  # fmt: skip
    filed.refresh_from_db()
    assert filed.status == "submitted"
    assert filed.submissions.count() == 2
    with pytest.raises(rules.WrongState):
        ask_for_more(filed)
    services.accept_case(actor=act_as("window"), case_uuid=filed.uuid, at=NEXT_DAY)


def test_a_notice_says_something(filed: Case) -> None:
    with pytest.raises(Invalid):
        services.request_supplement(
            actor=act_as("window"), case_uuid=filed.uuid, items=[{"requirement_key": "x", "what": " "}], at=START
        )


def test_what_is_not_completed_in_time_ends(filed: Case) -> None:
    ask_for_more(filed)
    assert services.abandon_overdue_supplements(at=START + timedelta(days=20)) == 0
    assert services.abandon_overdue_supplements(at=START + timedelta(days=40)) == 1
    filed.refresh_from_db()
    assert filed.status == "abandoned"


def test_reviewers_comment_before_acceptance_only(filed: Case) -> None:
    services.comment(actor=act_as("fire"), case_uuid=filed.uuid, text="请补充疏散通道宽度。", at=START)
    services.accept_case(actor=act_as("window"), case_uuid=filed.uuid, at=START)
    with pytest.raises(rules.WrongState):
        services.comment(actor=act_as("fire"), case_uuid=filed.uuid, text="还要一份材料。", at=START)


# -- reviews ----------------------------------------------------------------------------------------------------------
def test_the_last_opinion_closes_the_joint_review(accepted: Case) -> None:
    visit(accepted)
    for key in ("food", "fire", "drainage"):
        give(accepted, key)
        accepted.refresh_from_db()
        assert accepted.status == "in_review"
    give(accepted, "signboard")
    accepted.refresh_from_db()
    assert accepted.status == "awaiting_decision"


def test_no_opinion_before_the_visit(accepted: Case) -> None:
    with pytest.raises(rules.WrongState):
        give(accepted, "food")
    give(accepted, "drainage")


def test_a_visit_by_one_officer_is_no_visit(accepted: Case) -> None:
    food = act_as("food")
    with pytest.raises(Invalid):
        services.schedule_visit(
            actor=food, case_uuid=accepted.uuid, officer_accounts=[food.account_uuid] * 2, scheduled_at=START,
            place="演示路18号", at=START,
        )  # fmt: skip


def test_a_visit_cannot_lie_in_the_future(accepted: Case) -> None:
    food, fire = act_as("food"), act_as("fire")
    made = services.schedule_visit(
        actor=food, case_uuid=accepted.uuid, officer_accounts=[food.account_uuid, fire.account_uuid],
        scheduled_at=START, place="演示路18号", at=START,
    )  # fmt: skip
    with pytest.raises(Invalid):
        services.record_visit(actor=food, visit_uuid=made.uuid, findings="一切正常。", conducted_at=NEXT_DAY, at=START)


def test_another_authority_gives_no_opinion_here(accepted: Case) -> None:
    review = accepted.reviews.get(key="drainage")
    with pytest.raises(Denied):
        services.record_opinion(
            actor=act_as("fire"), review_uuid=review.uuid, outcome="favourable", remarks="同意", at=START
        )


def test_an_opinion_is_given_once(accepted: Case) -> None:
    give(accepted, "drainage")
    with pytest.raises(rules.WrongState):
        give(accepted, "drainage", "unfavourable")


def test_what_is_typed_is_kept_as_draft(accepted: Case) -> None:
    review = accepted.reviews.get(key="drainage")
    services.keep_opinion_draft(actor=act_as("drainage"), review_uuid=review.uuid, outcome="", remarks="隔油池")
    review.refresh_from_db()
    assert review.draft["remarks"] == "隔油池"


def test_a_transferred_review_belongs_to_the_colleague(accepted: Case) -> None:
    review, colleague = accepted.reviews.get(key="food"), act_as("food2")
    services.transfer_review(
        actor=act_as("food"), review_uuid=review.uuid, to_account=colleague.account_uuid, reason="出差", at=START
    )
    visit(accepted)
    with pytest.raises(Denied):
        give(accepted, "food")
    services.record_opinion(actor=colleague, review_uuid=review.uuid, outcome="favourable", remarks="同意", at=NEXT_DAY)


# -- clocks -----------------------------------------------------------------------------------------------------------
def suspend(case: Case, at=START) -> None:
    services.suspend_case(
        actor=act_as("lead"), case_uuid=case.uuid, procedure="expert_review", reason="需要组织专家评审。",
        planned_days=5, at=at,
    )  # fmt: skip


def test_a_special_procedure_stops_every_clock(accepted: Case) -> None:
    before = {c.key: c.due_date for c in deadlines.clocks_of(accepted.urn, at=START) if c.is_open}
    suspend(accepted)
    assert {c.state for c in deadlines.clocks_of(accepted.urn, at=START) if c.is_open} == {"suspended"}
    with pytest.raises(rules.WrongState):
        give(accepted, "drainage")
    later = START + timedelta(days=3)
    services.resume_case(actor=act_as("lead"), case_uuid=accepted.uuid, result="评审通过。", at=later)
    after = {c.key: c.due_date for c in deadlines.clocks_of(accepted.urn, at=later) if c.is_open}
    assert all(after[key] > before[key] for key in before)
    assert "special" in {p.kind for p in accepted.papers.all()}


def test_an_extension_once_by_the_head_with_reasons(accepted: Case) -> None:
    with pytest.raises(Denied):
        services.extend_case(
            actor=act_as("window"), case_uuid=accepted.uuid, reason="案情复杂，需要延长期限。", at=START
        )
    services.extend_case(actor=act_as("lead"), case_uuid=accepted.uuid, reason="案情复杂，需要延长期限。", at=START)
    clocks = {c.key: c.total for c in deadlines.clocks_of(accepted.urn, at=START)}
    assert clocks["statutory"] == 30
    with pytest.raises(rules.WrongState):
        services.extend_case(actor=act_as("lead"), case_uuid=accepted.uuid, reason="再次需要延长办理期限。", at=START)


# -- the end ----------------------------------------------------------------------------------------------------------
def test_granting_issues_both_credentials(accepted: Case) -> None:
    all_opinions(accepted)
    decide(accepted)
    held = credentials.list_for_holder(accepted.applicant_urn, ["food-business-licence", "signboard-approval"])
    assert len(held) == 2
    assert credentials.verify(held[0].verification_code, at=NEXT_DAY).is_good
    assert accepted.status == "granted"
    assert "granted" in {m.kind.rpartition(".")[2] for m in notifications.list_messages(accepted.applicant_urn)}


def test_an_optional_refusal_withholds_its_own_output_only(accepted: Case) -> None:
    all_opinions(accepted, signboard="unfavourable")
    decide(accepted)
    held = credentials.list_for_holder(accepted.applicant_urn, ["food-business-licence", "signboard-approval"])
    assert [c.type.key for c in held] == ["food-business-licence"]


def test_an_unfavourable_mandatory_opinion_forbids_granting(accepted: Case) -> None:
    all_opinions(accepted, fire="unfavourable")
    with pytest.raises(Invalid):
        decide(accepted)
    decide(accepted, granted=False)
    assert accepted.status == "denied"
    assert not credentials.list_for_holder(accepted.applicant_urn, ["food-business-licence"])
    assert "denied" in {p.kind for p in accepted.papers.all()}


def test_who_reviews_or_accepts_does_not_decide(accepted: Case) -> None:
    all_opinions(accepted)
    for who in ("window", "food", "minzheng-lead"):
        with pytest.raises(Denied):
            decide(accepted, who=who)


def test_withdrawal_stops_everything(accepted: Case) -> None:
    services.withdraw_case(
        actor=representative("chen", at=START), case_uuid=accepted.uuid, reason="改变计划", at=NEXT_DAY
    )
    accepted.refresh_from_db()
    assert accepted.status == "withdrawn"
    assert not [c for c in deadlines.clocks_of(accepted.urn, at=NEXT_DAY) if c.is_open]
    with pytest.raises(rules.WrongState):
        give(accepted, "drainage")


def test_somebody_elses_case_is_closed_to_me(accepted: Case) -> None:
    for who in ("wang", "minzheng", "admin"):
        with pytest.raises(Denied):
            queries.get_case(act_as(who), accepted.uuid)
    assert not queries.list_own(act_as("wang"))


def test_delivery_and_rating_once(accepted: Case) -> None:
    all_opinions(accepted)
    decide(accepted)
    enterprise = representative("chen", at=NEXT_DAY)
    services.collect(actor=enterprise, case_uuid=accepted.uuid, at=NEXT_DAY)
    services.collect(actor=enterprise, case_uuid=accepted.uuid, at=NEXT_DAY)
    with pytest.raises(rules.WrongState):
        services.deliver(actor=act_as("window"), case_uuid=accepted.uuid, channel="window", at=NEXT_DAY)
    with pytest.raises(Invalid):
        services.rate_case(actor=enterprise, case_uuid=accepted.uuid, score=6, remarks="", at=NEXT_DAY)
    services.rate_case(actor=enterprise, case_uuid=accepted.uuid, score=5, remarks="", at=NEXT_DAY)
    with pytest.raises(rules.WrongState):
        services.rate_case(actor=enterprise, case_uuid=accepted.uuid, score=1, remarks="", at=NEXT_DAY)


def test_every_paper_can_be_drawn(accepted: Case) -> None:
    suspend(accepted)
    services.resume_case(actor=act_as("lead"), case_uuid=accepted.uuid, result="评审通过。", at=START)
    services.extend_case(actor=act_as("lead"), case_uuid=accepted.uuid, reason="案情复杂，需要延长期限。", at=START)
    all_opinions(accepted)
    decide(accepted)
    services.collect(actor=representative("chen", at=NEXT_DAY), case_uuid=accepted.uuid, at=NEXT_DAY)
    kinds = set()
    for paper in accepted.papers.all():
        assert services.render_paper(paper_uuid=paper.uuid, at=NEXT_DAY).file_uuid
        kinds.add(paper.kind)
    assert kinds == {"received", "accepted", "special", "extension", "granted", "delivery"}


def test_unmasked_data_are_read_with_a_purpose_and_the_applicant_sees_it(accepted: Case) -> None:
    with pytest.raises(Invalid):
        services.reveal_submission(
            actor=act_as("food"), case_uuid=accepted.uuid, purpose="case-handling", reason=" ", at=START
        )
    with pytest.raises(Invalid, match="查看目的"):
        services.reveal_submission(actor=act_as("food"), case_uuid=accepted.uuid, purpose="", reason="核查", at=START)
    for unlawful in ("supervision", "curiosity"):
        with pytest.raises(Denied, match="目的"):
            services.reveal_submission(
                actor=act_as("food"), case_uuid=accepted.uuid, purpose=unlawful, reason="核查", at=START
            )
    data = services.reveal_submission(
        actor=act_as("food"), case_uuid=accepted.uuid, purpose="case-handling", reason="电话联系核查", at=START
    )
    assert data["contact_mobile"] == "13800138000"
    assert audit.list_reads_of(accepted.applicant_urn)[0].purpose == "办理本办件：电话联系核查"


def test_the_queue_shows_what_is_mine_to_do(accepted: Case) -> None:
    def todo(who: str) -> list[str]:
        return [row.task for row in queries.list_queue(act_as(who), at=START)]

    assert todo("window") == []
    assert todo("food") == ["review"]
    assert todo("lead") == []
    assert todo("minzheng") == []
    all_opinions(accepted)
    assert todo("lead") == ["decide"]
    assert queries.count_todo(act_as("lead")) == 1
