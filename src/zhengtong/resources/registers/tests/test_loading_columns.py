"""Reading by columns says what reading one value says."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel.identifiers import synthetic_id_number

from ..definition.model import Definition, Field, Type
from ..loading.columns import NULL, Checks, Column, plain
from ..places import Places
from ..values import Unreadable, read_value

TODAY = date(2026, 11, 20)
PLACES = Places(is_synthetic=True)
vars(PLACES)["_today"] = frozenset({"511602"})  # as `prepare` asks the database
CHECKS = Checks(TODAY, lambda _table, code: code in ("01", "02"), PLACES)
CELLS = st.lists(
    st.one_of(
        st.none(), st.text(max_size=12), st.dates().map(str), st.integers().map(str), st.decimals().map(str),
        st.sampled_from(["01", "02", "是", "否", "true", " a\tb ", "a\\n", "511602", "511699", "000000000",
                          "13900001111", "0826-2345678", "1390000", "+86 139 0000 1111", "\\N", "x\x00"]),
        st.builds(lambda n, d: synthetic_id_number(n, born=d), st.integers(0, 999), st.dates(date(1860, 1, 1), TODAY)),
        st.builds(lambda n: synthetic_id_number(n, born=TODAY).lower(), st.integers(0, 999)),
    ),
    max_size=12,
)  # fmt: skip
KINDS = (Type.TEXT, Type.CODE, Type.DATE, Type.INTEGER, Type.MONEY, Type.DECIMAL, Type.BOOLEAN, Type.ID_NUMBER,
         Type.USCC, Type.PHONE, Type.DIVISION)  # fmt: skip


def one_of(kind: Type, *, is_required: bool) -> tuple[Definition, Field]:
    label = {"zh": "项", "en": "item"}
    one = Field("item", "item", label, kind, "police", length=8, code_table="t", is_required=is_required)
    return Definition("r", "r", label, label, label, (), (one,), (("item",),)), one


@settings(deadline=None, max_examples=150)
@given(kind=st.sampled_from(KINDS), is_required=st.booleans(), cells=CELLS)
def test_a_column_reads_as_its_values_do(kind: Type, is_required: bool, cells: list[str | None]) -> None:
    definition, one = one_of(kind, is_required=is_required)
    read = Column(definition, one, CHECKS).read(cells)
    for place, cell in enumerate(cells):
        text = read.texts["item"][place]
        value, refused = None, ""
        try:
            value = read_value(one, cell, today=TODAY, codes=CHECKS.codes, places=PLACES)
        except Unreadable as fault:
            refused = fault.code
        assert (place in read.faults) == bool(refused)
        if refused:
            assert read.faults[place].code in (refused, "id-15", "number-lost-digits")
            continue
        wanted = (
            None
            if value is None
            else {True: "t", False: "f"}.get(value, str(value))
            if kind is Type.BOOLEAN
            else str(value)
        )
        assert (None if text == NULL else plain(text)) == wanted
        assert not set(text) & {"\t", "\n", "\r"}
