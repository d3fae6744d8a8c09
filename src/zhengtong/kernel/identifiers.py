"""Numbers that carry a check digit: credit codes, identity numbers, e-licence identifiers, mobile numbers.

Pure functions. A check returns None for a good number, else the `Fault`; `fault_text` says it in both languages.
Sources: GB 32100-2015, GB 11714, GB 11643-1999, GB/T 36904 with ISO 7064 MOD 37,36 (GB/T 17710).
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Container
from datetime import date

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters: no I, O, S, V, Z
ELICENCE_ROOT = "1.2.156.3005.2"
SYNTHETIC_AREA = "999999"  # no such division: a number with it belongs to nobody

_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


class Fault(enum.StrEnum):
    """What is wrong with a number."""

    LENGTH = "length"
    CHARACTER = "character"
    STRUCTURE = "structure"
    AREA = "area"
    DATE = "date"
    FUTURE = "future"
    CHECK_DIGIT = "check-digit"


class Kind(enum.StrEnum):
    """Which number."""

    USCC = "uscc"
    ORGANISATION_CODE = "organisation-code"
    ID_NUMBER = "cn-id"
    ELICENCE_ID = "elicence-id"
    MOBILE = "cn-mobile"


def normalise(text: str) -> str:
    """As people type it → as it is stored: half-width, upper case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


