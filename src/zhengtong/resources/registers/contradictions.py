"""What in a record contradicts itself. Pure.

A contradiction proves that one of two values is wrong, not which: the record is kept and marked (its `flags`), so that
its authority looks into it; a value that cannot be right by itself is refused instead (`values`). The number gives the
day of birth and the sex (GB 11643-1999, 4.2 and 4.3) and the division of the first registration (4.1), as it was then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from zhengtong.kernel.documents.said import Said
from zhengtong.kernel.documents.said import say as _

from .definition.model import Definition

BIRTH, SEX, AREA = "number-birth-date", "number-sex", "number-area"
WORDS: Mapping[str, Said] = {
    BIRTH: _("出生日期与公民身份号码中的不一致；已登记并标记，请核实哪一个有误后更正。"),
    SEX: _("性别与公民身份号码中的不一致；已登记并标记，请核实哪一个有误后更正。"),
    AREA: _("公民身份号码的地址码在出生之年并未使用；已登记并标记，请核实号码。"),
}
LABELS: Mapping[str, Mapping[str, str]] = {
    BIRTH: {"zh": "出生日期与号码不一致", "en": "Date of birth contradicts the number"},
    SEX: {"zh": "性别与号码不一致", "en": "Sex contradicts the number"},
    AREA: {"zh": "号码地址码与出生年不符", "en": "Area of the number not in force at birth"},
}
_BOUND = {BIRTH: "birth-date", SEX: "sex"}


@dataclass(frozen=True, slots=True)
class Watched:
    """The fields of a register that are held against each other, found by their data elements."""

    number: str
    others: Mapping[str, str]  # contradiction → field

    def judged(self, known: Collection[str]) -> tuple[str, ...]:
        """The contradictions that can be judged where these fields are known."""
        if self.number not in known:
            return ()
        return (AREA, *(flag for flag, name in self.others.items() if name in known))

    def field_of(self, flag: str) -> str:
        return self.others.get(flag, self.number)

    def found(self, values: Mapping[str, Any], is_area_of: Callable[[str, int], bool]) -> list[str]:
        """The contradictions of clear values; days as dates or ISO text. Of what is missing nothing is said."""
        born = values.get(self.others.get(BIRTH, ""))
        sex = values.get(self.others.get(SEX, ""))
        return between(values.get(self.number), str(born) if born else None, sex, is_area_of)


def between(
    number: str | None, born: str | None, sex: str | None, is_area_of: Callable[[str, int], bool]
) -> list[str]:  # fmt: skip
    """The contradictions of an identity number with a day of birth (ISO) and a sex; None where one is not known."""
    if not number or len(number) != 18:
        return []
    flags = []
    if born and born.replace("-", "") != number[6:14]:
        flags.append(BIRTH)
    if sex in ("1", "2") and (sex == "1") != (number[16] in "13579"):
        flags.append(SEX)
    if not is_area_of(number[:6], int(number[6:10])):
        flags.append(AREA)
    return flags


def watched(definition: Definition) -> Watched | None:
    """None for a register that holds no person's number with what it says."""
    by_element = {one.element: one.name for one in definition.fields if not one.is_retired}
    if "id-number" not in by_element:
        return None
    others = {flag: by_element[element] for flag, element in _BOUND.items() if element in by_element}
    return Watched(by_element["id-number"], others)
