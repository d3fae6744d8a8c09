"""Personal numbers are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel import redaction
from zhengtong.kernel.identifiers import synthetic_id_number, synthetic_mobile

NUMBER = synthetic_id_number(17, born=date(1987, 6, 5))
WIDE = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
MOBILE = synthetic_mobile(1234)
CARD = "6222020000000000000"  # invented; its check digit is right


def kinds(text: str) -> list[str]:
    return [found.kind for found in redaction.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"身份证{NUMBER}。",
        f"id={NUMBER}&x=1",
        f"张三_{NUMBER}.pdf",
        f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
        f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}",
        f"('{NUMBER}',)",
        WIDE,
        "11010519491231002X",
        "11010519491231002x",
    ],
)
def test_identity_numbers(text: str) -> None:
    assert kinds(text) == ["id-number"]
    assert not any(char.isdigit() for char in redaction.redact(text.replace("x=1", "")))


@pytest.mark.parametrize("text", [MOBILE, f"+86{MOBILE}", f"86 {MOBILE}", f"{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}"])
def test_mobile_numbers(text: str) -> None:
    assert kinds(f"请致电 {text} 联系") == ["mobile"]


@pytest.mark.parametrize("text", [CARD, "6222 0200 0000 0000 000", "4111111111111111", "5555 5555 5555 4444"])
def test_bank_cards(text: str) -> None:
    assert kinds(f"卡号：{text}") == ["bank-card"]


@pytest.mark.parametrize(
    "text",
    [
        NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"),
        "6222020000000000001",
        "914403001922038216",
        "511602202611220001",
        "2026-11-22 11:07:55,501",
        "urn:zhengtong:511602-e:cases:case:7f0c9a4e-0d4a-4f5a-9d43-0a0000000000",
        "12345",
        "",
        NUMBER + "0",
        "1" + NUMBER,
        MOBILE + "0",
        "%2C1" + MOBILE,
        "511602202611220000017",
        "511602-20261122-0000017",
        "20261122110755501234",
        "2026-11-22T11:07:55.501234+08:00",
        "2026-11-22 11-07-55 501234",
        "c1f0a139-1234-5678-9012-13912345678a",
        "a13912345678b0c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "91511602999999990X",
        "1763780875501234567",
        "12800138000",
        "0826-2222222",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert kinds(text) == []
    assert redaction.redact(text) == text


@pytest.mark.parametrize(
    ("number", "told"), [(NUMBER, "<id-number>"), ("11010519491231002X", "<id-number>"), (MOBILE, "<mobile>")]
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2 ", ""),
        ("2026-11-22 ", ""),
        ("010 ", ""),
        ("", "-1"),
        ("", " 2026-11-22"),
        ("1-", " 2"),
        ("%3D", "%26"),
        ("%20", "%20"),
        ("\\u624b", "\\u624b"),
        ("\\u6240", "\\u6240"),
        ("\\xe6\\x89", "\\xe6"),
        ("手机", "号"),
        ("Tel", ""),
    ],
)
def test_beside_other_digits_and_behind_escapes(number: str, told: str, before: str, after: str) -> None:
    assert redaction.redact(f"a {before}{number}{after}!") == f"a {before}{told}{after}!"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"ID{NUMBER}", "ID<id-number>"),
        (f"uuid{NUMBER}ea", "uuid<id-number>ea"),
        (f"7 {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} 7", "7 <id-number> 7"),
        (f"0086 {MOBILE}", "<mobile>"),
        (f"0086{MOBILE}", "<mobile>"),
        (f"12 0086-{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}", "12 <mobile>"),
        (f"{MOBILE} {MOBILE}", "<mobile> <mobile>"),
        (f"{NUMBER} {MOBILE} {CARD}", "<id-number> <mobile> <bank-card>"),
        (f"{CARD}-{NUMBER}", "<bank-card>-<id-number>"),
        ("3 4111 1111 1111 1111 3", "3 <bank-card> 3"),
        ("\\u5361" + CARD, "\\u5361<bank-card>"),
    ],
)
def test_among_others(text: str, told: str) -> None:
    assert redaction.redact(text) == told


PIECES = (
    NUMBER, MOBILE, CARD, NUMBER[:6], NUMBER[6:14], NUMBER[14:], CARD[:16], "86", "0086", "4111 1111 1111 1111", "2026",
    *"0123456789  --Xx%afu\\，\n",
)  # fmt: skip
pieces = st.sampled_from(PIECES)


@given(st.lists(pieces, max_size=12).map("".join))
@settings(max_examples=1500, deadline=None)
def test_the_look_before_overlooks_nothing(text: str) -> None:
    quick = list(redaction.find(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_ANY", re.compile(""))  # every run is gone through
        assert quick == list(redaction.find(text))


def test_a_long_text_of_digits_takes_no_long_time() -> None:
    begun = time.process_time()
    for text in ("1" * 20_000, "1 " * 10_000, "1-3 9" * 4_000, "6222-" * 4_000, "199901" * 4_000, "%20" * 6_000):
        redaction.redact(text)
    assert time.process_time() - begun < 5


def test_several_in_one_line_and_what_stands_between() -> None:
    assert redaction.redact(f"a {NUMBER}, b {MOBILE}; c {CARD}!") == "a <id-number>, b <mobile>; c <bank-card>!"
    assert redaction.redact(f"张三_{NUMBER}.pdf", lambda _kind: "***") == "张三_***.pdf"


def test_no_line_of_the_log_holds_one() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(redaction.RedactingFormatter("%(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.warning("refused: %s of %s", NUMBER, {"phone": MOBILE})
    try:
        raise ValueError(f"no person with {NUMBER}") from KeyError(CARD)
    except ValueError:
        logger.exception("failed for %s", MOBILE, stack_info=True)
    written = stream.getvalue()
    assert "refused: <id-number> of {'phone': '<mobile>'}" in written
    assert "ValueError: no person with <id-number>" in written
    assert not [number for number in (NUMBER, MOBILE, CARD) if number in written]


def test_nor_what_python_prints_itself(monkeypatch, capsys) -> None:
    for module, name in ((sys, "excepthook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    redaction.guard_standard_error()

    def fail() -> None:
        raise ValueError(NUMBER)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as fault:
        sys.excepthook(ValueError, fault, fault.__traceback__)
    assert capsys.readouterr().err.count("ValueError: <id-number>") == 2


def test_every_handler_of_the_node_redacts(settings) -> None:
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["()"] == "zhengtong.kernel.redaction.RedactingFormatter"
