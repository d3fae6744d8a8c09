"""Who must do what, and what must not be done by accident: comments, visits, transfers, delivery, words."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO

import pytest

from zhengtong.applications.cases import queries, rules, services
from zhengtong.applications.cases.models import Case, DraftEvidence, Paper
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import PNG, Answers, evidence_for, representative
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.credentials import queries as credentials
from zhengtong.security.audit import queries as audit
from zhengtong.security.directory.models import Appointment
from zhengtong.security.permissions.services import Denied
from zhengtong.support.files import services as files
from zhengtong.support.forms import services as forms
from zhengtong.support.notifications import queries as notifications

from .conftest import START, act_as, file_card, file_case, visit
from .test_services import NEXT_DAY, all_opinions, ask_for_more, decide

REFUSAL = "申请人张三患有传染病，材料与登记不符。"


def refuse(case: Case) -> None:
    services.refuse_case(actor=act_as("window"), case_uuid=case.uuid, reason=REFUSAL, at=START)
    case.refresh_from_db()


# -- before acceptance ------------------------------------------------------------------------------------------------
def test_the_authorities_meant_read_and_comment_before_acceptance(filed: Case) -> None:
    for who in ("fire", "drainage", "signboard", "food"):
        assert queries.get_case(act_as(who), filed.uuid) == filed
        services.comment(actor=act_as(who), case_uuid=filed.uuid, text="请补充疏散通道宽度。", at=START)
    assert filed in [row.case for row in queries.list_queue(act_as("fire"), box="open", at=START)]
    spoke = set(filed.comments.values_list("organisation_uuid", flat=True))
    assert spoke == set(filed.review_organisations)


def test_a_reviewer_of_another_authority_neither_reads_nor_comments(seeded) -> None:
    card = file_card()
    with pytest.raises(Denied):
        queries.get_case(act_as("fire"), card.uuid)
    with pytest.raises(Denied):
        services.comment(actor=act_as("fire"), case_uuid=card.uuid, text="请补充材料。", at=START)
    assert not card.comments.exists()


def test_an_authority_that_the_form_does_not_call_upon_has_no_part(seeded) -> None:
    small = file_case(
        area_m2=120, has_signboard=False, signboard_text=None, signboard_width_m=None, signboard_height_m=None
    )
    with pytest.raises(Denied):
        queries.get_case(act_as("fire"), small.uuid)
    services.comment(actor=act_as("drainage"), case_uuid=small.uuid, text="请注明隔油池。", at=START)


# -- words ------------------------------------------------------------------------------------------------------------
def test_what_people_write_is_shown_in_the_history_and_never_in_the_log(filed: Case) -> None:
    refuse(filed)
    assert [act.note for act in queries.view_case(filed, at=START).history][-1] == REFUSAL
    (entry,) = [e for e in audit.list_for_object(filed.urn) if e.action == "cases.case.refused"]
    assert "张三" not in json.dumps(entry.detail, ensure_ascii=False)
    assert len(entry.detail["text_sha256"]) == 64
    filed.act_words = {}
    filed.save()
    assert [act.note for act in queries.view_case(filed, at=START).history][-1] == ""


def test_no_verb_puts_words_into_the_log(accepted: Case) -> None:
    head, said = act_as("lead"), "张三说明的情况，共十个字以上。"
    services.suspend_case(
        actor=head, case_uuid=accepted.uuid, procedure="hearing", reason=said, planned_days=3, at=START
    )
    services.resume_case(actor=head, case_uuid=accepted.uuid, result=said, at=START)
    services.extend_case(actor=head, case_uuid=accepted.uuid, reason=said, at=START)
    services.transfer_review(
        actor=act_as("food"), review_uuid=accepted.reviews.get(key="food").uuid,
        to_account=act_as("food2").account_uuid, reason=said, at=START,
    )  # fmt: skip
    enterprise = representative("chen", at=START)
    services.withdraw_case(actor=enterprise, case_uuid=accepted.uuid, reason=said, at=START)
    other = file_case()
    services.request_supplement(
        actor=act_as("window"), case_uuid=other.uuid, items=[{"requirement_key": "form", "what": said}], at=START
    )
    entries = [*audit.list_for_object(accepted.urn), *audit.list_for_object(other.urn)]
    assert "张三" not in json.dumps([e.detail for e in entries], ensure_ascii=False)
    assert sum("text_sha256" in e.detail for e in entries) == 6


def test_a_long_notice_is_refused_with_its_limit_and_one_within_it_is_sent(filed: Case) -> None:
    def ask(*wants: str) -> None:
        items = [{"requirement_key": "form", "what": want} for want in wants]
        services.request_supplement(actor=act_as("window"), case_uuid=filed.uuid, items=items, at=START)

    with pytest.raises(Invalid, match="500"):
        ask("补" * 501)
    with pytest.raises(Invalid, match="5000"):
        ask(*["补" * 500] * 11)
    ask(*["补" * 500] * 10)


def test_reasons_of_five_thousand_characters_are_kept(accepted: Case) -> None:
    all_opinions(accepted, fire="unfavourable")
    services.decide_case(actor=act_as("lead"), case_uuid=accepted.uuid, granted=False, reasons="𠀀" * 5000, at=NEXT_DAY)
    with pytest.raises(Invalid):
        services.withdraw_case(
            actor=representative("chen", at=START), case_uuid=file_case().uuid, reason="改" * 501, at=START
        )


# -- visits -----------------------------------------------------------------------------------------------------------
def arrange(case: Case, *who: str, on=START) -> None:
    services.schedule_visit(
        actor=act_as("food"), case_uuid=case.uuid, officer_accounts=[act_as(w).account_uuid for w in who],
        scheduled_at=on, place="演示路18号", at=START,
    )  # fmt: skip


def test_every_authority_that_needs_the_visit_sends_somebody(accepted: Case) -> None:
    with pytest.raises(Invalid) as refused:
        arrange(accepted, "food", "food2")
    assert [f.path for f in refused.value.fields] == ["officers"]
    arrange(accepted, "food", "fire")


def test_a_visit_is_arranged_for_today_or_later(accepted: Case) -> None:
    with pytest.raises(Invalid):
        arrange(accepted, "food", "fire", on=START - timedelta(days=1))
    arrange(accepted, "food", "fire", on=START.replace(hour=8))  # this morning: written down after the call


def test_a_visit_cannot_have_been_before_the_acceptance(accepted: Case) -> None:
    with pytest.raises(Invalid) as refused:
        visit_on(accepted, START - timedelta(days=300))
    assert [f.path for f in refused.value.fields] == ["conducted_at"]
    visit(accepted)


def visit_on(case: Case, conducted_at) -> None:
    arrange(case, "food", "fire")
    services.record_visit(
        actor=act_as("fire"), visit_uuid=case.visits.get().uuid, findings="布局合理，设施齐全。",
        conducted_at=conducted_at, at=START,
    )  # fmt: skip


# -- transfers --------------------------------------------------------------------------------------------------------
def transfer(case: Case, to: str, key: str = "food") -> None:
    services.transfer_review(
        actor=act_as(key), review_uuid=case.reviews.get(key=key).uuid, to_account=act_as(to).account_uuid,
        reason="出差", at=START,
    )  # fmt: skip


def test_a_review_goes_only_to_who_may_give_an_opinion(accepted: Case) -> None:
    for who in ("window", "lead"):  # of the same authority, without the reviewer's role
        with pytest.raises(Invalid):
            transfer(accepted, who)
    transfer(accepted, "food2")
    (row,) = queries.list_queue(act_as("food2"), at=START)
    assert row.flags == ("assigned",)


def test_a_closed_review_is_not_handed_on(accepted: Case) -> None:
    all_but = accepted.reviews.get(key="drainage")
    services.record_opinion(
        actor=act_as("drainage"), review_uuid=all_but.uuid, outcome="favourable", remarks="同意", at=START
    )
    with pytest.raises(rules.WrongState):
        transfer(accepted, "drainage", key="drainage")


def test_what_was_handed_to_somebody_who_left_is_free_again(accepted: Case) -> None:
    transfer(accepted, "food2")
    assert services.release_reviews(at=START) == 0
    assert queries.list_queue(act_as("food"), at=START) == []
    Appointment.objects.filter(account_uuid=act_as("food2").account_uuid).update(until=NEXT_DAY)
    assert services.release_reviews(at=NEXT_DAY + timedelta(minutes=1)) == 1
    assert [row.task for row in queries.list_queue(act_as("food"), at=NEXT_DAY)] == ["review"]
    assert "cases.review.released" in [e.action for e in audit.list_for_object(accepted.urn)]


# -- after the decision -----------------------------------------------------------------------------------------------
def test_delivery_is_a_task_until_it_is_done(accepted: Case) -> None:
    all_opinions(accepted)
    before = queries.count_todo(act_as("window"))
    decide(accepted)
    for who in ("window", "lead"):
        assert [row.task for row in queries.list_queue(act_as(who), at=NEXT_DAY)] == ["deliver"]
    assert queries.count_todo(act_as("window")) == before + 1
    services.deliver(actor=act_as("window"), case_uuid=accepted.uuid, channel="window", at=NEXT_DAY)
    assert queries.list_queue(act_as("window"), at=NEXT_DAY) == []


def test_a_refusal_is_delivered_under_its_own_name(filed: Case) -> None:
    refuse(filed)
    assert [row.task for row in queries.list_queue(act_as("window"), at=START)] == ["deliver"]
    services.collect(actor=representative("chen", at=START), case_uuid=filed.uuid, at=START)
    assert filed.papers.get(kind=Paper.Kind.DELIVERY).data["documents"] == ["不予受理决定书"]


def test_the_diagram_does_not_claim_an_acceptance_that_never_was(filed: Case) -> None:
    assert queries.diagram_states(queries.view_case(filed, at=START))["accept"] == "open"
    refuse(filed)
    assert queries.diagram_states(queries.view_case(filed, at=START))["accept"] == "skipped"


def test_a_licence_is_valid_as_long_as_the_version_of_the_case_says(accepted: Case) -> None:
    from zhengtong.resources.credentials.models import CredentialType

    all_opinions(accepted)
    CredentialType.objects.filter(key="food-business-licence").update(validity_months=36, holder_kind="person")
    decide(accepted)
    (licence,) = credentials.list_for_holder(accepted.applicant_urn, ["food-business-licence"])
    assert licence.valid_to.year - licence.valid_from.year == 5


# -- the queue's order ------------------------------------------------------------------------------------------------
def test_the_most_urgent_come_first_even_when_they_came_last(seeded) -> None:
    old = file_case(START)
    ask_for_more(old)
    new = file_case(START + timedelta(hours=1))
    enterprise = representative("chen", at=START)
    later = START + timedelta(days=3)
    form = public_services.form_of(public_services.get_version(old.service_version_uuid))
    services.submit_supplement(
        actor=enterprise, case_uuid=old.uuid, data=forms.reveal(form, queries.latest_submission(old)),
        evidence=evidence_for(enterprise, Answers.BUSINESS, at=later), at=later,
    )  # fmt: skip
    window = act_as("window")
    assert [row.case for row in queries.list_queue(window, at=later, limit=1)] == [new]
    assert [row.case for row in queries.list_queue(window, at=later, limit=1, skip=1)] == [old]
    assert queries.list_queue(window, at=later, skip=queries.TODO_MOST) == []


def test_of_what_is_to_be_delivered_the_first_decided_come_first(seeded) -> None:
    decided = []
    for hours in (2, 1):
        case = file_case(START)
        services.refuse_case(
            actor=act_as("window"),
            case_uuid=case.uuid,
            reason="不属于本机关职权范围。",
            at=START + timedelta(hours=hours),
        )
        decided.append(case)
    window = act_as("window")
    assert [row.case for row in queries.list_queue(window, at=NEXT_DAY, limit=1)] == [decided[1]]
    assert [row.case for row in queries.list_queue(window, at=NEXT_DAY, limit=1, skip=1)] == [decided[0]]


# -- files ------------------------------------------------------------------------------------------------------------
def test_no_more_files_than_the_service_takes(seeded) -> None:
    resident = act_as("wang")
    draft = services.start_draft(actor=resident, service_key="senior-card", answers={}, at=START).draft

    def attach(key: str = "portrait") -> None:
        services.attach_file(
            actor=resident, draft_uuid=draft.uuid, requirement_key=key, stream=BytesIO(PNG), name="a.png", at=START
        )

    attach()
    with pytest.raises(Invalid, match="1"):
        attach()
    with pytest.raises(Invalid):
        attach("no-such")
    assert DraftEvidence.objects.filter(draft_uuid=draft.uuid).count() == 1


def test_too_many_files_are_a_fault_of_the_submission_too(seeded) -> None:
    resident = act_as("wang")
    stored = [files.store(BytesIO(PNG), f"{n}.png", actor=resident, at=START, purpose="evidence") for n in range(2)]
    with pytest.raises(Invalid) as refused:
        services.submit_case(
            actor=resident, version_uuid=public_services.get_current_version("senior-card").uuid, data={},
            evidence=[services.EvidenceItem("portrait", file_uuid=f.uuid) for f in stored], at=START,
        )  # fmt: skip
    assert "evidence.portrait" in {f.path for f in refused.value.fields}


# -- another calendar -------------------------------------------------------------------------------------------------
def test_who_is_concerned_is_told_once_how_his_limits_moved(accepted: Case) -> None:
    def move(key: str, kind: str, urn: str = accepted.urn) -> dict[str, str]:
        return {"subject_urn": urn, "key": key, "kind": kind, "was": "2026-12-14", "due_date": "2026-12-15"}

    foreign = move("x", "statutory", accepted.urn.replace(":cases:case:", ":disclosure:request:"))
    moves = [move("statutory", "statutory"), move("review:food", "review"), foreign]
    for _twice in range(2):
        assert services.tell_of_moves(moves=moves, at=START) == 1
    (told,) = [m for m in notifications.list_messages(accepted.applicant_urn) if m.kind == "cases.moved"]
    assert "2026-12-14" in told.body["zh"]
    assert "2026-12-15" in told.body["en"]
    assert told.body["zh"].count("调整为") == 1
    assert services.tell_of_moves(moves=[move("review:food", "review")], at=START) == 0
