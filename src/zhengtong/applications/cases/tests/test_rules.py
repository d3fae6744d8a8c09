"""The law's steps, without a database."""

import pytest

from zhengtong.applications.cases import rules
from zhengtong.applications.cases.models import ENDS, Status
from zhengtong.kernel.errors import Conflict, Invalid


def fact(key: str, outcome: str, *, optional: bool = False, state: str = "closed") -> rules.ReviewFact:
    return rules.ReviewFact(key, state, outcome, optional)


@pytest.mark.parametrize("status", ENDS)
def test_nothing_but_delivery_and_rating_is_possible_after_the_end(status: str) -> None:
    assert rules.acts_possible(status) <= {"deliver", "rate"}


def test_every_status_names_only_known_acts() -> None:
    assert {a for s in Status for a in rules.acts_possible(s)} | {"resume"} == set(rules._MAY)


@pytest.mark.parametrize("act", ["opinion", "decide", "extend", "suspend"])
def test_while_the_clock_stands_still_nobody_decides(act: str) -> None:
    status = Status.AWAITING_DECISION if act == "decide" else Status.IN_REVIEW
    rules.check_may(act, status)
    with pytest.raises(rules.WrongState):
        rules.check_may(act, status, suspended=True)


def test_resuming_needs_a_suspension() -> None:
    rules.check_may("resume", Status.IN_REVIEW, suspended=True)
    with pytest.raises(rules.WrongState):
        rules.check_may("resume", Status.IN_REVIEW)


def test_a_stale_page_is_a_conflict() -> None:
    rules.check_revision(None, 3)
    rules.check_revision(3, 3)
    with pytest.raises(Conflict):
        rules.check_revision(2, 3)


def test_granting_needs_every_mandatory_opinion() -> None:
    good, bad = fact("food", "favourable"), fact("fire", "unfavourable")
    rules.check_decision(granted=True, reasons="同意", reviews=[good])
    with pytest.raises(Invalid) as refused:
        rules.check_decision(granted=True, reasons="同意", reviews=[good, bad])
    assert "fire" in str(refused.value.message)


def test_an_optional_refusal_does_not_stand_in_the_way() -> None:
    reviews = [fact("food", "favourable"), fact("signboard", "unfavourable", optional=True)]
    assert rules.check_decision(granted=True, reasons=" 同意 ", reviews=reviews) == "同意"


def test_denying_needs_reasons_of_ten_characters() -> None:
    with pytest.raises(Invalid):
        rules.check_decision(granted=False, reasons="不行", reviews=[])
    rules.check_decision(granted=False, reasons="消防安全条件不符合要求，见审查意见", reviews=[])


def test_a_visit_needs_two_different_officers_and_one_of_each_authority() -> None:
    one, two, other = ({"urn": u, "organisation_uuid": o} for u, o in (("a", "x"), ("b", "x"), ("c", "y")))
    for wrong in ([one, one], [one, two]):
        with pytest.raises(Invalid):
            rules.check_officers(wrong, {"x", "y"})
    rules.check_officers([one, two], {"x"})
    rules.check_officers([one, other], {"x", "y"})


def test_an_opinion_waits_for_the_visit() -> None:
    say = {"state": "open", "outcome": "favourable", "remarks": "同意", "needs_visit": True}
    with pytest.raises(rules.WrongState):
        rules.check_opinion(**say, visited=False)
    assert rules.check_opinion(**say, visited=True) == "同意"


@pytest.mark.parametrize("outcome", ["", "yes", "FAVOURABLE"])
def test_an_unknown_outcome_is_refused(outcome: str) -> None:
    with pytest.raises(Invalid):
        rules.check_opinion(state="open", outcome=outcome, remarks="同意", needs_visit=False, visited=True)


def test_the_supplement_names_what_is_missing() -> None:
    with pytest.raises(Invalid):
        rules.check_supplement_items([{"requirement_key": "plan", "what": "  "}])
    assert len(rules.check_supplement_items([{"what": "平面图缺尺寸"}, {"what": ""}])) == 1


def test_paper_numbers_say_case_kind_and_serial() -> None:
    assert rules.paper_number("511602202611210000017", "accepted", 2) == "511602202611210000017-受02"
