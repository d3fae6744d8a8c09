"""What to make: how many people, from which seed, where, as of which day, with which share of faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MOST_PEOPLE = 100_000_000
EARLIEST, LATEST = date(2020, 1, 1), date(2039, 12, 31)
CLAN = 16  # people; a clan is made as a whole
NOTE = "合成数据 synthetic"  # stands in every row of every register
PAGE = 1024  # clans; duplicates lie on the page of their original


class SynthFault(ValueError):
    """What was asked cannot be made. `words` says why and what to do, in zh and en."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = {"zh": zh, "en": en}


@dataclass(frozen=True, slots=True)
class Spec:
    """`faults` is the share of records with an injected fault, 0 to 0.5. `divisions`: prefixes of division codes."""

    people: int
    seed: int = 1
    divisions: tuple[str, ...] = ("5116",)
    day: date = date(2026, 11, 30)
    faults: float = 0.01

    def __post_init__(self) -> None:
        if not 1 <= self.people <= MOST_PEOPLE:
            raise SynthFault(f"人数应在 1 至 {MOST_PEOPLE} 之间。", f"The number of people must be 1 to {MOST_PEOPLE}.")
        if not 0 <= self.seed < 1 << 32:
            raise SynthFault("种子应在 0 至 4294967295 之间。", "The seed must be 0 to 4294967295.")
        if not 0 <= self.faults <= 0.5:
            raise SynthFault("差错比例应在 0 至 0.5 之间。", "The share of faults must be 0 to 0.5.")
        if not EARLIEST <= self.day <= LATEST:
            raise SynthFault(f"日期应在 {EARLIEST} 至 {LATEST} 之间。", f"The day must be {EARLIEST} to {LATEST}.")

    @property
    def clans(self) -> int:
        return -(-self.people // CLAN)

    @property
    def faults_per_million(self) -> int:
        return round(self.faults * 1_000_000)
