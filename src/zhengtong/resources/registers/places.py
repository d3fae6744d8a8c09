"""Which codes of places may be used: of divisions today, and those with which an identity number may begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings

from zhengtong.kernel.identifiers import SYNTHETIC_AREA
from zhengtong.security.directory import queries as directory

FIRST_NUMBERS = 1984  # numbers were first given in 1984: whoever was born before has a code of that year or later
_NOT_LISTED = ("71", "81", "82", "83")  # Taiwan, Hong Kong, Macao: of their residents' numbers no list says the years


@dataclass(frozen=True)
class Places:
    """Asked once for many values: the first question about a division costs a query.

    `is_synthetic`: of records that are marked so; only those, and a demonstration's, may bear the area of nobody.
    """

    is_synthetic: bool = False
    _areas: dict[str, tuple[int, int]] = field(default_factory=directory.area_years, repr=False)

    @cached_property
    def _today(self) -> frozenset[str]:
        return directory.present_areas()

    @cached_property
    def _nobody(self) -> bool:
        return self.is_synthetic or bool(settings.ZT_DEMO)

    def prepare(self) -> Places:
        """Ask the database now, before another thread asks for a place."""
        _ = self._today
        return self

    def division_fault(self, code: str) -> str:
        """Why this code of a division, of 6, 9 or 12 digits, may not be used; empty where it may."""
        area = code[:6]
        if area in self._today:
            return ""
        return "division-abolished" if area in directory.known_areas() else "division-unknown"

    def is_area(self, area: str) -> bool:
        """Whether an identity number may begin with it: a code that ever was."""
        if area == SYNTHETIC_AREA:
            return self._nobody
        return area in self._areas or area in directory.known_areas()

    def is_area_of(self, area: str, year: int) -> bool:
        """Whether it was in force in some part of the year of birth."""
        first, last = self._areas.get(area, (0, 9999))
        return first <= max(year, FIRST_NUMBERS) <= last or area.startswith(_NOT_LISTED)
