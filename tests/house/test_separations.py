"""Acts that approve, decide, confirm or publish are kept apart from an earlier one by a pair, or say why not."""

from __future__ import annotations

import re

import pytest

from zhengtong.security.permissions.leaves import KeptApart
from zhengtong.security.permissions.predicates import Predicate
from zhengtong.security.permissions.providers import POLICIES, ROLES, SEPARATIONS, Separation, kept_apart

WEIGHTY = re.compile(r"\.(approve|confirm|decide|publish)\w*$")
ACTS = SEPARATIONS.acts()


def test_every_weighty_act_belongs_to_a_pair_or_says_why_not() -> None:
    weighty = {action for action in POLICIES if WEIGHTY.search(action)}
    paired = {action for pair in ACTS for action in pair.second}
    assert weighty - paired == set(SEPARATIONS.excuses()), "declare a pair, or SEPARATIONS.excuse(action, why)"


@pytest.mark.parametrize("pair", ACTS, ids=lambda pair: pair.key)
def test_a_pair_names_acts_that_exist_and_their_policies_keep_it(pair: Separation) -> None:
    assert {action for action in (pair.first, *pair.second) if action} <= set(POLICIES)
    for action in pair.second:
        kept = {leaf.separation.key for leaf in _leaves(POLICIES.get(action).predicate)}
        assert kept == {one.key for one in SEPARATIONS.of(action)}, f"join kept_apart({action!r}) to its policy"


def test_words_stand_in_both_languages_and_roles_exist() -> None:
    for item in SEPARATIONS:
        assert all(text.get("zh") and text.get("en") for text in (item.label, item.basis)), item.key
    assert all(why.get("zh") and why.get("en") for why in SEPARATIONS.excuses().values())
    for item in SEPARATIONS.roles():
        assert len(item.roles) > 1
        assert set(item.roles) <= {role.key for role in ROLES}


def test_a_policy_cannot_keep_what_nobody_declared() -> None:
    with pytest.raises(LookupError, match="no separation"):
        kept_apart("cases.case.read")


def _leaves(predicate: Predicate) -> list[KeptApart]:
    if isinstance(predicate, KeptApart):
        return [predicate]
    return [leaf for part in getattr(predicate, "parts", ()) for leaf in _leaves(part)]
