"""Both times: what was true on a day, as known at a moment; nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..timeline import Version, as_of, put

START = date(2020, 1, 1)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


def day(number: int) -> date:
    return START + timedelta(days=number)


def moment(number: int) -> datetime:
    return BEGAN + timedelta(hours=number)


class History:
    """A record whose versions are kept as the tables keep them, beside a plain model: day → value, for each moment."""

    def __init__(self) -> None:
        self.all = [Version({"name": "甲", "town": "一"}, START, None, BEGAN)]
        self.model = {n: {"name": "甲", "town": "一"} for n in range(40)}
        self.known = {0: {n: dict(v) for n, v in self.model.items()}}

    def write(self, values: dict, since: int, until: int | None, at: int) -> None:
        believed = [v for v in self.all if v.superseded_at is None]
        change = put(believed, values, since=day(since), until=day(until) if until is not None else None, at=moment(at))
        closed = {(v.valid_from, v.recorded_at) for v in change.closed}
        kept = [v for v in self.all if v.superseded_at or (v.valid_from, v.recorded_at) not in closed]
        self.all = [*kept, *change.closed, *change.added]
        for n in range(since, 40 if until is None else until):
            self.model[n] |= values
        self.known[at] = {n: dict(v) for n, v in self.model.items()}


writes = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(["name", "town"]), st.sampled_from("甲乙丙"), min_size=1),
        st.integers(0, 30), st.one_of(st.none(), st.integers(1, 9)),
    ),
    max_size=8,
)  # fmt: skip


@settings(deadline=None)
@given(writes)
def test_every_day_is_known_as_it_was_known_at_every_moment(given_writes) -> None:
    history = History()
    for at, (values, since, length) in enumerate(given_writes, start=1):
        history.write(values, since, None if length is None else since + length, at)
    for at, days in history.known.items():
        for n, values in days.items():
            found = [v for v in history.all if v.holds_on(day(n)) and v.is_known_at(moment(at))]
            assert len(found) == 1, "of what is believed at a moment, one version covers each day"
            assert found[0].values == values
    assert sum(v.superseded_at is None and v.valid_to is None for v in history.all) == 1


def test_a_change_keeps_what_was_and_what_was_believed() -> None:
    history = History()
    history.write({"name": "乙"}, 10, None, 5)
    assert as_of(history.all, on=day(9), known=moment(6)).values["name"] == "甲"
    assert as_of(history.all, on=day(10), known=moment(6)).values["name"] == "乙"
    assert as_of(history.all, on=day(10), known=moment(4)).values["name"] == "甲", "nobody knew it yet"
    assert as_of(history.all, on=day(-1), known=moment(6)) is None


def test_what_changes_nothing_writes_nothing() -> None:
    history = History()
    believed = [v for v in history.all if v.superseded_at is None]
    assert put(believed, {"name": "甲"}, since=day(3), until=None, at=moment(1)).closed == ()


@pytest.mark.parametrize(("since", "until"), [(-1, None), (5, 5), (5, 4)])
def test_no_period_outside_the_records(since: int, until: int | None) -> None:
    with pytest.raises(ValueError, match="no period"):
        put(History().all, {"name": "丙"}, since=day(since), until=until and day(until), at=moment(1))
