"""Bars on one scale of working days."""

from dataclasses import dataclass, field

from zhengtong.access.portal import charts


@dataclass
class Bar:
    key: str
    days: int
    start: int = 0
    alone_days: int = 10
    alone_start: int = 0
    waits_for: tuple[str, ...] = ()
    is_critical: bool = False
    authority: str = "housing"
    title: dict = field(default_factory=lambda: {"zh": "甲"})
    alone_title: dict = field(default_factory=lambda: {"zh": "甲"})

    @property
    def end(self):
        return self.start + self.days

    @property
    def alone_end(self):
        return self.alone_start + self.alone_days


@dataclass
class Comparison:
    bars: tuple
    joint_days: int
    alone_days: int


def test_both_lanes_share_the_longer_scale():
    bars = (Bar("a", 8), Bar("b", 5, start=8, alone_start=10, waits_for=("a", "gone")))
    chart = charts.draw(Comparison(bars, 13, 20), {"housing": "区住建局"})
    assert chart.scale == 20
    assert [(row.left, row.width) for row in chart.joint] == [("0.00%", "40.00%"), ("40.00%", "25.00%")]
    assert [(row.left, row.width) for row in chart.alone] == [("0.00%", "50.00%"), ("50.00%", "50.00%")]
    assert chart.joint[0].authority == "区住建局"
    assert [title["zh"] for title in chart.joint[1].waits_for] == ["甲"]


def test_at_most_six_ticks_and_the_last_within_the_scale():
    for days in (1, 5, 8, 20, 60, 61, 400, 5000):
        ticks = charts.draw(Comparison((), days, days), {}).ticks
        assert all(day <= days for day, _ in ticks)
        assert len(ticks) <= 6 or days > 600


def test_nothing_to_compare_divides_by_nothing():
    assert charts.draw(Comparison((), 0, 0), {}).scale == 1
