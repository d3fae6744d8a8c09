"""Numbers from outside."""

import pytest

from zhengtong.kernel.texts import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_a_number_is_read(text, number) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "+1", "1.0", "1_000", "x", "٣", "²", "9" * 19, "9" * 5000])
def test_anything_else_is_none(text) -> None:
    assert whole_number(text) is None


def test_the_limit_of_digits_is_the_callers() -> None:
    assert whole_number("12345", 5) == 12345
    assert whole_number("123456", 5) is None
