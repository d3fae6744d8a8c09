"""What is worth a security officer's attention. Plain values, no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from zhengtong.kernel.texts import Texts

DAY = timedelta(days=1)
HISTORY = timedelta(days=30)  # whose reading is compared with today's
MANY_FAILURES = 30  # failed sign-ins of one network in a day
MANY_DENIALS = 20  # refusals of one account in a day
FEW_READS = 20  # so many reads of personal data a day are never unusual
TIMES_PEERS = 3  # against what an official usually reads in a day
SPREADS = 3  # standard deviations over one's own mean
BACKUP_WITHIN = timedelta(days=7)
DRILL_WITHIN = timedelta(days=183)  # half a year: standards 09, section 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that wants looking at. `key` is the same as long as it is the same thing; `severe`: act now."""

    key: str
    title: Texts
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How much personal data one official read today, beside his own days before and an official's usual day."""

    actor_urn: str
    today: int
    own_mean: float
    own_spread: float
    usual: float

    @property
    def is_unusual(self) -> bool:
        """More than a few, far more than oneself on other days, and far more than colleagues."""
        own = self.own_mean + SPREADS * self.own_spread
        return self.today >= FEW_READS and self.today > own and self.today > TIMES_PEERS * self.usual

    @property
    def expected(self) -> int:
        """The number above which it is unusual."""
        return max(FEW_READS - 1, round(self.own_mean + SPREADS * self.own_spread), round(TIMES_PEERS * self.usual))


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed sign-ins of one network: how many, at how many accounts, how often somebody was locked out."""

    network: str
    times: int
    accounts: int
    locked_out: int


@dataclass(frozen=True, slots=True)
class Denials:
    """Refusals of one account: what it asked for most, and how often in all."""

    actor_urn: str
    action: str
    times: int


def of_sign_ins(rows: list[Failures]) -> list[Finding]:
    return [
        Finding(
            f"sign-in:{row.network}",
            {
                "zh": f"同一网络 {row.network} 一天内登录失败 {row.times} 次，涉及 {row.accounts} 个账号",
                "en": f"{row.times} failed sign-ins in a day from {row.network}, at {row.accounts} accounts",
            },
            severe=row.accounts >= 5,
        )
        for row in rows
        if row.times >= MANY_FAILURES
    ]


def of_denials(rows: list[Denials]) -> list[Finding]:
    return [
        Finding(
            f"denials:{row.actor_urn}",
            {
                "zh": f"同一账号一天内被拒绝 {row.times} 次，最多的是 {row.action}",
                "en": f"One account was refused {row.times} times in a day, mostly {row.action}",
            },
        )
        for row in rows
        if row.times >= MANY_DENIALS and row.actor_urn != "anonymous"
    ]


def of_readings(rows: list[Reading]) -> list[Finding]:
    return [
        Finding(
            f"reads:{row.actor_urn}",
            {
                "zh": f"一名工作人员今天查看个人信息原文 {row.today} 次，通常不超过 {row.expected} 次",
                "en": f"One official read personal data {row.today} times today; usual are {row.expected} at most",
            },
            severe=True,
        )
        for row in rows
        if row.is_unusual
    ]
