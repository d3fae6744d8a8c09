"""Scores of a detector against the truth."""

from hypothesis import given
from hypothesis import strategies as st

from zhengtong.resources.registers.synth.scoring import Score, is_paired, score_any, score_pairs, score_values

TRUTH = [("1", "check-digit"), ("2", "check-digit"), ("3", "sex-conflict")]


def test_what_was_found_missed_and_wrong_is_counted_by_kind() -> None:
    found = score_values(TRUTH, [("1", "check-digit"), ("9", "check-digit"), ("3", "sex-conflict")])
    assert found == {"check-digit": Score(2, 1, 1), "sex-conflict": Score(1, 1, 0)}
    assert (found["check-digit"].recall, found["check-digit"].precision) == (0.5, 0.5)


def test_a_finding_on_a_record_with_another_fault_counts_neither_way() -> None:
    assert score_values(TRUTH, [("3", "check-digit")])["check-digit"] == Score(2, 0, 0)


def test_a_kind_nobody_injected_is_wrong() -> None:
    found = score_values([], [("1", "sex-conflict")])["sex-conflict"]
    assert found == Score(0, 0, 1)
    assert (found.recall, found.precision) == (1.0, 0.0)


def test_noticing_at_all_is_scored_apart() -> None:
    assert score_any({"1", "2"}, ["2", "2", "7"]) == Score(2, 1, 1)


def test_pairs_count_in_either_order_and_once() -> None:
    found = score_pairs([("a", "b"), ("c", "d")], [("b", "a"), ("a", "b"), ("a", "c")])
    assert found == Score(2, 1, 1)
    assert found.as_json() == {"injected": 2, "found": 1, "wrong": 1, "recall": 0.5, "precision": 0.5}


def test_paired_kinds_are_known() -> None:
    assert is_paired("duplicate-homophone")
    assert is_paired("same-number")
    assert not is_paired("check-digit")


@given(st.sets(st.tuples(st.integers(0, 20).map(str), st.sampled_from("abc"))))
def test_a_perfect_detector_scores_one(truth: set[tuple[str, str]]) -> None:
    for score in score_values(truth, truth).values():
        assert score.recall == score.precision == 1.0
        assert score.wrong == 0
