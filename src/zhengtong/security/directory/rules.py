"""Codes and paths of divisions, the organisations' list. Pure functions on plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# In names of places these characters are read so, whatever a dictionary of common words says …
SYLLABLES = {"长": "chang", "都": "du", "朝": "chao", "乐": "le", "曾": "zeng", "单": "shan"}
# … but for these names, and for others with a reading of their own.
READINGS = {
    "长子县": "zhangzixian",
    "乐亭县": "laotingxian",
    "乐清市": "yueqingshi",
    "涡阳县": "guoyangxian",
    "郫都区": "piduqu",
    "洪洞县": "hongtongxian",
    "繁峙县": "fanshixian",
    "筠连县": "junlianxian",
}


def pinyin_of(name: str) -> str:
    """广安区 → guanganqu; for sorting, since the database has no Chinese collation."""
    from pypinyin import lazy_pinyin  # 55 MB: only for loading

    if name in READINGS:
        return READINGS[name]
    syllables = lazy_pinyin(name)
    if len(syllables) == len(name):
        syllables = [SYLLABLES.get(char, syllable) for char, syllable in zip(name, syllables, strict=True)]
    return "".join(syllables).lower()


def step_of(code12: str, level: int) -> str:
    """The division's own step of its path: 51, 5116, 511602, 511602001."""
    return code12[: {1: 2, 2: 4, 3: 6, 4: 9}[level]]


def path_of(code12: str, level: int) -> str:
    """`51/5116/511602` from the code alone: the levels of GB/T 2260 are prefixes of one another."""
    return "/".join(step_of(code12, depth) for depth in range(1, level + 1))


def parent_path(path: str) -> str | None:
    return path.rpartition("/")[0] or None


@dataclass(slots=True)
class CodeFinding:
    """What the service items say about one department's credit code."""

    department: str
    items: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    chosen: str = ""


def choose_codes(items: Iterable[Mapping[str, str]], is_valid: Mapping[str, bool]) -> dict[str, CodeFinding]:
    """For each department its most frequent valid code, or none; a code goes to one department at most.

    `items` have `department` and `dept_uscc`. Of several departments with a code the one with most items keeps it, and
    the others go without: their next most frequent code would be a guess.
    """
    findings: dict[str, CodeFinding] = {}
    for item in items:
        finding = findings.setdefault(item["department"], CodeFinding(item["department"]))
        finding.items += 1
        if is_valid.get(item["dept_uscc"]):
            finding.codes[item["dept_uscc"]] += 1
    taken: set[str] = set()
    candidates = [(f.codes.most_common(1)[0], f) for f in findings.values() if f.codes]
    for (code, _count), finding in sorted(candidates, key=lambda pair: (-pair[0][1], pair[1].department)):
        if code not in taken:
            finding.chosen = code
            taken.add(code)
    return findings