# -- unified social credit code ---------------------------------------------------------------------------------------
def uscc_check_character(body: str) -> str:
    """The 18th character for the first 17 of a credit code (GB 32100)."""
    total = sum(USCC_ALPHABET.index(char) * weight for char, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def check_uscc(text: str) -> Fault | None:
    """统一社会信用代码, 18 characters; positions 3 to 8 are the division's digits."""
    if len(text) != 18:
        return Fault.LENGTH
    if not _only(text, USCC_ALPHABET) or not _only(text[2:8], _DIGITS):
        return Fault.CHARACTER
    return None if uscc_check_character(text[:17]) == text[17] else Fault.CHECK_DIGIT


def organisation_code_of(uscc: str) -> str:
    """The organisation code inside a credit code (主体标识码, positions 9 to 17)."""
    return uscc[8:17]


# -- organisation code ------------------------------------------------------------------------------------------------
def organisation_code_check_character(body: str) -> str:
    """The 9th character for the first 8 of an organisation code (GB 11714)."""
    total = sum(_ALNUM.index(char) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def check_organisation_code(text: str) -> Fault | None:
    """组织机构代码: 9 characters, written with or without the hyphen before the last."""
    code = text.replace("-", "", 1) if text[-2:-1] == "-" else text
    if len(code) != 9:
        return Fault.LENGTH
    if not _only(code, _ALNUM):
        return Fault.CHARACTER
    return None if organisation_code_check_character(code[:8]) == code[8] else Fault.CHECK_DIGIT


# -- identity number --------------------------------------------------------------------------------------------------
def id_check_character(body: str) -> str:
    """The 18th character for the first 17 of an identity number (GB 11643)."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def check_id_number(text: str, *, today: date, areas: Container[str] | None = None) -> Fault | None:
    """公民身份号码, 18 characters. `areas`: six-digit codes that count, past ones included; None: any."""
    if len(text) != 18:
        return Fault.LENGTH
    if not _only(text[:17], _DIGITS) or text[17] not in "0123456789X":
        return Fault.CHARACTER
    if areas is not None and text[:6] not in areas:
        return Fault.AREA
    return _check_birth(text, today) or (None if id_check_character(text[:17]) == text[17] else Fault.CHECK_DIGIT)


def _check_birth(number: str, today: date) -> Fault | None:
    try:
        born = birth_date_of(number)
    except ValueError:
        return Fault.DATE
    if born.year < 1850:
        return Fault.DATE
    return Fault.FUTURE if born > today else None


def birth_date_of(number: str) -> date:
    """The date of birth in an 18-character number. Raises ValueError where there is no such day."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> str:
    """`1` male, `2` female (GB/T 2261.1): the 17th digit is odd for men."""
    return "1" if int(number[16]) % 2 else "2"


def id_15_to_18(number: str) -> str:
    """The present form of a number of the first generation. Raises ValueError unless 15 digits."""
    if len(number) != 15 or not _only(number, _DIGITS):
        raise ValueError("an identity number of the first generation has 15 digits")
    body = f"{number[:6]}19{number[6:]}"
    return body + id_check_character(body)


# -- e-licence identifier ---------------------------------------------------------------------------------------------
def mod_37_36(text: str) -> str:
    """The check character of ISO 7064 MOD 37,36 over digits and capital letters."""
    product = 36
    for char in text:
        product = ((product + _ALNUM.index(char)) % 36 or 36) * 2 % 37
    return _ALNUM[(37 - product) % 36]


def make_elicence_id(*, type_code: str, issuer: str, serial: str, version: int) -> str:
    """电子证照标识 (GB/T 36904). `type_code` 21 characters, `issuer` 18, `version` 1 to 999. Raises ValueError."""
    parts = (type_code, issuer, serial, f"{version:03d}")
    check = mod_37_36("".join(parts)) if all(_only(part, _ALNUM) for part in parts) else "?"
    text = ".".join((ELICENCE_ROOT, *parts, check))
    if fault := check_elicence_id(text):
        raise ValueError(f"cannot make an e-licence identifier of {parts}: {fault}")
    return text


def check_elicence_id(text: str) -> Fault | None:
    """电子证照标识: root, type (21), issuer (18), serial (1 to 40), version (3 digits from 001), check character."""
    root, parts = text[: len(ELICENCE_ROOT) + 1], text[len(ELICENCE_ROOT) + 1 :].split(".")
    if root != f"{ELICENCE_ROOT}." or len(parts) != 5:
        return Fault.STRUCTURE
    if not all(_only(part, _ALNUM) for part in parts):
        return Fault.CHARACTER
    *body, check = parts
    kind, issuer, serial, version = body
    if (len(kind), len(issuer), len(version), len(check)) != (21, 18, 3, 1) or not 1 <= len(serial) <= 40:
        return Fault.LENGTH
    if not _only(version, _DIGITS) or version == "000":
        return Fault.STRUCTURE
    return None if mod_37_36("".join(body)) == check else Fault.CHECK_DIGIT


# -- mobile number ----------------------------------------------------------------------------------------------------
def check_mobile(text: str) -> Fault | None:
    """Mobile number of the mainland: 11 digits, 13x to 19x."""
    if not _only(text, _DIGITS):
        return Fault.CHARACTER
    if len(text) != 11:
        return Fault.LENGTH
    return None if re.fullmatch(r"1[3-9]\d{9}", text) else Fault.STRUCTURE


# -- synthetic numbers ------------------------------------------------------------------------------------------------
def synthetic_uscc(serial: int, *, category: str = "91") -> str:
    """A valid credit code of nobody (division 999999). `serial` has at most 8 digits; `category`: places 1 and 2."""
    organisation = f"{serial:08d}"
    body = category + SYNTHETIC_AREA + organisation + organisation_code_check_character(organisation)
    return body + uscc_check_character(body)


def synthetic_id_number(serial: int, *, born: date) -> str:
    """A valid identity number of nobody (area 999999). `serial` 0 to 999, odd for men."""
    body = f"{SYNTHETIC_AREA}{born:%Y%m%d}{serial:03d}"
    return body + id_check_character(body)


def synthetic_mobile(serial: int) -> str:
    """A mobile number for demonstrations, well-formed. `serial` below ten thousand."""
    return f"1990000{serial:04d}"


# -- what to tell people ----------------------------------------------------------------------------------------------
_KIND_TEXTS: dict[Kind, dict[str, str]] = {
    Kind.USCC: {"zh": "统一社会信用代码", "en": "unified social credit code"},
    Kind.ORGANISATION_CODE: {"zh": "组织机构代码", "en": "organisation code"},
    Kind.ID_NUMBER: {"zh": "公民身份号码", "en": "resident identity number"},
    Kind.ELICENCE_ID: {"zh": "电子证照标识", "en": "e-licence identifier"},
    Kind.MOBILE: {"zh": "手机号码", "en": "mobile number"},
}
_SHAPES: dict[Kind, dict[str, str]] = {
    Kind.USCC: {
        "zh": "应为18位数字或大写字母（不含I、O、S、V、Z），第3至8位是数字",
        "en": "it has 18 digits or capital letters (never I, O, S, V, Z), with digits in places 3 to 8",
    },
    Kind.ORGANISATION_CODE: {"zh": "应为9位数字或大写字母", "en": "it has 9 digits or capital letters"},
    Kind.ID_NUMBER: {
        "zh": "应为18位数字，最后一位可以是X",
        "en": "it has 18 digits, the last of which may be X",
    },
    Kind.ELICENCE_ID: {
        "zh": "应以1.2.156.3005.2开头，后接用“.”分隔的五段",
        "en": "it starts with 1.2.156.3005.2 and five parts with dots between them follow",
    },
    Kind.MOBILE: {"zh": "应为11位数字，以13至19开头", "en": "it has 11 digits and starts with 13 to 19"},
}
_FAULT_TEXTS: dict[Fault, dict[str, str]] = {
    Fault.LENGTH: {"zh": "{kind}的位数不对：{shape}。", "en": "The {kind} has the wrong length: {shape}."},
    Fault.CHARACTER: {
        "zh": "{kind}含有不允许的字符：{shape}。",
        "en": "The {kind} has a character that cannot stand there: {shape}.",
    },
    Fault.STRUCTURE: {"zh": "{kind}的格式不对：{shape}。", "en": "The {kind} is not well-formed: {shape}."},
    Fault.AREA: {
        "zh": "{kind}的前6位不是有效的行政区划代码，请核对。",
        "en": "The first 6 digits of the {kind} are no division code. Please check them.",
    },
    Fault.DATE: {
        "zh": "{kind}中的出生日期（第7至14位）不存在，请核对。",
        "en": "The date of birth in the {kind} (places 7 to 14) does not exist. Please check it.",
    },
    Fault.FUTURE: {
        "zh": "{kind}中的出生日期（第7至14位）晚于今天，请核对。",
        "en": "The date of birth in the {kind} (places 7 to 14) is later than today. Please check it.",
    },
    Fault.CHECK_DIGIT: {
        "zh": "{kind}的校验位不符，可能有一位输错了，请逐位核对。",
        "en": "The check character of the {kind} does not fit: one place is probably mistyped. Please compare it.",
    },
}


def fault_text(kind: Kind | str, fault: Fault) -> dict[str, str]:
    """What is wrong and how to mend it, in zh and en (show it by `kernel.texts.localised`)."""
    names, shapes = _KIND_TEXTS[Kind(kind)], _SHAPES[Kind(kind)]
    return {lang: text.format(kind=names[lang], shape=shapes[lang]) for lang, text in _FAULT_TEXTS[fault].items()}


def _only(text: str, alphabet: str) -> bool:
    return bool(text) and all(char in alphabet for char in text)
